"""Tests of settings: routes and secrets from documents."""
