"""Tests of the shapes, and of their receivers, which must be able to refuse."""
