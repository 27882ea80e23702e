"""The README and the how-to say what the code has."""

from __future__ import annotations

import re
from typing import get_args

from apps.relay.tests.engines import State
from attrs import fields_dict
from tests.paths import ROOT

from broadcast_core.destinations import Description
from broadcast_core.settings import readme_tables
from broadcast_core.settings.tables import BEGIN, END
from broadcast_relay.intake import answers
from broadcast_relay.intake.answers import Answer
from broadcast_relay.serving.metrics import Generations, Intake, Metrics
from broadcast_relay.settings.table import RelaySettings

HOW_TO = (ROOT / "docs/relay.md").read_text(encoding="utf-8")


def test_the_table_of_settings_is_that_of_the_code() -> None:
    """When this fails: run scripts/option-tables."""
    page = (ROOT / "apps/relay/README.md").read_text(encoding="utf-8")
    tables = readme_tables(Description(config=RelaySettings))

    assert "\n".join(tables) + "\n" == page.partition(BEGIN)[2].partition(END)[0]


def test_every_setting_on_the_page_is_one() -> None:
    """Of the relay."""
    named = set(re.findall(r"`((?:max|body|stop|keep|secret)_[a-z_]+)`", HOW_TO))

    assert len(named) >= 5
    assert set() == named - fields_dict(RelaySettings).keys()


def test_every_metric_is_on_the_page_and_no_other() -> None:
    """With all values of its labels."""
    text = Metrics(["a"]).page(State()).decode()
    there = {
        name + ("_total" if kind == "counter" and not name.endswith("_total") else "")
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)
        if not name.endswith("_created")
    }

    assert there == set(re.findall(r"`(broadcast_relay_\w+)`", HOW_TO.partition("| metric |")[2]))
    assert [] == [one for one in (*get_args(Intake), *get_args(Generations)) if one not in HOW_TO]


def test_every_status_is_on_the_page() -> None:
    """With what it means."""
    made = [value for value in vars(answers).values() if isinstance(value, Answer)]
    statuses = {one.status for one in (*made, answers.too_large(1), answers.too_slow(1), answers.full("why"))}
    listed = re.findall(r"^\| (\d{3})(?:, (\d{3}))? \|", HOW_TO, re.MULTILINE)

    sent = statuses - {answers.DISCONNECTED.status}  # nobody reads that one
    assert sent | {404} == {int(one) for row in listed for one in row if one}
