"""The laws that every destination keeps, as a test class that pytest collects.

from broadcast_core.testing.conformance import suite
from my_plugin import destination

TestLaws = suite(destination, {"project": "x"})

    subject.py     what the laws are put to           corpus.py    fixed generations
    described.py   the description and the config     formats.py   bodies as what they say they are
    mapped.py      what `items` yields                repeated.py  the same input, other circumstances
    bodies.py      envelopes, limits and rows         secret.py    secrets, `authorize` and `sign`
    answered.py    `check` and `outcomes`             carried.py   the field report, and what is unknown

Each law is one test, and its name says which fault it catches. A law says what it wants of a destination; that
of the fields (`test_every_field_leaves_a_trace_or_is_listed`) lists in its message what is not carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import settings

from broadcast_core.destinations.contract import Destination
from broadcast_core.jsontext import Json
from broadcast_core.testing.conformance.answered import answer_laws
from broadcast_core.testing.conformance.bodies import body_laws
from broadcast_core.testing.conformance.carried import field_laws
from broadcast_core.testing.conformance.described import description_laws
from broadcast_core.testing.conformance.mapped import mapping_laws
from broadcast_core.testing.conformance.repeated import repetition_laws
from broadcast_core.testing.conformance.secret import secret_laws
from broadcast_core.testing.conformance.subject import Subject, profile_settings

__all__ = ["suite"]

_LAWS = (
    description_laws,
    mapping_laws,
    repetition_laws,
    body_laws,
    secret_laws,
    answer_laws,
    field_laws,
)


def suite(
    destination: Destination,
    options: Mapping[str, Json],
    secrets: Mapping[str, str] | Iterable[str] = (),
    *,
    profile: str | settings | None = None,
) -> type:
    """Return a fresh test class for a destination with some options that it accepts.

    `secrets` are values by name, for those which must have a form of their own, as a private key; all that the
    destination describes get made up texts else. `profile` is "smoke" (seconds), "quick" (a minute or two) or
    "deep", or settings of Hypothesis; without one, the profile of Hypothesis that is active says how many draws.
    """
    given = dict(secrets) if isinstance(secrets, Mapping) else {}
    subject = Subject(
        destination=destination, options=dict(options), given=given, settings=profile_settings(profile)
    )
    return type("Laws", tuple(laws(subject) for laws in _LAWS), {"__doc__": "The laws of a destination."})
