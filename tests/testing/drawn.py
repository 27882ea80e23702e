"""Batches drawn once in a process: dozens of destinations are put to the same ones, and drawing is slow."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from broadcast_core import Generation
from broadcast_core.jsontext import Json
from broadcast_core.testing import conformance
from broadcast_core.testing.conformance import subject, suite
from tests.testing.planted.base import Lines

DRAWS = 60
"""As many as a law draws of its own in the profile `quick`."""
_plain = settings(
    max_examples=DRAWS,
    phases=[Phase.generate],
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def drawn(some: st.SearchStrategy[Any], draws: int = DRAWS) -> list[bytes]:
    """Return draws as bytes: whoever is put to one makes a copy, which a wrong destination may change."""
    kept: list[bytes] = []

    @settings(_plain, max_examples=draws)
    @given(some)
    def draw(one: Any) -> None:
        kept.append(pickle.dumps(one))

    draw()
    return kept


@cache
def _batches() -> list[bytes]:
    return drawn(subject.some_generations())


def _kept(*_arguments: object, **_options: object) -> st.SearchStrategy[list[Generation]]:
    """Return a strategy that draws one of the batches, in place of `batches`."""
    return st.integers(0, DRAWS - 1).map(lambda n: pickle.loads(_batches()[n % len(_batches())]))


def suite_of_kept(destination: Any, options: Mapping[str, Json], **given: Any) -> type:
    """Return the laws of a destination as `suite` does, put to batches that are drawn once for all."""
    with patch.object(subject, "batches", _kept):
        return suite(destination, options, **given)


@cache
def _laws_with() -> dict[str, tuple[Any, ...]]:
    """Return what makes each law, by its name."""
    right = subject.Subject(destination=Lines(), options={}, given={}, settings=_plain)
    return {name: (laws,) for laws in conformance._LAWS for name in dir(laws(right))}


def law_of(name: str, destination: Any, options: Mapping[str, Json], **given: Any) -> Callable[[], None]:
    """Return one law of a destination, which raises what it says; the other laws are not made."""
    _batches()
    with patch.object(conformance, "_LAWS", _laws_with()[name]):
        laws = suite_of_kept(destination, options, **given)()
    law: Callable[[], None] = getattr(laws, name)
    return law
