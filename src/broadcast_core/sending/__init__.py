"""Sending: clients that obey what `delivery` decides. Of the core, this touches network, disk and threads."""
