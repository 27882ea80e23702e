"""The table `[relay]` of a file of settings: where the relay listens, what it takes, where it keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import fields_dict, frozen

from broadcast_core.destinations.config import REQUIRED, option, options_of, read_options
from broadcast_core.diagnostics import Problem
from broadcast_core.errors import ConfigError
from broadcast_core.jsontext import Json
from broadcast_core.secrets import names_a_secret

DEFAULT_VARIABLE = "BROADCAST_RELAY_SECRET"
_PAGES = ("/healthz", "/metrics")


def _wrong_path(path: str) -> str | None:
    if not path.startswith("/") or not (path.isascii() and path.isprintable()) or set(path) & set("?#% "):
        return "expected the path of a URL, as /v1/traces"
    return f"{path} is a page of the relay's own; take another" if path.rstrip("/") in _PAGES else None


def _wrong_header(name: str) -> str | None:
    is_name = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return None if is_name else "expected the name of a header, as X-Relay-Secret"


@frozen(kw_only=True)
class RelaySettings:
    """What the table `[relay]` says; sizes are in bytes, times in seconds or hours, as their names say."""

    host: str = option("127.0.0.1", "The address to listen on; 0.0.0.0 is every address of IPv4.")
    port: int = option(8788, "The port to listen on; 0 takes a free one and prints it.")
    path: str = option("/v1/traces", "The path that takes deliveries, POST or PUT.", check=_wrong_path)
    secret_variable: str = option(DEFAULT_VARIABLE, "The environment variable that holds the shared secret.")
    secret_file: str | None = option(
        None, "A file of shared secrets, one a line, any of which is valid; it is read again on a reload."
    )
    secret_header: str | None = option(
        None,
        "The header whose whole value is the secret; without it, `Authorization: Bearer`.",
        check=_wrong_header,
    )
    spool: str = option(REQUIRED, "The directory of the spool. It holds prompts.")
    max_body_bytes: int = option(32 * 1024**2, "The largest delivery, also when gzip is inflated.")
    max_spool_bytes: int = option(4 * 1024**3, "The largest spool; when it is full, deliveries get 503.")
    max_age_hours: float = option(72.0, "How long a delivery is retried before it becomes a dead letter.")
    max_connections: int = option(256, "Connections at a time; what comes beyond them gets 503.")
    body_timeout_seconds: float = option(
        10.0, "How long the headers of a request may take, and then its body."
    )
    keep_alive_seconds: int = option(
        150, "How long an idle connection stays; longer than a proxy in front keeps it."
    )
    stop_timeout_seconds: float = option(1.5, "How long a half-sent body may take while the relay stops.")


RANGES: Mapping[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "max_body_bytes": (1_024, 1024**3),
    "max_spool_bytes": (16 * 1024**2, 1024**5),
    "max_age_hours": (0.01, 24 * 366),
    "max_connections": (1, 100_000),
    "body_timeout_seconds": (0.05, 600),
    "keep_alive_seconds": (1, 3_600),
    "stop_timeout_seconds": (0.05, 60),
}
"""The smallest and the largest value of each number."""


def read_settings(table: Mapping[str, Json], base: str = "$.relay") -> RelaySettings:
    """Return the settings of a table; raise `ConfigError` with every mistake in it and its path."""
    secrets = [name for name in table if name not in options_of(RelaySettings) and names_a_secret(name)]
    problems = [Problem(_misplaced(), f"{base}.{name}") for name in secrets]
    problems += [Problem(what, f"{base}.{name}") for name, what in _outside_ranges(table)]
    try:
        settings = read_options(
            RelaySettings, {name: value for name, value in table.items() if name not in secrets}
        )
    except ConfigError as error:
        raise ConfigError((*problems, *(_below(base, one) for one in error.problems))) from None
    if problems:
        raise ConfigError(tuple(problems))
    return settings


def changed_settings(old: RelaySettings, new: RelaySettings) -> tuple[str, ...]:
    """Return the names of the settings that differ."""
    return tuple(name for name in fields_dict(RelaySettings) if getattr(old, name) != getattr(new, name))


def _outside_ranges(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return each number that is too small or too large; what is no number, others report."""
    numbers = {name: table[name] for name in RANGES if type(table.get(name)) in (int, float)}
    wrong = {name: RANGES[name] for name, value in numbers.items() if not _within(value, *RANGES[name])}
    return [(name, f"expected a number from {low:,} to {high:,}") for name, (low, high) in wrong.items()]


def _within(value: float, low: float, high: float) -> bool:
    return low <= value <= high


def _misplaced() -> str:
    place = f"{DEFAULT_VARIABLE} of the environment, or into the file that secret_file names"
    return f"a secret has no place in settings: put it into {place}"


def _below(base: str, problem: Problem) -> Problem:
    what = problem.what
    if problem.path == "$.spool" and what.startswith("missing"):
        what = "missing: the directory of the spool; or give --spool DIR"
    return Problem(what, base + problem.path.removeprefix("$"))
