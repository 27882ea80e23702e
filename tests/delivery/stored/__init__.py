"""Tests of the stored form."""
