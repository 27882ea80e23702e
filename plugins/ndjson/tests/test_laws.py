"""The laws of every destination, for lines of JSON at a server and in a directory."""

from __future__ import annotations

from broadcast_core.testing.conformance import suite
from broadcast_ndjson import destination

TestLaws = suite(destination, {"url": "https://collector.example/ingest"}, profile="smoke")
TestLawsOfADirectory = suite(destination, {"url": "file:///var/traces"}, profile="smoke")
