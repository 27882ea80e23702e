"""Tests of what is shipped for authors of destinations."""
