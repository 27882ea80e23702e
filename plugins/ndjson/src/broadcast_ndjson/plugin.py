"""One line a generation: the record's own JSON, which a late or repeated generation only appends to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import evolve, frozen

import broadcast_core.destinations as core
from broadcast_ndjson import directory

MAX_LINE = 1_000_000  # bytes; many collectors cut or drop longer lines unless told otherwise
URL = "The URL that takes lines; or a directory, as file:///var/traces."


@frozen(kw_only=True)
class Config:
    """Where lines go."""

    url: str = core.option(core.REQUIRED, URL, check=core.server_or_directory_url)

    @property
    def is_directory(self) -> bool:
        """Tell whether lines become files."""
        return core.is_file_url(self.url)


@frozen
class Ndjson:
    """Appends a line for each generation; of a trace it sends nothing, since each line names its own."""

    name: str = "ndjson"
    contract_version: int = 1

    def describe(self) -> core.Description:
        """Return the URL and the token; every field of the record is carried."""
        token = core.Secret(help="A bearer token; a directory needs none.", required=False)
        return core.Description(config=Config, secrets={"token": token})

    def endpoints(self, config: Config) -> tuple[core.Endpoint, ...]:
        """Return the URL, which takes any number of lines: at a server, one sent twice stands there twice."""
        if config.is_directory:
            return (directory.endpoint_of(config.url),)
        return (core.Endpoint.of_lines(name="lines", url=config.url, compression="gzip"),)

    def items(self, tree: core.TraceTree, config: Config) -> Iterator[core.Item | core.Unmapped]:
        """Yield a line for each generation; what is too long of one is cut, and that is told."""
        for generation in tree.generations.values():
            yield core.record_item("lines", generation, MAX_LINE, "a line")

    def address(self, request: core.Request, config: Config) -> core.Request:
        """Return the request with the name of its file, where it becomes one."""
        return directory.named(request) if config.is_directory else request

    def authorize(
        self, request: core.Request, config: Config, secrets: Mapping[str, str], now: datetime, attempt: int
    ) -> core.Request:
        """Return the request with the token, where there is one; a file has no header, and so no token."""
        return core.add_bearer_token(request, core.Secrets(secrets).get("token"), "the token")

    def check(self, config: Config, answers: tuple[core.Response, ...] = ()) -> core.Request | core.Checked:
        """Return a request without lines, and what its answer means."""
        if not answers:
            return core.plan_check(evolve(self.endpoints(config)[0], suffix=b""), b"")
        refused = ("the server refused a request without lines", "check the URL and the token, or its log")
        works = "the directory takes files" if config.is_directory else "the server takes lines"
        return core.read_success(answers[-1], works, {}, refused)
