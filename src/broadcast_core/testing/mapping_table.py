"""Tables of a mapping as Markdown, made from what the mapping does and a remark where one helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from broadcast_core.testing.lineage import Lineage

SAME = "<same>"


def mapping_table(
    lineage: Mapping[str, Lineage], rows: Mapping[str, str], remarks: Mapping[str, str] | None = None
) -> list[str]:
    """Return the lines of a table: each field, where it goes in each row, and a remark.

    `lineage` is that of `field_lineage`, `rows` names the rows that have a column, with its head. Fields of
    one object that go to the same places share a line. Without remarks, fields that go nowhere are left out.
    """
    found = {path.removeprefix("$."): one for path, one in lineage.items()}
    lines = _lines(found, tuple(rows), remarks or {})
    if remarks is None:
        head: tuple[str, ...] = ("from the generation", *rows.values())
        return _markdown(head, [(_names(n), *map(_paths, one)) for n, one in lines if any(one)])
    head = ("from the generation", *rows.values(), "")
    return _markdown(head, [(_names(n), *map(_paths, one), remarks.get(n[0], "")) for n, one in lines])


def _lines(
    found: Mapping[str, Lineage], rows: tuple[str, ...], remarks: Mapping[str, str]
) -> list[tuple[list[str], tuple[frozenset[str], ...]]]:
    """Return fields with where they go; those of one object that go alike share a line."""
    lines: dict[tuple[str, str | None, tuple[frozenset[str], ...]], list[str]] = {}
    for field, lineage in found.items():
        parent, _, name = field.rpartition(".")
        alike = tuple(frozenset(_generic(path, name) for path in lineage[row]) for row in rows)
        lines.setdefault((parent, remarks.get(field), alike), []).append(field)
    return [
        (names, alike if len(names) > 1 else tuple(found[names[0]][row] for row in rows))
        for (_, _, alike), names in lines.items()
    ]


def _generic(path: str, name: str) -> str:
    head, _, last = path.rpartition(".")
    return f"{head}.{SAME}" if last == name and head else path


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _paths(paths: Iterable[str]) -> str:
    ordered = sorted(paths, key=lambda path: (path.startswith("metadata"), path))
    return ", ".join(f"`{path}`" for path in ordered)


def _markdown(head: tuple[str, ...], cells: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *cells]
    return ["| " + " | ".join(line).replace("|  |", "| |").rstrip() + " |" for line in lines]
