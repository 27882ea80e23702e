"""`broadcast show` draws traces as trees, for people, and shows no content."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.cli.commands import show

Run = Callable[..., Any]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

STEP = """\
Support ticket 4711  support-ticket-4711  2026-11-23 06:30:12 UTC  took 5.2 s  tokens 176  cost $0.001068
└── Draft answer  took 5.2 s
    ├── Sort the mail  openai/gpt-4.1-mini  OpenAI  ok  06:30:12 UTC  took 709 ms  in 53  out 13  cost $0.000042  finish stop
    │   └── attempt 1  OpenAI  status 200  took 644 ms
    └── Write the reply  anthropic/claude-sonnet-4.5  Amazon Bedrock  ok  06:30:14 UTC  took 2.9 s  first token 1.5 s  in 52  out 58  cost $0.001026  finish stop
        └── attempt 1  Amazon Bedrock  status 200  took 783 ms
"""  # noqa: E501  # as it looks in a pipe, where nothing is wrapped


def test_a_trace_is_a_tree(run: Run, examples: Path) -> None:
    """Trace, named span, generations, attempts."""
    steps = sorted((examples / "deliveries").glob("*trace-step*"))
    ran = run("show", *steps)

    assert STEP == ran.page
    assert (0, ["read 2, usable 2, skipped 0, rejected 0"]) == (ran.code, ran.messages)


def test_what_is_unknown_is_left_out(run: Run, record: Run) -> None:
    """It is never a zero."""
    ran = run("show", stdin=record(attempts=[{"index": 0}]))

    assert [
        "OpenRouter Request  gen-1  2026-11-23 10:00:00 UTC",
        "└── LLM Generation  ok  10:00:00 UTC",
        "    └── attempt 1",
    ] == ran.page.splitlines()


def test_zero_is_zero(run: Run, record: Run) -> None:
    """A generation that cost nothing says so."""
    line = record(usage={"input_tokens": 0, "output_tokens": 0}, cost={"total": "0"})
    page = run("show", stdin=line).page

    assert "tokens 0  cost $0" in page
    assert "in 0  out 0  cost $0" in page


def test_a_sum_of_known_and_unknown_has_a_plus(run: Run, record: Run) -> None:
    """It is at least that much."""
    trace = {"trace_id": "one"}
    known = record("gen-1", trace=trace, usage={"total_tokens": 7}, cost={"total": "0.10"})
    page = run("show", stdin=known + record("gen-2", trace=trace)).page

    assert "tokens 7+  cost $0.10+" in page


def test_times_are_shown_in_utc(run: Run, record: Run) -> None:
    """Whatever zone they were written in."""
    page = run("show", stdin=record(timing={"start": "2026-11-23T01:30:00+02:00"})).page

    assert "2026-11-22 23:30:00 UTC" in page


def test_failed_attempts_and_statuses_are_shown(run: Run, examples: Path) -> None:
    """With the code of the failure."""
    page = run("show", examples / "deliveries" / "08-error.json").page

    assert "  error" in page
    assert [
        "    ├── attempt 1  DeepInfra  status 502  took 1.3 s",
        "    └── attempt 2  Novita  status 502  took 874 ms",
    ] == [line for line in page.splitlines() if "attempt" in line]


FAILURES: dict[str, tuple[dict[str, str], str]] = {
    "a code": ({"type": "ReadTimeout", "code": "408"}, "error 408"),
    "a type": ({"type": "ReadTimeout"}, "error ReadTimeout"),
    "neither": ({"message": "no"}, "error"),
}


@pytest.mark.parametrize(("failure", "shown"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_shown_by_its_code_or_its_type(
    run: Run, record: Run, failure: dict[str, str], shown: str
) -> None:
    """Its words stay out of sight."""
    page = run("show", stdin=record(status="error", failure=failure)).page

    assert f"LLM Generation  {shown}  10:00:00 UTC" in page


def test_failed_attempts_are_red_on_a_terminal(run: Run, examples: Path) -> None:
    """And there is no colour when NO_COLOR is set."""
    path = examples / "deliveries" / "10-fallback.json"

    assert "\x1b[31mattempt 1  Groq" in run("show", path, FORCE_COLOR="1", COLUMNS="200").page
    assert "\x1b[31m" not in run("show", path, FORCE_COLOR="1", COLUMNS="200", NO_COLOR="1").page


def test_a_pipe_gets_no_escapes_and_no_wrapping(spawn: Run, examples: Path) -> None:
    """Lines can be searched."""
    ran = spawn("show", examples / "deliveries")

    assert "\x1b" not in ran.page + ran.stderr
    assert 23 == len([line for line in ran.page.splitlines() if line[0] not in " │├└"])


def test_a_narrow_terminal_wraps(run: Run, examples: Path) -> None:
    """Every word is still there."""
    path = examples / "deliveries" / "10-fallback.json"
    page = ESCAPE.sub("", run("show", path, FORCE_COLOR="1", TERM="xterm", COLUMNS="40").page)

    assert all(len(line) <= 40 for line in page.splitlines())
    assert "DeepInfra" in page


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_a_terminal_breaks_lines_between_parts(columns: int, run: Run, examples: Path) -> None:
    """A label stays with its value."""
    steps = sorted((examples / "deliveries").glob("*trace-step*"))
    page = ESCAPE.sub("", run("show", *steps, FORCE_COLOR="1", TERM="xterm", COLUMNS=str(columns)).page)
    shown = [part for line in page.splitlines() for part in re.split("  +", line.strip(" │├└─"))]

    assert all(len(line) <= columns for line in page.splitlines())
    assert [part for line in STEP.splitlines() for part in line.strip(" │├└─").split("  ")] == shown


def test_content_is_shown_only_when_asked_for(run: Run, examples: Path) -> None:
    """The last question and the answer, a line each."""
    path = examples / "deliveries" / "10-fallback.json"
    asked = "asked: Give five short names for a bicycle repair shop at a harbour."
    answered = (
        "answered: 1. Spoke & Pier 2. The Dry Dock 3. Chain Harbour 4. Quayside Wheels 5. Anchor Cycles"
    )
    page = run("show", "--content", path).page

    assert f"    ├── {asked}\n    └── {answered}\n" == page[page.index("    ├── asked") :]
    assert "harbour" not in run("show", path).page


def test_content_is_cut_and_sanitized(run: Run, record: Run) -> None:
    """A prompt can hold anything."""
    line = record(
        content={"input": {"prompt": "\x1b[2J" + "x" * 10_000}, "output": {"choices": [{"text": "a\nb"}]}}
    )
    *_, asked, answered = run("show", "--content", stdin=line).page.splitlines()

    assert len(asked) < 250
    assert r"asked: \x1b[2Jxxx" in asked
    assert answered.endswith("answered: a b")


def test_names_are_sanitized(run: Run, record: Run) -> None:
    """They come from strangers; what has not even the form of a model's name is not shown."""
    names = {"trace_name": "a\nb" + "x" * 500, "generation_name": "\x1b]0;evil\x07[red]"}
    page = run("show", stdin=record(model="like this\x07", trace=names)).page

    assert r"\x1b]0;evil\x07[red]" in page
    assert "like this" not in page
    assert page.startswith("a bxxx")
    assert page.replace("\n", "").isprintable()


def test_a_terminal_without_unicode_gets_other_signs(spawn: Run, record: Run) -> None:
    """Nothing fails for a letter that cannot be shown."""
    line = record(trace={"trace_name": "Übersetzung"})
    before = ("-X", "utf8=0", "-c", ASCII)
    ran = spawn("show", stdin=line, before=before)

    assert 0 == ran.code
    assert r"\xdcbersetzung" in ran.page


ASCII = """
import sys
sys.stdout.reconfigure(encoding="ascii", errors="strict")
from broadcast_core.cli import main
main()
"""


def test_the_rest_is_counted(run: Run, record: Run) -> None:
    """Behind the limit."""
    lines = b"".join(record(f"gen-{n}") for n in range(5))
    page = run("show", "--limit", "2", stdin=lines).page

    assert 2 == page.count("OpenRouter Request")
    assert page.endswith("\n… and 3 more (--limit N shows N traces)\n")


def test_fifty_traces_are_shown_without_a_limit(run: Run, record: Run) -> None:
    """A screen or two."""
    lines = b"".join(record(f"gen-{n}") for n in range(60))

    assert "… and 10 more" in run("show", stdin=lines).page


def test_too_many_generations_are_refused(run: Run, record: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a hint, before memory runs out."""
    monkeypatch.setattr(show, "MAX_GENERATIONS", 3)
    ran = run("show", stdin=b"".join(record(f"gen-{n}") for n in range(9)))

    hint = "show a part of the input, for example with head or grep"
    assert [f"error: <stdin>:4: more than 3 generations are too many to show: {hint}"] == ran.errors
    assert (2, b"") == (ran.code, ran.stdout)


def test_skipped_and_rejected_are_listed(run: Run, record: Run, examples: Path) -> None:
    """As `plan` lists them."""
    test = examples / "deliveries" / "26-sample-trace.json"
    ran = run("show", "-", test, stdin=record() + record("gen-2", model=5))

    assert [
        "error: <stdin>:2: gen-2: expected text, got number 5 @ $.model",
        f"skipped: {test}: OpenRouter's Send Trace sample",
        "read 3, usable 1, skipped 1, rejected 1",
    ] == ran.messages
    assert 1 == ran.code


def test_a_generation_that_appears_twice_is_shown_once(run: Run, record: Run) -> None:
    """It counts twice."""
    ran = run("show", stdin=record() * 2)

    assert (1, "read 2, usable 2, skipped 0, rejected 0") == (ran.page.count("LLM Generation"), ran.summary)
