"""Tests of the core, mirroring src/broadcast_core."""
