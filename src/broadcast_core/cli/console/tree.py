"""One trace as a tree of lines: trace > named span > generation > provider attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from attrs import frozen
from rich.console import Console, ConsoleOptions
from rich.text import Text
from rich.tree import Tree

from broadcast_core.cli.console.formatting import (
    UNKNOWN,
    format_count,
    format_datetime,
    format_duration,
    format_milliseconds,
    format_money,
    format_time,
    format_total_count,
    format_total_money,
)
from broadcast_core.cli.console.terminal import sanitize
from broadcast_core.readers.trace_keys import DEFAULT_GENERATION_NAME, DEFAULT_TRACE_NAME
from broadcast_core.record.generation import Attempt, Generation
from broadcast_core.record.messages import ConversationPreview
from broadcast_core.traces.keys import SpanKey, span_key_of
from broadcast_core.traces.summary import Summary
from broadcast_core.traces.tree import TraceTree

MAX_NAME = 100
MAX_PREVIEW = 200
_SEPARATOR = "  "
_STATUS_STYLES = {"ok": "green", "error": "bold red", "cancelled": "yellow"}


@frozen
class PartsLine:
    """A line of parts; a narrow terminal breaks it between two parts, never inside one."""

    parts: tuple[Text, ...]
    style: str = ""

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines that fit the width."""
        line: list[Text] = []
        for part in self.parts:
            if line and self._join([*line, part]).cell_len > options.max_width:
                yield self._join(line)
                line = []
            line.append(part)
        yield self._join(line)

    def _join(self, line: list[Text]) -> Text:
        text = Text(_SEPARATOR).join(line)
        text.style = self.style
        return text


def render_trace(trace: TraceTree, previews: Mapping[str, ConversationPreview]) -> Tree:
    """Return a trace as a tree; `previews` has the texts to show, by generation id."""
    root = Tree(_trace_line(trace))
    branches: dict[SpanKey, Tree] = {}
    for generation in sorted(trace.generations.values(), key=_sort_key(trace)):
        key = span_key_of(generation)
        parent = root
        if key is not None:
            parent = branches.get(key) or root.add(_span_line(key, trace.spans[key]))
            branches[key] = parent
        _add_generation(parent, generation, previews.get(generation.id, ConversationPreview()))
    return root


def _sort_key(trace: TraceTree) -> Callable[[Generation], tuple[datetime, datetime, str]]:
    def sort_key(generation: Generation) -> tuple[datetime, datetime, str]:
        key = span_key_of(generation)
        start = generation.timing.start
        return (start if key is None else trace.spans[key].start, start, generation.id)

    return sort_key


def _trace_line(trace: TraceTree) -> PartsLine:
    summary = trace.summary
    name = summary.name.value if summary is not None and summary.name is not None else DEFAULT_TRACE_NAME
    generations = trace.generations.values()
    return _parts(
        _styled(name, "bold"),
        _shorten(trace.key),
        format_datetime(trace.anchor if summary is None else summary.start),
        _label("took", format_duration(summary.start, summary.end) if summary else UNKNOWN),
        _label("tokens", format_total_count(generation.usage.known_total for generation in generations)),
        _label("cost", format_total_money(generation.cost.total for generation in generations)),
    )


def _span_line(key: SpanKey, span: Summary) -> PartsLine:
    return _parts(_styled(key[0], "bold"), _label("took", format_duration(span.start, span.end)))


def _add_generation(parent: Tree, generation: Generation, preview: ConversationPreview) -> None:
    branch = parent.add(_generation_line(generation))
    for attempt in generation.attempts:
        branch.add(_attempt_line(attempt))
    for word, text in (("asked", preview.question), ("answered", preview.answer)):
        if text is not None:
            branch.add(Text(f"{word}: {sanitize(text, MAX_PREVIEW)}", style="italic"))


def _generation_line(generation: Generation) -> PartsLine:
    timing, usage = generation.timing, generation.usage
    return _parts(
        _styled(generation.trace.generation_name or DEFAULT_GENERATION_NAME, "cyan"),
        _shorten(generation.served_model or generation.model),
        _shorten(generation.provider),
        _status(generation),
        format_time(timing.start),
        _label("took", format_duration(timing.start, timing.end)),
        _label("first token", format_milliseconds(timing.first_token_ms)),
        _label("in", format_count(usage.input_tokens)),
        _label("out", format_count(usage.output_tokens)),
        _label("cost", format_money(generation.cost.total)),
        _label("finish", _shorten(generation.finish_reason)),
    )


def _status(generation: Generation) -> Text:
    failure = generation.failure
    code = None if failure is None else failure.code or (failure.type if failure.type != "Error" else None)
    text = generation.status if code is None else f"{generation.status} {_shorten(code)}"
    return Text(text, style=_STATUS_STYLES[generation.status])


def _attempt_line(attempt: Attempt) -> PartsLine:
    return _parts(
        f"attempt {attempt.index + 1}",
        _shorten(attempt.provider),
        _label("status", format_count(attempt.status_code)),
        _label("took", format_milliseconds(attempt.latency_ms)),
        style="red" if attempt.failed else "dim",
    )


def _styled(name: str, style: str) -> Text:
    return Text(_shorten(name), style=style)


def _shorten(text: str | None) -> str:
    return UNKNOWN if text is None else sanitize(text, MAX_NAME)


def _label(label: str, value: str) -> str:
    return value if value == UNKNOWN else f"{label} {value}"


def _parts(*parts: str | Text, style: str = "") -> PartsLine:
    """Return a line of parts, without those that are unknown."""
    known = (part for part in parts if part != UNKNOWN)
    return PartsLine(tuple(part if isinstance(part, Text) else Text(part) for part in known), style)
