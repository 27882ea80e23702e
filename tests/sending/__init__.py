"""Tests of what sends."""
