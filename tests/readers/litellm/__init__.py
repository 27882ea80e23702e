"""Tests of the reader of LiteLLM's payloads."""
