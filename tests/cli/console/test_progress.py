"""The progress bar is shown to a person at a terminal, and is never in the way of anything else."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from broadcast_core.cli.console.progress import progress_bar


class Terminal(io.StringIO):
    """A text stream that is a terminal."""

    def isatty(self) -> bool:
        """Return true."""
        return True


def shown(*, terminal: bool = True, **arguments: bool) -> bool:
    """Tell whether a bar is drawn for some arguments."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=terminal, width=80, _environ={"TERM": "xterm"})
    wanted = {"is_wanted": True, "writes_stdout": False, **arguments}
    with progress_bar(console, 10, **wanted) as advance:
        advance(5)
    return "reading" in written.getvalue()


def test_a_bar_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is wanted, and no requests go to a terminal too."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    assert shown()
    assert shown(writes_stdout=True)
    assert not shown(terminal=False)
    assert not shown(is_wanted=False)


def test_requests_on_the_same_terminal_have_no_bar_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of requests, or a page that is printed afterwards, is not in its way."""
    monkeypatch.setattr(sys, "stdout", Terminal())

    assert [False, True] == [shown(writes_stdout=True), shown(writes_stdout=False)]


def test_a_bar_without_a_known_size_still_counts() -> None:
    """As for a named pipe."""
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "xterm"})
    with progress_bar(console, None, is_wanted=True, writes_stdout=False) as advance:
        advance(5)


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("command", ["plan", "show"])
def test_files_have_a_bar_and_stdin_has_none(
    command: str,
    run: Callable[..., Any],
    record: Callable[..., bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its end is unknown, and a person may be typing it; with --quiet nobody wants one."""
    wanted: list[tuple[int | None, bool, bool]] = []

    @contextmanager
    def record_arguments(_console: Any, total: int | None, *, is_wanted: bool, writes_stdout: bool) -> Any:
        wanted.append((total, is_wanted, writes_stdout))
        yield lambda _size: None

    monkeypatch.setattr(
        import_module(f"broadcast_core.cli.commands.{command}"), "progress_bar", record_arguments
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.ndjson").write_bytes(record())
    to = ["--to", "demo"] if command == "plan" else []
    for arguments in (["a.ndjson"], ["a.ndjson", "-"], ["-q", "a.ndjson"]):
        run(command, *to, *arguments)

    assert [True, False, False] == [is_wanted for _, is_wanted, _ in wanted]
    assert {(len(record()), command == "plan")} == {(total, stdout) for total, _, stdout in wanted[::2]}


def test_what_ended_is_counted_while_it_is_sent() -> None:
    """Also when all was read long ago, as of planned requests."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    with progress_bar(console, 10, is_wanted=True, writes_stdout=False, is_sending=True) as shown:
        shown(10)
        for _ in range(7):
            shown.ended()

    assert "7 ended" in written.getvalue()
