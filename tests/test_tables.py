"""Tables in the docs are those that the code makes."""

from __future__ import annotations

import runpy

from tests.paths import ROOT


def test_the_privacy_table_is_the_one_of_the_code() -> None:
    """When this fails: run scripts/privacy-table and read what changed."""
    script = runpy.run_path(str(ROOT / "scripts/privacy-table"))
    page = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")

    assert script["table"]() == page.partition(script["BEGIN"])[2].partition(script["END"])[0]
