"""The API key of a request. A self-hosted Opik without accounts needs none."""

from __future__ import annotations

from broadcast_core.destinations import Request, Secrets, add_secret_header
from broadcast_opik.endpoints import PING


def authorize(request: Request, secrets: Secrets) -> Request:
    """Return the request with the API key in its headers; as it is where anybody may ask."""
    if request.endpoint.name == PING:
        return request
    key, advice = secrets.get("api_key"), "copy it again from Opik's settings"
    return add_secret_header(request, "Authorization", key, "the Opik API key", advice)
