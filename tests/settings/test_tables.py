"""The tables of a plugin's README are what its destination declares."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import pytest
from attrs import Factory, frozen

from broadcast_core.destinations import REQUIRED, Description, Secret, option
from broadcast_core.plugins import WHEELS, destination
from broadcast_core.settings import readme_tables
from broadcast_core.settings.tables import BEGIN, END
from tests.paths import ROOT


@frozen(kw_only=True)
class Config:
    """An option of every kind."""

    bucket: str = option(REQUIRED, "The bucket.")
    prefix: str = option("a|b", "How keys begin:\n`a|b`.")
    fast: bool = option(False, "Whether to hurry.")
    count: int | None = option(None, "How many.")
    size: int = option(0, "How large.")
    since: datetime | None = option(None, "When.")
    labels: dict[str, Any] | None = option(None, "Words.")
    mode: Literal["one", "two"] = option("one", "How.")

    names: tuple[str, ...] = option(("a", "b"), "Who.")
    words: list[str] = option(Factory(list), "Which.")
    share: float = option(0.5, "How much.")
    tags: dict[str, str] = option(Factory(dict), "Tags.")

    __hash__ = None  # type: ignore[assignment]


SECRETS = {
    "key": Secret(help="The key."),
    "sign": Secret(help="Signs.", place="signature", required=False),
    "token": Secret(help="A token.", place="body"),
    "dsn": Secret(help="An address.", place="url"),
}


def test_the_tables_have_every_option_and_every_secret() -> None:
    """In the order in which they are declared, each on one line of as many cells."""
    assert [
        "| option | kind | default | meaning |",
        "| --- | --- | --- | --- |",
        "| `bucket` | text | required | The bucket. |",
        r"| `prefix` | text | `a\|b` | How keys begin: `a\|b`. |",
        "| `fast` | `true` or `false` | `false` | Whether to hurry. |",
        "| `count` | whole number |  | How many. |",
        "| `size` | whole number | `0` | How large. |",
        "| `since` | time |  | When. |",
        "| `labels` | table |  | Words. |",
        "| `mode` | `one` or `two` | `one` | How. |",
        '| `names` | list of texts | `["a","b"]` | Who. |',
        "| `words` | list of texts | `[]` | Which. |",
        "| `share` | number | `0.5` | How much. |",
        "| `tags` | table of texts | `{}` | Tags. |",
        "",
        "| secret | needed | where it goes | meaning |",
        "| --- | --- | --- | --- |",
        "| `key` | yes | in a header | The key. |",
        "| `sign` | no | nowhere: it signs | Signs. |",
        "| `token` | yes | in the body | A token. |",
        "| `dsn` | yes | in the URL | An address. |",
    ] == readme_tables(Description(config=Config, secrets=SECRETS))


@frozen
class Nothing:
    """No options."""


def test_what_is_not_declared_has_no_table() -> None:
    """Of options, of secrets, of either."""
    secrets_alone = readme_tables(Description(config=Nothing, secrets=SECRETS))

    assert [] == readme_tables(Description(config=Nothing))
    assert "| secret | needed | where it goes | meaning |" == secrets_alone[0]
    assert 14 == len(readme_tables(Description(config=Config)))


@pytest.mark.parametrize("name", WHEELS)
def test_the_readme_of_each_plugin_has_its_tables(name: str) -> None:
    """When this fails: run scripts/option-tables and read what changed."""
    page = (ROOT / "plugins" / name / "README.md").read_text(encoding="utf-8")

    tables = "\n".join(readme_tables(destination(name).describe()))

    assert f"{tables}\n" == page.partition(BEGIN)[2].partition(END)[0]
