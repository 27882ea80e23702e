"""What ids are unique in, a workspace or each project of it, and where a route's rows are.

Opik means an id to be one trace of a workspace: the page of a trace adds up the spans of that id over all
projects. So two routes into two projects of one workspace need ids of their own, or the same on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal
from urllib.parse import urlsplit

IdScope = Literal["workspace", "project"]

DEFAULT_PROJECT = "Default Project"
DEFAULT_WORKSPACE = "default"
ADVICE = (
    'write the option id_scope into each of them: "project" gives each project ids of its own, "workspace" '
    "keeps one id for both, whose page in Opik adds both up"
)

_CLOUD = frozenset({"comet.com", "www.comet.com"})
_THIS_MACHINE = frozenset({"127.0.0.1", "::1"})


def filed_under(project: str | None) -> str:
    """Return a project's name as Opik tells projects apart: in lower case, without space around it."""
    return ((project or "").strip() or DEFAULT_PROJECT).lower()


def is_cloud(base_url: str) -> bool:
    """Tell whether a URL is that of Comet's cloud, however it is spelled."""
    return _host(base_url) in _CLOUD


def server(base_url: str) -> str:
    """Return what is the same for all spellings of the URL of one server."""
    if is_cloud(base_url):
        return "comet.com"
    url = urlsplit(base_url)
    name = "localhost" if _host(base_url) in _THIS_MACHINE else _host(base_url)
    port = "" if url.port in (None, {"http": 80, "https": 443}.get(url.scheme)) else f":{url.port}"
    return name + port + re.sub("/+", "/", url.path).rstrip("/")


def _host(base_url: str) -> str:
    """Return the host of a URL in plain lower case, without the dot that may end a full name."""
    return unicodedata.normalize("NFKC", urlsplit(base_url).hostname or "").lower().rstrip(".")
