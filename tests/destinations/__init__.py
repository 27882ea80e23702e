"""Tests of what authors of destinations use."""
