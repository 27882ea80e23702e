"""What a report of an error may show: messages, and the variables of every function on the way, as text."""

from __future__ import annotations

import io
import logging
import pprint
import traceback
from types import FrameType

import attrs
import pytest

_NOT_OURS = (
    "tests",
    "mutmut",
)  # tests hold secrets plainly, and so does what stands between calls of mutants


def report(error: BaseException) -> str:
    """Return all that reports show of an error and of those behind it, but for the variables of tests."""
    texts = [*traceback.format_exception(error)]
    for one in _chain(error):
        texts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        texts += [text for frame in _frames(one) for text in _variables(frame)]
    return "\n".join(texts)


def shown(value: object) -> str:
    """Return all that prints, logs, reports and dumps show of a value."""
    stream = io.StringIO()
    logger = logging.Logger("shown")
    logger.addHandler(logging.StreamHandler(stream))
    logger.warning("%s %r", value, value)
    texts = [stream.getvalue(), f"{value!r} {value}", pprint.pformat(value), *_as_rich_shows(value)]
    if attrs.has(type(value)):
        texts.append(repr(attrs.asdict(value)))  # type: ignore[arg-type]
    return "\n".join(texts)


def _as_rich_shows(value: object) -> list[str]:
    pretty = pytest.importorskip("rich.pretty")
    return [pretty.pretty_repr(value), pretty.pretty_repr(value, max_string=4)]


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__  # also where it is not printed
    return found


def _frames(error: BaseException) -> list[FrameType]:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return [frame for frame in frames if not frame.f_globals.get("__name__", "").startswith(_NOT_OURS)]


def _variables(frame: FrameType) -> list[str]:
    found = dict(frame.f_locals)
    captured = traceback.StackSummary.extract([(frame, frame.f_lineno)], capture_locals=True)
    return [
        *captured.format(),
        repr(found),
        *(text for one in found.values() for text in _as_rich_shows(one)),
    ]
