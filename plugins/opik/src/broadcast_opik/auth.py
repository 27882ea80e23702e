"""The API key of a request, and the connection test that shows whether it works.

A self-hosted Opik without accounts needs no key. `POST /v1/private/auth` answers 204 when the key may use the
workspace (Opik's own `auth_check`).
"""

from __future__ import annotations

from broadcast_core.destinations import (
    Checked,
    Request,
    Response,
    Secrets,
    add_secret_header,
    message_of,
    read_status,
)

_MEANINGS = {
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
"""What an answer with the words below means, before Opik has looked at the key."""
_ASKS_FOR_WORKSPACE = "Workspace name should be provided"


def authorize(request: Request, secrets: Secrets) -> Request:
    """Return the request with the API key in its headers."""
    key, advice = secrets.get("api_key"), "copy it again from Opik's settings"
    return add_secret_header(request, "Authorization", key, "the Opik API key", advice)


def read_check(response: Response) -> Checked:
    """Say in plain words whether the connection works, and what to do next."""
    if response.status == 204:
        return Checked(works=True, what="Opik accepts the key for this workspace")
    if 200 <= response.status < 300:
        what = f"something answered with {response.status}, where Opik answers 204: this is another page"
        return Checked(works=False, what=what, next_step="set base_url to Opik's API; it ends with /api")
    if _ASKS_FOR_WORKSPACE in message_of(response):
        return read_status(response, {}, _NO_WORKSPACE)
    otherwise = (f"the server answered {response.status}", "look at Opik's own log")
    return read_status(response, _MEANINGS, otherwise)
