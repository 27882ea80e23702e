"""As much of protobuf's wire format as a shape needs: numbers, and bytes with their length before them."""

from __future__ import annotations

from collections.abc import Iterator

from broadcast_core.errors import ArgumentError

_VARINT, _BYTES = 0, 2


def delimited(number: int, value: bytes) -> bytes:
    """Return a field of bytes: its number and kind, the length, the value."""
    return varint(number << 3 | _BYTES) + varint(len(value)) + value


def varint(number: int) -> bytes:
    """Return a number in groups of seven bits, the last ones first."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(groups) + bytes([number])


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number and the value of each field of a message; raise `ArgumentError` for what is none."""
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        value, at = _read_varint(data, at)
        if tag & 7 == _VARINT:
            yield tag >> 3, value
        elif tag & 7 == _BYTES and at + value <= len(data):
            yield tag >> 3, data[at : at + value]
            at += value
        else:
            raise ArgumentError("a field of an unknown kind, or one that is cut off")


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data) and shift < 64:
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return number, at
    raise ArgumentError("a number that is cut off, or too long")
