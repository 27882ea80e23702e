"""On what the model insists where a server does not, or may not: one rule a kind of value, all on purpose.

A server would take such a value and lose, alter or invent something, without a word to whoever sent it. So a
mapping that is tested against the model finds out. `OpikModel(strict=False)` leaves all of this out.
"""

from __future__ import annotations

import re
from decimal import Decimal

from broadcast_core.jsontext import Json
from broadcast_opik.testing.refusal import strict
from broadcast_opik.testing.rulebook import stricter
from broadcast_opik.testing.values import LARGEST, camel, is_number

_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
MAX_THREAD_ID = 150


@stricter(1, "a text is a text, is not blank, and has no lone surrogates")
def text(value: Json, path: str) -> list[str]:
    """Columns of text."""
    if not isinstance(value, str):
        raise strict(f"{path} is no text, and would become one")
    _encodes(value, path)
    return [] if value.strip() else [f"{path} must not be blank"]


@stricter(0, "a thread id has at most 150 characters: for more, no thread of the request gets its record")
def thread_id(value: Json, path: str) -> list[str]:
    """Taken with 204, and then nothing that is done with the thread works."""
    violations = text(value, path)
    if len(value) > MAX_THREAD_ID:
        raise strict(f"{path} has more than {MAX_THREAD_ID} characters, and its thread would have no record")
    return violations


@stricter(1, "input and output are an object, a list of objects or a text, as the API is described")
def content(value: Json, path: str) -> list[str]:
    """The page knows what to do with these."""
    of_objects = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    if not of_objects and not isinstance(value, dict | str):
        raise strict(f"{path} is neither object, list of objects nor text")
    return _storable(value, path)


@stricter(5, "metadata is an object without the keys `provider` and `providers`")
def metadata(value: Json, path: str) -> list[str]:
    """What is no object is dropped when it is read, and these keys are Opik's own."""
    if not isinstance(value, dict):
        raise strict(f"{path} is no object")
    if value.keys() & {"provider", "providers"}:
        raise strict(f"{path} has a key that Opik puts there itself")
    return _storable(value, path)


@stricter(1, "numbers in JSON fit a double, whose text would be `Infinity`")
def _storable(value: Json, path: str) -> list[str]:
    left: list[Json] = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            left += item
        elif isinstance(item, str):
            _encodes(item, path)
        elif isinstance(item, int | Decimal) and not -LARGEST <= item <= LARGEST:
            raise strict(f"{path} has a number that would be stored as the text 'Infinity'")
    return []


def _encodes(value: str, path: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise strict(f"{path} has a lone surrogate, which would become a question mark") from None


@stricter(1, "tags are those that a later edit on the page takes: 50 of 100 UTF-16 units, none blank")
def tags(value: Json, path: str) -> list[str]:
    """Longer ones are stored, and then cannot be edited."""
    violations = [what for index, tag in enumerate(value) for what in text(tag, f"{path}[{index}]")]
    if any(len(tag.encode("utf-16-le", "surrogatepass")) > 200 for tag in value):
        violations.append(f"{path} Tag cannot exceed 100 characters")
    if len(value) > 50:
        violations.append(f"{path} Cannot have more than 50 tags")
    return violations


@stricter(1, "error_info has a type and a traceback that are not blank, and no unknown key")
def error_info(value: Json, path: str) -> list[str]:
    """The page would show nothing for them."""
    if value.keys() - {"exception_type", "message", "traceback"}:
        raise strict(f"{path} has unknown fields, and would lose them")
    told = {"exception_type": "", "traceback": "", **value}
    return [what for name, one in told.items() for what in text(one, f"{path}.{camel(name)}")]


@stricter(1, "a cost has at most 12 decimals: of one with more 9 would stay")
def cost(value: Json, path: str) -> list[str]:
    """Rounded without a word."""
    if -int(Decimal(value).as_tuple().exponent) > 12:
        raise strict(f"{path} does not fit Decimal(38, 12), and would be rounded")
    return []


@stricter(1, "counts say something and are whole")
def usage(value: Json, path: str) -> list[str]:
    """Null and fractions would be lost."""
    for name, count in value.items():
        text(name, path)
        if count is None or count == "":
            raise strict(f"{path}[{name!r}] says nothing, and would be dropped")
        if is_number(count) and count != int(count):
            raise strict(f"{path}[{name!r}] is no whole number, and would be cut")
    return []


@stricter(6, "an environment has the letters of the entity that is made of it")
def environment(value: Json, path: str) -> list[str]:
    """`^[A-Za-z0-9_-]+$`."""
    violations = text(value, path)
    if not violations and not _ENVIRONMENT.fullmatch(value):
        raise strict(f"{path} does not match ^[A-Za-z0-9_-]+$, which environments must")
    return violations
