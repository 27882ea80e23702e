"""What an Opik server takes: counts and bytes.

From Opik's backend (TraceBatch, SpanBatch, Trace, Span, ErrorInfo; server 2.1) and its documented limits of
the cloud: 1000 items and about 50 MB a request, about 20 MB a field.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from broadcast_core.destinations import Endpoint

TRACES, SPANS = "traces", "spans"
PING = "server"

MAX_ITEMS = 1000
MAX_BODY_BYTES = 48_000_000
MAX_FIELD_BYTES = 15_000_000  # input, output and metadata of one row fit one body
MAX_TEXT, MAX_ERROR_TEXT = 10_000, 500_000  # bytes in JSON; ours, since a row must fit one body
MAX_TAGS, MAX_TAG = 50, 100  # of UTF-16 units, as Java counts
MAX_ENVIRONMENT = 150
MAX_PROJECT_NAME = 150  # of whole characters, as its database counts; so are the ids of threads
MAX_THREAD_ID = 150
MAX_TOKENS = 2**31 - 1
MONEY_DECIMALS = 12


def endpoints(base_url: str, headers: Mapping[str, str]) -> tuple[Endpoint, Endpoint]:
    """Return where traces and spans go: traces first, so that no span is without its trace for long."""
    return _rows("traces", base_url, headers), _rows("spans", base_url, headers)


def _rows(name: str, base_url: str, headers: Mapping[str, str]) -> Endpoint:
    return Endpoint(
        name=name,
        url=f"{base_url}/v1/private/{name}/batch",
        headers=headers,
        prefix=b'{"%s":[' % name.encode(),
        suffix=b"]}",
        max_items=MAX_ITEMS,
        max_bytes=MAX_BODY_BYTES,
        compression="gzip",
        on_resend="merges",
    )


def trace_page(base_url: str, trace: str) -> str:
    """Return what leads a browser to the page of a trace, as Opik's own SDK prints it."""
    path = quote(b64encode(f"{base_url}/".encode()).decode(), safe="/=")
    return f"{base_url}/v1/session/redirect/projects/?trace_id={trace}&path={path}"


def ping_endpoint(base_url: str) -> Endpoint:
    """Return what tells whether an Opik is there and healthy, without a key."""
    return Endpoint(
        name=PING, url=f"{base_url}/is-alive/ping", method="GET", content_type="", prefix=b"", suffix=b""
    )


def auth_endpoint(base_url: str, headers: Mapping[str, str]) -> Endpoint:
    """Return what tells whether a key may use a workspace (Opik's own `auth_check`)."""
    url = f"{base_url}/v1/private/auth"
    return Endpoint(name="key and workspace", url=url, headers=headers, prefix=b"", suffix=b"")


def project_endpoint(base_url: str, headers: Mapping[str, str]) -> Endpoint:
    """Return what tells whether a project of a name is there, whatever its letter case."""
    url = f"{base_url}/v1/private/projects/retrieve"
    return Endpoint(name="project", url=url, headers=headers, prefix=b"", suffix=b"")
