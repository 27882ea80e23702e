"""Tests of plans that are sent by the program that made them."""
