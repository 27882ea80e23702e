"""Sending: the clients that obey what `delivery` decides. Here alone the core touches network, disk and threads."""
