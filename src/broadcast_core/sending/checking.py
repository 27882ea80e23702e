"""Running the connection test of a route: its requests one after the other, until its outcome is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from broadcast_core.batching import Outgoing, Response
from broadcast_core.delivery.checking import (
    CheckedRoute,
    CheckStep,
    answered,
    next_check,
    unanswered,
    with_steps,
    without_secrets,
)
from broadcast_core.delivery.failure import Failure
from broadcast_core.destinations.contract import Checked
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import Secrets


class Exchanges(Protocol):
    """A client that sends one request and waits for what comes of it."""

    def exchange(self, outgoing: Outgoing) -> Response | Failure:
        """Return the answer, or why there is none; nothing is raised for what network and server do."""
        ...


def check_route(route: Route, secrets: Mapping[str, str], client: Exchanges, now: datetime) -> CheckedRoute:
    """Return whether the connection of a route works, what happened and what to do next.

    `now` is the time in UTC. The test ends after `MAX_STEPS` requests, whatever the destination wants.
    """
    secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
    answers: tuple[Response, ...] = ()
    steps: tuple[CheckStep, ...] = ()
    while True:
        asked = next_check(route, secrets, answers, now=now)
        if isinstance(asked, Checked):
            return with_steps(asked, steps, answers, now)
        answer = client.exchange(asked.outgoing)
        if isinstance(answer, Failure):
            return with_steps(unanswered(answer), (*steps, asked.step), answers, now)
        answers = (*answers, without_secrets(answer, secrets))
        steps = (*steps, answered(asked.step, answer))
