"""The mapping table of the README is what the code does."""

from __future__ import annotations

from pathlib import Path

import attrs

from broadcast_core import Generation
from broadcast_core.testing.lineage import field_lineage
from broadcast_opik.testing.mapping import BEGIN, END, REMARKS, rows_of, table

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_has_the_table_of_the_code() -> None:
    """When this fails: run scripts/mapping-table and read what changed."""
    page = README.read_text(encoding="utf-8")

    assert table() == page.partition(BEGIN)[2].partition(END)[0]


def test_every_field_of_the_record_lands_somewhere() -> None:
    """In a row of any kind, and in the table."""
    found, text = field_lineage(rows_of), table()

    assert {} == {path: landing for path, landing in found.items() if not any(landing.values())}
    assert [] == [path for path in found if f"`{path.removeprefix('$.')}`" not in text]
    assert {field.name for field in attrs.fields(Generation)} == {
        path.split(".")[1].split("[")[0] for path in found
    }


def test_remarks_are_about_fields_that_exist() -> None:
    """A field that is gone takes its remark with it."""
    found = field_lineage(rows_of)

    assert [] == [field for field in REMARKS if f"$.{field}" not in found]


def test_a_landing_is_what_is_seen() -> None:
    """Two that are known: a name of three rows, and a cost that is told twice."""
    found = field_lineage(rows_of)

    assert {"name", "metadata.index", "id"} == found["$.attempts[].index"]["attempt span"]
    assert {"total_estimated_cost", "metadata.cost.total"} == found["$.cost.total"]["llm span"]
