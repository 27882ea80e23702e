"""Tests of the record's own JSON."""
