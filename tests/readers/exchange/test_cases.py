"""Every endpoint as it answers, streams, fails and breaks off: one case a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from broadcast_core.policy import Policy, evaluate
from broadcast_core.readers import Read, read
from broadcast_core.record.codec import encode
from broadcast_core.record.generation import Generation
from broadcast_core.record.messages import chat_input, chat_output, preview_of
from tests.paths import ROOT

FOLDER = Path(__file__).parent / "cases"
CASES = {f"{path.parent.name}/{path.stem}": path for path in sorted(FOLDER.glob("*/*.json"))}
KINDS = ("answer", "stream", "error", "cut")


def _case(name: str) -> tuple[dict[str, Any], Read]:
    case = json.loads(CASES[name].read_text("utf-8"))
    (outcome,) = read(case["document"]).outcomes
    assert isinstance(outcome, Read), outcome
    return case["expected"], outcome


def _message(generation: Generation) -> dict[str, Any]:
    shown: Any = chat_output(generation.content.output)
    return shown["choices"][0]["message"] if isinstance(shown, dict) and "choices" in shown else {}


def _facts(outcome: Read) -> dict[str, Any]:
    """Return what a case may expect, by its names."""
    found = outcome.generation
    record: Any = encode(found)
    preview = preview_of(found.content, 200)
    message, failure = _message(found), found.failure
    asked: Any = chat_input(found.content.input)
    messages = asked.get("messages", []) if isinstance(asked, dict) else []
    parts = message.get("content")
    return {
        "operation": found.operation,
        "id": found.id,
        "status": found.status,
        "served_model": found.served_model,
        "provider": found.provider,
        "finish": [found.finish_reason, found.native_finish_reason],
        "usage": {key: value for key, value in record.get("usage", {}).items() if key != "cache_basis"},
        "cost": {
            **{key: str(value) for key, value in _amounts(found).items()},
            **({} if found.cost.is_byok is None else {"is_byok": found.cost.is_byok}),
        },
        "answer": preview.answer if parts is None or isinstance(parts, list) else parts,
        "question": preview.question,
        "system": messages[0].get("content") if messages and messages[0].get("role") == "system" else None,
        "calls": [
            [call["function"]["name"], call["function"]["arguments"]]
            for call in message.get("tool_calls") or []
        ],
        "reasoning": message.get("reasoning"),
        "reasoning_details": message.get("reasoning_details"),
        "picture": parts[0]["image_url"]["url"]
        if isinstance(parts, list) and "image_url" in parts[0]
        else None,
        "attempts": [[one.provider, one.status_code] for one in found.attempts],
        "failure": None if failure is None else [failure.type, failure.code],
        "user": found.identity.user_id,
        "session": found.identity.session_id,
        "account": found.identity.gateway_user_id,
        "tier": found.generation_request_context.get("service_tier"),
        "charged_for": dict(found.generation_cost),
        "output": found.content.output,
        "diagnostics": [note.kind for note in outcome.diagnostics],
    }


def _amounts(found: Generation) -> dict[str, Any]:
    names = ("total", "upstream", "upstream_input", "upstream_output")
    return {name: getattr(found.cost, name) for name in names if getattr(found.cost, name) is not None}


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_read_as_expected(name: str) -> None:
    """Each fact that it names, and nothing is told that it does not expect."""
    expected, outcome = _case(name)
    facts = _facts(outcome)
    wanted = {"diagnostics": _usual(outcome, expected), **expected}
    wanted.pop("secrets")

    assert wanted == {key: facts[key] for key in wanted}


def _usual(outcome: Read, expected: dict[str, Any]) -> list[str]:
    """Return what is told of a case that names no diagnostic: that its id was derived, if it was."""
    return ["coerced"] if "id" not in expected and outcome.generation.id.startswith("derived-") else []


@pytest.mark.parametrize("name", CASES)
def test_nothing_of_a_case_leaves_in_privacy_mode(name: str) -> None:
    """Neither what was asked nor what was answered, while what is operational stays."""
    expected, outcome = _case(name)
    before = outcome.generation
    kept = evaluate(Policy(privacy_mode=True), before, route="r").redacted
    assert kept is not None
    text = json.dumps(encode(kept), ensure_ascii=False)

    assert expected["secrets"]
    assert [] == [secret for secret in expected["secrets"] if secret in text]
    assert (before.id, before.usage, before.cost, before.finish_reason) == (
        kept.id,
        kept.usage,
        kept.cost,
        kept.finish_reason,
    )


@pytest.mark.parametrize("name", CASES)
def test_every_secret_of_a_case_is_in_its_record(name: str) -> None:
    """So that the test above can fail: without privacy mode each is there."""
    expected, outcome = _case(name)
    text = json.dumps(encode(outcome.generation), ensure_ascii=False)

    assert [] == [secret for secret in expected["secrets"] if secret not in text]


def test_the_page_lists_the_cases() -> None:
    """The table of endpoints in docs/readers.md is made of the files."""
    page = (ROOT / "docs" / "readers.md").read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| `/")]
    listed = {
        f"{row[1].strip(' `')}/{kind}": cell.strip() == "yes"
        for row in rows
        for kind, cell in zip(KINDS, row[2:], strict=True)
    }

    assert {name: name in CASES for name in listed} == listed
    assert {name.split("/")[0] for name in CASES} == {name.split("/")[0] for name in listed}
