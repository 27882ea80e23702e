"""Tests of the one JSON rule."""
