"""One trace as a tree of lines: trace > named span > generation > provider attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from rich.text import Text
from rich.tree import Tree

from broadcast_core.cli import measures
from broadcast_core.cli.said import Said
from broadcast_core.cli.terminal import harmless
from broadcast_core.generation import Attempt, Generation
from broadcast_core.readers.trace_context import DEFAULT_GENERATION_NAME, DEFAULT_TRACE_NAME
from broadcast_core.tree import SpanKey, Summary, TraceTree, span_key_of

LONGEST_NAME = 100
LONGEST_SAID = 200
_STATUS_STYLES = {"ok": "green", "error": "bold red", "cancelled": "yellow"}


def view(trace: TraceTree, said: Mapping[str, Said]) -> Tree:
    """Return a trace as a tree; `said` has the texts to show, by generation id."""
    root = Tree(_trace_line(trace))
    branches: dict[SpanKey, Tree] = {}
    for generation in sorted(trace.generations.values(), key=_order(trace)):
        key = span_key_of(generation)
        parent = root
        if key is not None:
            parent = branches.get(key) or root.add(_span_line(key, trace.spans[key]))
            branches[key] = parent
        _add_generation(parent, generation, said.get(generation.id, Said()))
    return root


def _order(trace: TraceTree) -> Callable[[Generation], tuple[datetime, datetime, str]]:
    def order(generation: Generation) -> tuple[datetime, datetime, str]:
        key = span_key_of(generation)
        start = generation.timing.start
        return (start if key is None else trace.spans[key].start, start, generation.id)

    return order


def _trace_line(trace: TraceTree) -> Text:
    summary = trace.summary
    name = summary.name.value if summary is not None and summary.name is not None else DEFAULT_TRACE_NAME
    generations = trace.generations.values()
    return _line(
        _named(name, "bold"),
        _cut(trace.key),
        measures.moment(trace.anchor if summary is None else summary.start),
        f"took {measures.between(summary.start, summary.end) if summary else measures.UNKNOWN}",
        f"tokens {measures.sum_of_counts(one.usage.known_total for one in generations)}",
        f"cost {measures.sum_of_money(one.cost.total for one in generations)}",
    )


def _span_line(key: SpanKey, span: Summary) -> Text:
    return _line(_named(key[0], "bold"), f"took {measures.between(span.start, span.end)}")


def _add_generation(parent: Tree, generation: Generation, said: Said) -> None:
    branch = parent.add(_generation_line(generation))
    for attempt in generation.attempts:
        branch.add(_attempt_line(attempt))
    for word, text in (("asked", said.asked), ("answered", said.answered)):
        if text is not None:
            branch.add(Text(f"{word}: {harmless(text, LONGEST_SAID)}", style="italic"))


def _generation_line(generation: Generation) -> Text:
    timing, usage = generation.timing, generation.usage
    return _line(
        _named(generation.trace.generation_name or DEFAULT_GENERATION_NAME, "cyan"),
        _cut(generation.served_model or generation.model),
        _cut(generation.provider),
        _status(generation),
        measures.time_of_day(timing.start),
        f"took {measures.between(timing.start, timing.end)}",
        f"first token {measures.milliseconds(timing.first_token_ms)}",
        f"in {measures.count(usage.input_tokens)}",
        f"out {measures.count(usage.output_tokens)}",
        f"cost {measures.money(generation.cost.total)}",
        f"finish {_cut(generation.finish_reason)}",
    )


def _status(generation: Generation) -> Text:
    code = None if generation.failure is None else generation.failure.code
    text = generation.status if code is None else f"{generation.status} {_cut(code)}"
    return Text(text, style=_STATUS_STYLES[generation.status])


def _attempt_line(attempt: Attempt) -> Text:
    line = _line(
        f"attempt {attempt.index + 1}",
        _cut(attempt.provider),
        f"status {measures.count(attempt.status_code)}",
        f"took {measures.milliseconds(attempt.latency_ms)}",
    )
    line.style = "red" if attempt.failed else "dim"
    return line


def _named(name: str, style: str) -> Text:
    return Text(_cut(name), style=style)


def _cut(text: str | None) -> str:
    return measures.UNKNOWN if text is None else harmless(text, LONGEST_NAME)


def _line(*parts: str | Text) -> Text:
    return Text("  ").join(_texts(parts))


def _texts(parts: Iterable[str | Text]) -> list[Text]:
    return [part if isinstance(part, Text) else Text(part) for part in parts]
