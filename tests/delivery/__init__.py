"""Tests of delivery as data."""
