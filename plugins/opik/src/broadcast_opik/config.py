"""The options of an Opik route, declared once; core reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property

from attrs import frozen

from broadcast_core.destinations import (
    Place,
    Problem,
    Window,
    ascii_only,
    max_chars_of,
    option,
    server_of,
    stated_options,
    wrong_url,
)
from broadcast_opik.endpoints import MAX_PROJECT_NAME
from broadcast_opik.scope import ADVICE, CLOUD_SERVER, IdScope, filed_under, is_cloud

CLOUD = "https://www.comet.com/opik/api"
LOCAL = "http://localhost:5173/api"
_EXAMPLE = f"for example {LOCAL} or {CLOUD}"
_NO_WORKSPACE = (
    "missing: Comet's cloud takes nothing without a workspace; its name is in the address of Opik's page, "
    "https://www.comet.com/opik/<workspace>/home, and in the menu of your account there"
)


def _wrong_base_url(value: str) -> str | None:
    what = wrong_url(value, _EXAMPLE)
    versioned = "/v1" in value.partition("://")[2]
    return f"expected the URL up to and without /v1, {_EXAMPLE}" if what is None and versioned else what


@frozen(kw_only=True)
class OpikConfig:
    """Where to send, and what beside the rows; `stated` are the names of the options that were given."""

    base_url: str = option(CLOUD, "Opik's API, up to and without `/v1`.", check=_wrong_base_url, ending="/")
    workspace: str | None = option(
        None,
        "The Comet workspace: needed on Comet's cloud; a self-hosted Opik needs none.",
        check=ascii_only("a workspace name"),
    )
    project_name: str | None = option(
        None,
        "The project, which Opik creates; without it Opik's default project.",
        check=max_chars_of(MAX_PROJECT_NAME),
    )
    attempts: bool = option(False, "Send a child span for each provider attempt.")
    attach: bool = option(
        False, "A caller's UUIDv7 trace id names a trace of the caller's own: send spans alone."
    )
    as_of: datetime | None = option(
        None,
        "When the plan will be sent; ids that Opik's cloud would refuse then are reported.",
        per_run=True,
    )
    backfill: bool = option(
        False,
        "Move the ids of older data into the window that Opik takes at `as_of`, in order.",
        per_run=True,
    )
    id_scope: IdScope = option(
        "workspace", "What an id is unique in: the workspace, or `project` for ids of each project's own."
    )
    stated: frozenset[str] = stated_options()

    @property
    def headers(self) -> Mapping[str, str]:
        """The workspace; the key comes with `authorize`."""
        return {} if self.workspace is None else {"Comet-Workspace": self.workspace}

    @cached_property
    def ids_of(self) -> str:
        """What ids are made of beside the original: nothing, or the project's name as Opik files it."""
        return filed_under(self.project_name) if self.id_scope == "project" else ""

    @property
    def place(self) -> Place:
        """Where the rows of the route are, and which ids they have there."""
        server = CLOUD_SERVER if is_cloud(self.base_url) else server_of(self.base_url)
        return Place(
            space=f"{server} {(self.workspace or 'default').lower()}",
            home=filed_under(self.project_name),
            ids=self.ids_of,
            stated="id_scope" in self.stated,
            advice=ADVICE,
        )

    @cached_property
    def window(self) -> Window:
        """When ids will be judged, and whether they may be moved."""
        return Window(self.as_of, self.backfill)


def config_problems(config: OpikConfig) -> Iterator[Problem]:
    """Yield what is wrong with options that need each other."""
    if config.backfill and config.as_of is None:
        yield Problem("backfill needs as_of, the time when the plan will be sent", "$.backfill")
    if config.workspace is None and is_cloud(config.base_url):
        yield Problem(_NO_WORKSPACE, "$.workspace")
