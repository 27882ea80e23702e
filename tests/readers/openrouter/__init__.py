"""Tests of OpenRouter's dialects."""
