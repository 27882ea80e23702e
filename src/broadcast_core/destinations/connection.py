"""Reaching a platform: secrets in headers, and connection tests in plain words with a next step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import evolve

from broadcast_core.batching import Endpoint, Item, Request, Response
from broadcast_core.destinations.contract import Checked
from broadcast_core.errors import ArgumentError
from broadcast_core.jsontext import Json, JsonError, loads
from broadcast_core.secrets import SecretText

Meaning: TypeAlias = tuple[str, str]
"""What an answer means, and what to do next."""

CHECK_ROUTE = ""
"""The route of a connection test, which belongs to every route: none has a name that is blank."""
_MAX_QUOTED = 200  # characters of what a server says


def add_secret_header(request: Request, header: str, secret: str | None, name: str, advice: str) -> Request:
    """Return the request with a secret in a header; as it is where there is none.

    Raise `ArgumentError` for a secret that no header takes; `name` says which, `advice` what to do.
    """
    if not secret:
        return request
    secret = SecretText(secret)  # at once: reports of errors show the variables of functions
    if not secret.isascii() or not secret.isprintable():
        raise ArgumentError(f"{name} has characters that no header takes: {advice}")
    return evolve(request, headers={**request.headers, header: SecretText(secret.strip())})


def add_bearer_token(request: Request, token: str | None, name: str) -> Request:
    """Return the request with a bearer token (RFC 6750) in its headers; as it is where there is none.

    Raise `ArgumentError` for one that no header takes; `name` says which it is.
    """
    if not token:
        return request
    token = SecretText(f"Bearer {token.strip()}")
    return add_secret_header(request, "Authorization", token, name, f"copy {name} again")


def plan_check(endpoint: Endpoint, body: bytes = b"{}") -> Request:
    """Return the request of a connection test, which shows all of itself: it holds no secret yet.

    Its route is `CHECK_ROUTE`, so that every route of the destination can send it. The name of the endpoint
    is what people read of the step.
    """
    items = (Item(endpoint=endpoint.name, body=body, generations=()),) if body else ()
    return Request.planned(route=CHECK_ROUTE, endpoint=endpoint, items=items)


def read_status(response: Response, meanings: Mapping[int, Meaning], otherwise: Meaning) -> Checked:
    """Return what an answer that is no success means, by its status; what the server says is quoted."""
    what, step = meanings.get(response.status, otherwise)
    message = message_of(response)
    return Checked(works=False, what=f"{what} (it says: {message})" if message else what, next_step=step)


def read_success(
    response: Response, works: str, meanings: Mapping[int, Meaning], otherwise: Meaning
) -> Checked:
    """Return that a connection works where the status is 2xx, in the words `works`; else what it means."""
    if 200 <= response.status < 300:
        return Checked(works=True, what=works)
    return read_status(response, meanings, otherwise)


def message_of(response: Response) -> str:
    """Return the beginning of the `message` of a JSON answer; empty when there is none."""
    message = object_of(response).get("message")
    return message[:_MAX_QUOTED] if isinstance(message, str) else ""


def object_of(response: Response) -> dict[str, Json]:
    """Return the JSON object that an answer holds; an empty one of any other, as a proxy's page of HTML."""
    try:
        answer = loads(response.body)
    except JsonError:
        return {}
    return answer if isinstance(answer, dict) else {}
