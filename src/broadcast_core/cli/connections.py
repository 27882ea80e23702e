"""Connection tests of routes: run one after the other, and told step by step in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from attrs import evolve
from rich.console import Console
from rich.text import Text

from broadcast_core.cli.console.terminal import sanitize
from broadcast_core.cli.errors import MISSING, CommandError
from broadcast_core.cli.routes import SelectedRoutes
from broadcast_core.delivery.checking import CheckedRoute, CheckStep
from broadcast_core.delivery.place import needs_http
from broadcast_core.errors import MissingPackage
from broadcast_core.pipeline.route import Route
from broadcast_core.secrets import Secrets, header_secret
from broadcast_core.sending.checking import Exchanges, check_route
from broadcast_core.sending.clock import utc_now
from broadcast_core.settings.secret import variable

INSTALL = "pip install 'broadcast-core[send]'"
_MAX_LINE = 1000
_STYLES = {"ok": "bold green", "failed": "bold red", "next": "cyan", "note": "yellow"}


def needed_secrets(route: Route) -> dict[str, str]:
    """Return what a route cannot do without, each secret with what it is."""
    declared = route.destination.describe().secrets
    found = {name: secret.help for name, secret in declared.items() if secret.required}
    return {**found, **{header_secret(name): f"The value of the header {name}." for name in route.headers}}


@contextmanager
def open_client(routes: Iterable[Route], seconds: float) -> Iterator[Exchanges]:
    """Yield a client for some routes, with a time limit; raise `CommandError` without its package."""
    from broadcast_core.sending.client import Client

    try:
        made = Client(timeout=timedelta(seconds=seconds), http=needs_http(routes))
    except MissingPackage:
        what = "a server is reached with httpx2, which is not installed here"
        raise CommandError(f"{what}. Install: {INSTALL}", code=MISSING) from None
    with made as client:
        yield client


def tested(route: Route, secrets: Secrets, client: Exchanges) -> CheckedRoute:
    """Return the outcome of the connection test of a route; nothing is sent while a secret is missing."""
    for name, what in needed_secrets(route).items():
        if not secrets.get(name, "").strip():
            missing = f"the secret {name!r} is missing: {what}"
            return CheckedRoute(works=False, what=missing, next_step=f"put it into {_places(route, name)}")
    checked = check_route(route, secrets, client, utc_now())
    absent = [name for name in route.destination.describe().secrets if not secrets.get(name, "").strip()]
    is_refused = bool(checked.steps) and checked.steps[-1].status in (401, 403)
    if checked.works or not is_refused:
        return checked
    notes = (f"the secret {name!r} is not set; its place is {_places(route, name)}" for name in absent)
    return evolve(checked, notes=(*checked.notes, *notes))


def _places(route: Route, name: str) -> str:
    return (
        f"{variable(route.name, name)} of the environment, or a secrets file, as {name} under [{route.name}]"
    )


def check_all(selection: SelectedRoutes, console: Console, messages: Console, *, seconds: float) -> bool:
    """Test the connections of routes, print what happens, and tell whether all of them work.

    What is wrong with other routes, which cannot be tested, goes to `messages`.
    """
    for line in selection.wrong:
        messages.print(f"error: {sanitize(line, _MAX_LINE)}")
    if not selection.routes:
        messages.print("nothing was tested: no route is enabled; one that is not is tested by its name")
    works = True
    with open_client(selection.routes, seconds) as client:
        for route in selection.routes:
            checked = tested(route, selection.secrets.get(route.name, Secrets(None)), client)
            print_outcome(console, route.name, checked)
            works = works and checked.works
    return works


def print_outcome(console: Console, route: str, checked: CheckedRoute) -> None:
    """Print the steps of a connection test, its outcome, and what to do next."""
    for step in checked.steps:
        console.print(f"{sanitize(route)}: {sanitize(_step(step))}")
    _print(console, route, "ok" if checked.works else "failed", checked.what)
    if checked.next_step and not checked.works:
        _print(console, route, "next", checked.next_step)
    for note in checked.notes:
        _print(console, route, "note", note)


def _step(step: CheckStep) -> str:
    answer = "no answer" if step.status is None else f"answered {step.status}"
    return f"{step.name}: {step.method} {step.url}: {answer}"


def _print(console: Console, route: str, label: str, text: str) -> None:
    line = Text.assemble(f"{sanitize(route)}: ", (label, _STYLES[label]), f": {sanitize(text, _MAX_LINE)}")
    console.print(line, soft_wrap=True)
