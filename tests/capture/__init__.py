"""Tests of what is captured of a service's own clients."""
