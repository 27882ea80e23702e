"""Tests of policy, question by question."""
