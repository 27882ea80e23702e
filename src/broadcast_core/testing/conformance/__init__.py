"""The laws that every destination keeps, as a test class that pytest collects.

from broadcast_core.testing.conformance import suite
from my_plugin import destination

TestLaws = suite(destination, {"project": "x"})

    subject.py     what the laws are put to           corpus.py    fixed generations
    described.py   the description and the config     details.py   generations that differ in one detail
    mapped.py      what `items` yields                repeated.py  the same input, other circumstances
    rows.py        rows over several plans            options.py   options of other values
    addressed.py   addresses, places and ids          answers.py   answers of any shape
    checked.py     the test of a connection           answered.py  what became of items
    bodies.py      envelopes, limits and rows         formats.py   bodies read as what they say they are
    carried.py     fields, and unknown values         report.py    the field report
    meaning.py     ids, durations, costs, blame       values.py    values of items by place
    sized.py       what is too large                  secret.py    secrets, `authorize` and `sign`
    expect.py      what a law says that does not hold

Each law is one test, and its name says which fault it catches. The field report is the message of
`test_every_field_leaves_a_trace_or_is_listed`: fields that leave no trace, and that
`describe().not_carried` does not list.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import settings

from broadcast_core.destinations.contract import Destination
from broadcast_core.errors import ArgumentTypeError
from broadcast_core.jsontext import Json
from broadcast_core.testing.conformance.addressed import address_laws
from broadcast_core.testing.conformance.answered import answer_laws
from broadcast_core.testing.conformance.bodies import body_laws
from broadcast_core.testing.conformance.carried import field_laws
from broadcast_core.testing.conformance.checked import check_laws
from broadcast_core.testing.conformance.described import description_laws
from broadcast_core.testing.conformance.mapped import mapping_laws
from broadcast_core.testing.conformance.meaning import value_laws
from broadcast_core.testing.conformance.options import option_laws
from broadcast_core.testing.conformance.repeated import repetition_laws
from broadcast_core.testing.conformance.rows import row_laws
from broadcast_core.testing.conformance.secret import secret_laws
from broadcast_core.testing.conformance.sized import size_laws
from broadcast_core.testing.conformance.subject import Refusing, Subject, profile_settings

__all__ = ["suite"]

_LAWS = (
    description_laws,
    mapping_laws,
    repetition_laws,
    address_laws,
    body_laws,
    secret_laws,
    check_laws,
    answer_laws,
    field_laws,
    value_laws,
    row_laws,
    size_laws,
    option_laws,
)


def suite(
    destination: Destination,
    options: Mapping[str, Json],
    secrets: Mapping[str, str] | None = None,
    *,
    profile: str | settings | None = None,
    refusing: Refusing | None = None,
) -> type:
    """Return a fresh test class for a destination with some options that it accepts.

    `secrets` are values by name, for those which have a form of their own, as a private key; others that
    the destination describes get texts that can be found again. `profile` is "smoke" (seconds), "quick" (a
    minute) or "deep", or settings of Hypothesis; without one, the active profile of Hypothesis holds.

    `refusing` is for destinations that read answers: given a request and the places of some of its items, it
    returns answers of the platform when it refuses those, one in each form that it has. Raise
    `ArgumentTypeError` for a class in place of a destination.
    """
    if isinstance(destination, type):
        raise ArgumentTypeError(f"suite({destination.__name__}, ...): give an object of the class")
    given = dict(secrets or {})
    subject = Subject(
        destination=destination,
        options=dict(options),
        given=given,
        settings=profile_settings(profile),
        refusing=refusing,
    )
    return type("Laws", tuple(laws(subject) for laws in _LAWS), {"__doc__": "The laws of a destination."})
