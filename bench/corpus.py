"""A corpus that a seed decides: invented requests of three sizes, with their answers.

Half are small (about 1.5 KB as a record), 40 % medium (8.4 KB, with tool calls) and 10 % large (59 KB,
transcripts of agents). One in four of the medium and the large stands in a trace of four with a named span.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from attrs import frozen

from bench.dialects import Call, as_delivery, as_record

CLASSES = ("small", "medium", "large")
MIXED = "mixed"

_SHARES = {"small": 0.5, "medium": 0.4, "large": 0.1}
_TRACED_IN_TWENTY = 5
_TRACE_LENGTH = 4
_FIRST_START_MS = 1_795_000_000_000

_COMMON_TEXT = """
the a of to and in for with on by at from order customer ticket delivery warehouse article stock invoice
refund payment address account meeting report summary answer question reason number date morning evening
please check return send write change keep move close open wait find compare harbour north service team
product release version branch test function value error message result table column row query index file
"""
_FOREIGN_TEXT = "größer façade naïve žluťoučký 東京 出荷 Привет 納期 café 🙂 שלום zażółć"
_WORDS = _COMMON_TEXT.split()
_MODELS = (
    ("openai/gpt-4.1-mini", "openai", "OpenAI", "openai", "stop"),
    ("anthropic/claude-haiku-4.5", "anthropic", "Anthropic", "anthropic", "end_turn"),
    ("google/gemini-2.5-flash", "google", "Google AI Studio", "google-ai-studio", "STOP"),
    ("meta-llama/llama-3.3-70b-instruct", "meta-llama", "Groq", "groq", "stop"),
)
_TOOLS = ("stock_level", "next_delivery", "find_order", "read_file", "run_tests", "search_code", "edit_file")


@frozen(kw_only=True)
class Line:
    """One generation as a line of either dialect, and the size class that it belongs to."""

    size: str
    record: bytes
    delivery: bytes


@frozen
class Corpus:
    """Lines in a mixed order; two of the same seed and length are equal, byte by byte."""

    lines: tuple[Line, ...]

    def of(self, size: str, dialect: str) -> list[bytes]:
        """Return the lines of a size class, or of all (`mixed`), in a dialect."""
        return [getattr(line, dialect) for line in self.lines if size in (line.size, MIXED)]

    @property
    def digest(self) -> str:
        """What tells two corpora apart."""
        everything = hashlib.sha256()
        for line in self.lines:
            everything.update(line.record + line.delivery)
        return everything.hexdigest()[:12]


def build(records: int, seed: int) -> Corpus:
    """Return a corpus of so many records."""
    rng = Random(seed)
    calls = [
        (size, _call(rng, size, index)) for size in CLASSES for index in range(round(records * _SHARES[size]))
    ]
    rng.shuffle(calls)
    return Corpus(
        tuple(Line(size=size, record=as_record(call), delivery=as_delivery(call)) for size, call in calls)
    )


def _call(rng: Random, size: str, index: int) -> Call:
    """Return one invented request with its answer."""
    model, author, provider, slug, native = rng.choice(_MODELS)
    write = _Writer(rng, foreign=rng.random() < 0.2)
    messages, answer, calls, tools = {"small": _chat, "medium": _desk, "large": _agent}[size](write)
    start = _FIRST_START_MS + rng.randrange(86_400_000)
    duration = rng.randrange(300, 30_000)
    tokens_in = sum(len(str(message)) for message in messages) // 4
    tokens_out = (len(answer or "") + len(str(calls))) // 4
    return Call(
        id=f"gen-{start // 1000}-{write.letters(20)}",
        span=f"{rng.getrandbits(64):016x}",
        start_ms=start,
        end_ms=start + duration,
        first_token_ms=duration // 3,
        latency_ms=rng.randrange(20, 120),
        model=model,
        author=author,
        provider=provider,
        provider_slug=slug,
        native_finish_reason="tool_calls" if calls else native,
        messages=messages,
        answer=answer,
        tool_calls=calls,
        tools=tools,
        temperature=rng.choice((0.0, 0.2, 0.7)),
        max_tokens=rng.choice((200, 1000, 4096)),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cached=tokens_in // 2 if size == "large" else 0,
        user=f"customer-{rng.randrange(90_000)}",
        session=f"session-{rng.randrange(9_000)}" if size != "small" else None,
        attempt=f"msg_{write.letters(24)}",
        trace=_trace(rng, size, index),
    )


def _trace(rng: Random, size: str, index: int) -> dict[str, Any]:
    """Return what the caller said of the trace: nothing, a few keys, or a trace that others share."""
    keys: dict[str, Any] = {"environment": "production", "release": "2026.47.2"}
    if size == "small":
        return {} if rng.random() < 0.5 else keys
    if index % 20 < _TRACED_IN_TWENTY - 1:
        job = index // 20 * (20 // _TRACE_LENGTH) + index % 20 // _TRACE_LENGTH
        keys |= {"trace_id": f"{size}-job-{job}", "trace_name": "Work on a ticket", "span_name": "Draft"}
    return {
        **keys,
        "queue": rng.choice(("billing", "shipping")),
        "step": index % 9,
        "reviewed": index % 2 == 0,
    }


Shape = tuple[list[dict[str, Any]], str | None, list[dict[str, Any]], list[dict[str, Any]]]


def _chat(write: _Writer) -> Shape:
    messages = [
        {"role": "system", "content": write.prose(40)},
        {"role": "user", "content": write.prose(100)},
    ]
    return messages, write.prose(70), [], []


def _desk(write: _Writer) -> Shape:
    tools = [write.tool(name) for name in _TOOLS[:3]]
    messages = [
        {"role": "system", "content": write.prose(900)},
        {"role": "user", "content": write.prose(400)},
    ]
    for _ in range(2):
        messages += write.step(prose=120, result=900)
        messages.append({"role": "user", "content": write.prose(300)})
    if write.rng.random() < 0.5:
        return messages, write.prose(200), [write.tool_call(1), write.tool_call(2)], tools
    return messages, write.prose(600), [], tools


def _agent(write: _Writer) -> Shape:
    tools = [write.tool(name) for name in _TOOLS]
    messages = [
        {"role": "system", "content": write.prose(5_000)},
        {"role": "user", "content": write.prose(800)},
    ]
    for _ in range(write.rng.randrange(15, 27)):
        messages += write.step(prose=200, result=1_500)
    if write.rng.random() < 0.5:
        return messages, write.prose(200), [write.tool_call(1)], tools
    return messages, write.prose(1_200), [], tools


class _Writer:
    """Invents text; lengths are about what was asked for."""

    def __init__(self, rng: Random, *, foreign: bool) -> None:
        self.rng = rng
        self._words = _WORDS + _FOREIGN_TEXT.split() if foreign else _WORDS

    def letters(self, count: int) -> str:
        return "".join(self.rng.choices("ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz0123456789", k=count))

    def prose(self, length: int) -> str:
        length = round(length * self.rng.uniform(0.7, 1.3))
        return " ".join(self.rng.choices(self._words, k=length // 6 + 1)).capitalize() + "."

    def code(self, length: int) -> str:
        lines = (f'    {self.rng.choice(_WORDS)} = "{self.prose(30)}"\n' for _ in range(length // 48 + 1))
        return "def work(self):\n" + "".join(lines)

    def tool(self, name: str) -> dict[str, Any]:
        properties = {
            "article": {"type": "string", "description": self.prose(60)},
            "amount": {"type": "integer", "minimum": 1},
        }
        parameters = {"type": "object", "properties": properties, "required": ["article"]}
        function = {"name": name, "description": self.prose(120), "parameters": parameters}
        return {"type": "function", "function": function}

    def tool_call(self, index: int) -> dict[str, Any]:
        arguments = json.dumps({"article": self.letters(6), "amount": self.rng.randrange(40)})
        function = {"name": self.rng.choice(_TOOLS), "arguments": arguments}
        return {"id": f"call_{self.letters(16)}", "index": index, "type": "function", "function": function}

    def step(self, *, prose: int, result: int) -> Iterator[dict[str, Any]]:
        """Yield an assistant's message with a tool call, and the tool's answer: JSON or code."""
        call = self.tool_call(0)
        yield {"role": "assistant", "content": self.prose(prose), "tool_calls": [call]}
        text = self.code(result) if self.rng.random() < 0.5 else self._table(result)
        yield {"role": "tool", "tool_call_id": call["id"], "content": text}

    def _table(self, length: int) -> str:
        rows = [
            {"article": self.letters(6), "units": self.rng.randrange(500), "note": self.prose(40)}
            for _ in range(length // 84 + 1)
        ]
        return json.dumps({"rows": rows}, ensure_ascii=False)
