"""Tests of the readers, file by file."""
