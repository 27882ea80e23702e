"""Reaching Opik: the secrets of a request, and the connection test in plain words.

`POST /v1/private/auth` answers 204 when the key may use the workspace (Opik's own `auth_check`).
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from broadcast_core.batching.endpoint import Endpoint
from broadcast_core.batching.item import Item
from broadcast_core.batching.request import Request
from broadcast_core.batching.response import Response
from broadcast_core.destinations.contract import Checked
from broadcast_core.jsontext import JsonError, loads
from broadcast_core.secrets import Secrets, SecretText
from broadcast_opik.config import OpikConfig

AUTH = Endpoint(name="auth", path="/v1/private/auth", prefix=b"", separator=b"", suffix=b"")


def authorized(request: Request, secrets: Secrets) -> Request:
    """Return the request with the API key; a self-hosted Opik without accounts needs none."""
    key = secrets.get("api_key")
    if not key:
        return request
    if not key.isascii() or not key.isprintable():
        raise ValueError(
            "the Opik API key has characters that no header takes: copy it again from Opik's settings"
        )
    return evolve(request, headers={**request.headers, "Authorization": SecretText(key.strip())})


def check_request(config: OpikConfig, headers: Mapping[str, str]) -> Request:
    """Return the request that tests the key and the workspace and changes nothing."""
    return Request.planned(
        route="check",
        endpoint=AUTH,
        url=config.base_url + AUTH.path,
        headers={"Content-Type": AUTH.content_type, **headers},
        items=(Item(endpoint=AUTH.name, body=b"{}", generations=()),),
    )


_SAID = {
    400: ("Opik refused the workspace or the key", "check the workspace name in Opik's settings"),
    401: ("Opik refused the API key", "copy the API key again from Opik: Settings > API Keys"),
    403: (
        "the API key may not use this workspace",
        "set the option workspace to one that the key belongs to",
    ),
    404: (
        "Opik does not know the workspace or the URL",
        "a self-hosted Opik has one workspace: leave it out",
    ),
    429: ("Opik is limiting the rate", "wait a minute and test again"),
}


_NO_WORKSPACE = (
    "the server asks for a workspace, and the request names none",
    "set the option workspace to the name that stands in the address of Opik's page",
)
"""What 403 means when it comes with the words below, before Opik has looked at the key."""
_ASKS_FOR_IT = "Workspace name should be provided"


def read_check(response: Response) -> Checked:
    """Say in plain words whether the connection works, and what to do next."""
    if response.status == 204:
        return Checked(works=True, what="Opik accepts the key for this workspace")
    if 200 <= response.status < 300:
        what = f"something answered with {response.status}, where Opik answers 204: this is another page"
        return Checked(works=False, what=what, next_step="set base_url to Opik's API; it ends with /api")
    what, step = _SAID.get(
        response.status, (f"the server answered {response.status}", "look at Opik's own log")
    )
    said = _message(response.body)
    if _ASKS_FOR_IT in said:
        what, step = _NO_WORKSPACE
    return Checked(works=False, what=f"{what} (it says: {said})" if said else what, next_step=step)


def _message(body: bytes) -> str:
    try:
        answer = loads(body)
    except JsonError:
        return ""
    message = answer.get("message") if isinstance(answer, dict) else None
    return message[:200] if isinstance(message, str) else ""
