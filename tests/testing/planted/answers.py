"""Faults in `check` and `outcomes`."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

from attrs import evolve

from broadcast_core import Checked, Request, Response
from broadcast_core.destinations import (
    Delivered,
    Doubtful,
    Refused,
    Split,
    Verdicts,
    loads,
    verdict_of_status,
)
from tests.testing.planted.base import Array, Lines

_asked = itertools.count()


class CheckRaises(Lines):
    """Its check raises at once."""

    law: ClassVar[str] = "test_check_begins_with_a_request_or_a_result"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """Not there yet."""
        raise NotImplementedError


class CheckReturnsNothing(Lines):
    """Its check returns None."""

    law: ClassVar[str] = "test_check_begins_with_a_request_or_a_result"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """Forgot its return."""


class CheckIsNotPlanned(Lines):
    """The request of its check is built anew, so that nobody knows what is secret in it."""

    law: ClassVar[str] = "test_check_begins_with_a_request_or_a_result"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """Another URL, put in by hand."""
        found = super().check(config, answers)
        return evolve(found, url=f"{found.url}?x") if isinstance(found, Request) else found


class CheckNeverEnds(Lines):
    """Its check asks again and again."""

    law: ClassVar[str] = "test_check_ends_whatever_is_answered"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """The first request each time, until the server is well."""
        return super().check(config, () if answers and answers[-1].status >= 500 else answers)


class CheckRaisesOnGarbage(Array):
    """Its check parses each answer."""

    law: ClassVar[str] = "test_check_ends_whatever_is_answered"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """Reads the message."""
        if answers and answers[-1].status >= 400:
            return Checked(works=False, what=str(loads(answers[-1].body)["message"]), next_step="read it")
        return super().check(config, answers)


class CheckReturnsTrue(Lines):
    """Its check ends with a truth value."""

    law: ClassVar[str] = "test_check_ends_whatever_is_answered"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """Works, or not."""
        return answers[-1].status == 200 if answers else super().check(config, answers)


class CheckSaysNothing(Lines):
    """Its check does not say what to do next."""

    law: ClassVar[str] = "test_check_tells_what_is_wrong_and_what_to_do"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """A result without advice."""
        found = super().check(config, answers)
        return evolve(found, next_step="") if isinstance(found, Checked) else found


class CheckAlwaysWorks(Lines):
    """Its check takes any answer for a good one."""

    law: ClassVar[str] = "test_check_does_not_work_when_it_is_refused"

    def check(self, config: Any, answers: tuple[Response, ...] = ()) -> Any:
        """There was an answer."""
        return Checked(works=True, what="it answers") if answers else super().check(config)


class OutcomesRaise(Lines):
    """Its outcomes take every body for JSON."""

    law: ClassVar[str] = "test_outcomes_read_any_answer"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """Parses first."""
        loads(response.body)
        return super().outcomes(request, response, config)


class OutcomesOfOddShape(Lines):
    """Its outcomes take each JSON for an object with texts."""

    law: ClassVar[str] = "test_outcomes_read_any_answer"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """Looks for results by item."""
        if response.body.startswith(b'{"results"'):
            return tuple(one["verdict"] for one in loads(response.body)["results"])
        return super().outcomes(request, response, config)


class OutcomesAreNone(Lines):
    """Its outcomes are None for an answer that it does not know."""

    law: ClassVar[str] = "test_outcomes_read_any_answer"

    def outcomes(self, request: Request, response: Response, config: Any) -> Any:
        """Success alone is known."""
        return Delivered() if response.status == 200 else None


class OutcomesCountInTexts(Lines):
    """Its outcomes hand on a count as it came."""

    law: ClassVar[str] = "test_outcomes_read_any_answer"

    def outcomes(self, request: Request, response: Response, config: Any) -> Any:
        """As the server says it."""
        if b"rejectedSpans" in response.body:
            return Doubtful(loads(response.body)["partialSuccess"]["rejectedSpans"], "refused")
        return super().outcomes(request, response, config)


class OutcomesOfWrongNumber(Lines):
    """It has one outcome more than items."""

    law: ClassVar[str] = "test_outcomes_are_of_the_right_number"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """One for the envelope too."""
        return (Delivered(),) * (len(request.items) + 1) if response.status == 207 else Delivered()


class CountsFromOne(Lines):
    """It takes the first place for 1."""

    law: ClassVar[str] = "test_outcomes_find_the_items_that_are_refused"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """One too early."""
        found = super().outcomes(request, response, config)
        return (*found[1:], Delivered()) if isinstance(found, tuple) else found


class OutcomesAreGood(Lines):
    """It takes a failure for success."""

    law: ClassVar[str] = "test_outcomes_of_a_failure_are_no_success"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """An empty body is good."""
        return Delivered() if not response.body else verdict_of_status(response)


class OutcomesCount(Lines):
    """Its outcomes hang on how often it was asked."""

    law: ClassVar[str] = "test_outcomes_are_the_same_each_time"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """Each other time."""
        return Delivered() if next(_asked) % 2 else verdict_of_status(Response(status=500))


class OutcomesQuote(Lines):
    """Its outcomes quote what the server says."""

    law: ClassVar[str] = "test_outcomes_quote_no_content"

    def outcomes(self, request: Request, response: Response, config: Any) -> Verdicts:
        """To be helpful."""
        return (
            Refused(response.body.decode("utf-8", "replace")) if response.status == 400 else Split("a part")
        )
