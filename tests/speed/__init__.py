"""Tests of what a record costs, by counting."""
