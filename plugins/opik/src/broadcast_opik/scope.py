"""What ids are unique in, a workspace or each project of it.

Opik means an id to be one trace of a workspace: the page of a trace adds up the spans of that id over all
projects. So two routes into two projects of one workspace need ids of their own, or the same on purpose.
"""

from __future__ import annotations

from typing import Literal

from broadcast_core.destinations import host_of

IdScope = Literal["workspace", "project"]

DEFAULT_PROJECT = "Default Project"
CLOUD_SERVER = "comet.com"
ADVICE = (
    'write the option id_scope into each of them: "project" gives each project ids of its own, "workspace" '
    "keeps one id for both, whose page in Opik adds both up"
)


def filed_under(project: str | None) -> str:
    """Return a project's name as Opik tells projects apart: in lower case, without space around it."""
    return ((project or "").strip() or DEFAULT_PROJECT).lower()


def is_cloud(base_url: str) -> bool:
    """Tell whether a URL is that of Comet's cloud, however it is spelled."""
    return host_of(base_url) in (CLOUD_SERVER, f"www.{CLOUD_SERVER}")
