"""The suite passes destinations that keep the laws; of wrong ones it fails the law that names the fault."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.testing.drawn import law_of, suite_of_kept
from tests.testing.planted import (
    answers,
    bodies,
    described,
    fields,
    files,
    ids,
    lost,
    meant,
    options,
    pages,
    rows,
    secret,
)
from tests.testing.planted.base import Array, Lines, Messages, Parts, refused_places

_FIRST = settings(
    max_examples=60,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""Shrinking a failure that is wanted would only cost time."""

TestLines = suite_of_kept(Lines(), {}, profile="smoke", refusing=refused_places)
TestArray = suite_of_kept(Array(), {"dataset": "other"}, profile="smoke", refusing=refused_places)
TestFiles = suite_of_kept(files.Files(), {}, profile="smoke", refusing=refused_places)
TestMessages = suite_of_kept(Messages(), {}, profile="smoke", refusing=refused_places)
TestParts = suite_of_kept(Parts(), {}, profile="smoke", refusing=refused_places)

PLANTED = [
    wrong
    for module in (answers, bodies, described, fields, files, ids, lost, meant, options, pages, rows, secret)
    for _, wrong in inspect.getmembers(module, inspect.isclass)
    if wrong.__module__ == module.__name__ and "law" in vars(wrong)
]


def _fails(wrong: type[Lines]) -> bool:
    """Tell whether the law that names the fault of a destination fails."""
    law = law_of(wrong.law, wrong(), {}, profile=_FIRST, refusing=refused_places)
    try:
        law()
    except BaseException:  # noqa: BLE001  # whatever the law says
        return True
    return False


@pytest.mark.parametrize(
    "wrong", PLANTED, ids=lambda wrong: f"{wrong.__module__.split('.')[-1]}.{wrong.__name__}"
)
def test_the_law_that_names_a_fault_fails(wrong: type[Lines]) -> None:
    """For each wrong destination."""
    assert _fails(wrong), f"{wrong.__doc__} is not caught by {wrong.law}"


def test_every_law_has_a_fault_that_it_catches() -> None:
    """A law that nothing can break says nothing."""
    laws = {name for name in dir(TestLines) if name.startswith("test_")}

    assert set() == laws - {wrong.law for wrong in PLANTED}
