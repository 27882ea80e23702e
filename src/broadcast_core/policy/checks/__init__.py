"""The checks that may stop a generation, each a pure function that returns a `CheckResult`."""
