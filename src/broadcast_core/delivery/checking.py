"""A connection test, step by step as data: the request that comes next, and what the answers mean.

The destination says which requests there are and what their answers mean. Here is what holds for all of them:
a request that got no answer, a plugin or a secret that stops the test, and a clock that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeAlias
from urllib.parse import quote

from attrs import evolve, field, frozen

from broadcast_core.batching import Outgoing, Request, Response
from broadcast_core.delivery.failure import Failure, FailureKind
from broadcast_core.delivery.preparation import prepare
from broadcast_core.destinations.contract import Checked
from broadcast_core.errors import ArgumentError, PluginFault, SecretError
from broadcast_core.jsontext import dumps
from broadcast_core.pipeline.plugin_faults import FROM_OUTSIDE, blame
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import MASK, Secrets

MAX_STEPS = 6
"""The requests that a connection test may make."""
MAX_SKEW = timedelta(minutes=5)
"""How far a clock may be from that of a server before it is told."""
_SHORTEST = 4  # characters of a secret that is looked for
_MAX_DATE = 100  # characters of a date

Meaning: TypeAlias = tuple[str, str]


@frozen(kw_only=True)
class CheckStep:
    """A request of a connection test, as far as it may be shown; `status` is None without an answer."""

    name: str
    method: str
    url: str
    status: int | None = None


@frozen(kw_only=True)
class CheckedRoute(Checked):
    """The outcome of a connection test, with its steps, and notes that a person should read."""

    steps: tuple[CheckStep, ...] = ()
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class CheckRequest:
    """The next request of a connection test: as it may be shown, and as it goes out."""

    step: CheckStep
    outgoing: Outgoing = field(repr=False)

    __hash__ = None  # type: ignore[assignment]


_NEXT: Mapping[FailureKind, str] = {
    "prepare": "see that the secrets of the route are set, and that its plugin is the one it was made for",
    "address": "check the name of the host in the options, and that this machine can look names up",
    "connect": "see that the server runs and listens at that host and port, and that no firewall is between",
    "tls": "see that the host is the one that the certificate is for, and that its issuer is trusted here",
    "proxy": "check HTTPS_PROXY with its user and password, or set NO_PROXY for this host",
    "timeout": "see that the server can be reached from this machine, and test again",
    "lost": "test again; when it stays so, see what stands between here and the server",
    "protocol": "check the scheme and the port of the URL: what answers there is no web server",
    "directory": "see that the directory is there, and that the user who runs this may write to it",
    "disk": "see that the disk has space and is in order, and test again",
}
"""What to do when a request got no answer."""


def next_check(
    route: Route, secrets: Mapping[str, str], answers: tuple[Response, ...] = (), *, now: datetime
) -> CheckRequest | Checked:
    """Return the next request of the connection test of a route, ready to go out, or its outcome.

    `answers` are those to the requests of before. Nothing is raised: a plugin that fails, or a secret that
    cannot be used, is an outcome too.
    """
    secrets = Secrets(secrets)  # at once: reports of errors show the variables of functions
    try:
        step: object = route.destination.check(route.config, answers)
        if isinstance(step, Checked):
            return step
        if not isinstance(step, Request) or not step.is_as_planned:
            raise PluginFault(f"check gives a {type(step).__name__} that nobody planned: use plan_check")
        if len(answers) >= MAX_STEPS:
            raise PluginFault(f"check asks for more than {MAX_STEPS} requests")
        outgoing = prepare(step, route, secrets, now=now)
    except FROM_OUTSIDE:
        raise
    except (SecretError, ArgumentError) as error:
        return Checked(works=False, what=str(error), next_step="give the secret anew, and test again")
    except BaseException as error:  # noqa: BLE001  # a plugin may raise anything
        advice = "install another release of the plugin, or report this to its authors"
        return Checked(works=False, what=blame(route.destination, error), next_step=advice)
    shown = CheckStep(name=step.endpoint.name, method=step.method, url=step.url)
    return CheckRequest(step=shown, outgoing=outgoing)


def unanswered(failure: Failure) -> Checked:
    """Return what a request that got no answer means for a connection, and what to do.

    A client says why as "what: advice"; where the request may have arrived, it says that in place of advice.
    """
    what, _, advice = failure.why.partition(": ")
    step = _NEXT[failure.kind] if failure.may_have_arrived or not advice else advice
    return Checked(works=False, what=what, next_step=step)


def with_steps(
    checked: Checked, steps: tuple[CheckStep, ...], answers: tuple[Response, ...], now: datetime
) -> CheckedRoute:
    """Return the outcome of a connection test with its steps, and with what the answers say of the clock."""
    note = clock_note(answers, now)
    return CheckedRoute(
        works=checked.works,
        what=checked.what,
        next_step=checked.next_step,
        steps=steps,
        notes=() if note is None else (note,),
    )


def answered(step: CheckStep, answer: Response) -> CheckStep:
    """Return a step with the status of its answer."""
    return evolve(step, status=answer.status)


def without_secrets(answer: Response, secrets: Mapping[str, str]) -> Response:
    """Return an answer in which no secret stands any more, as servers quote what they refuse.

    What a destination then quotes of it can be shown. A secret of fewer than four characters is none to find.
    """
    body, headers = answer.body, dict(answer.headers)
    for value in sorted(Secrets(secrets).values(), key=len, reverse=True):
        plain = value.strip()
        if len(plain) < _SHORTEST:
            continue
        for form in (plain, dumps(str(plain)).decode()[1:-1], quote(plain, safe="")):
            body = body.replace(form.encode(), MASK.encode())
            headers = {name: text.replace(form, MASK) for name, text in headers.items()}
    return evolve(answer, body=body, headers=headers)


def clock_note(answers: tuple[Response, ...], now: datetime) -> str | None:
    """Say that the clock here is far from that of a server that answered; None where it is not.

    Each answer is compared at the time when it came, else at `now`, which is in UTC.
    """
    for answer in answers:
        if (moment := _date_of(answer)) is not None:
            skew = (answer.received or now) - moment
            if abs(skew) > MAX_SKEW:
                where = "ahead of" if skew > timedelta() else "behind"
                what = f"the clock of this machine is {_in_words(abs(skew))} {where} that of the server"
                return f"{what}: platforms refuse what has a wrong time; set the clock (NTP) and test again"
    return None


def _date_of(answer: Response) -> datetime | None:
    """Return when a server answered, by its own clock; None of an answer out of a cache, or undated."""
    text = answer.headers.get("Date", "")
    if not text or len(text) > _MAX_DATE or answer.headers.get("Age", "0").strip() != "0":
        return None
    from email.utils import parsedate_to_datetime  # it imports sockets, and is rarely needed

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None


def _in_words(skew: timedelta) -> str:
    minutes = round(skew / timedelta(minutes=1))
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{round(minutes / 60)} hours" if minutes < 2880 else f"{round(minutes / 1440)} days"
