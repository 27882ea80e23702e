"""Tests of content as conversation."""
