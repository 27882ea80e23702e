"""A generation on its way out: what replaces its fields, and what is told, until it is rebuilt once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from broadcast_core.diagnostics import Diagnostic
from broadcast_core.record.generation import Generation


@frozen
class Draft:
    """A whole generation, new values of some of its fields by name, and what was held back.

    Each step of redaction returns another draft; the record is rebuilt, and so checked, after the last.
    """

    generation: Generation
    changes: Mapping[str, Any] = attrs.field(factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    __hash__ = None  # type: ignore[assignment]

    def value(self, name: str) -> Any:
        """Return the value of a field as it is now."""
        return self.changes[name] if name in self.changes else getattr(self.generation, name)

    def with_changes(self, changes: Mapping[str, Any], *diagnostics: Diagnostic) -> Draft:
        """Return the draft with more changes, and what is told of them.

        What an earlier step left as it is gets its check before it is replaced: a record that its constructor
        would refuse does not leave, whatever a later step does to it.
        """
        if self.changes:
            fields: Any = attrs.fields(type(self.generation))
            for field in (getattr(fields, name) for name in changes if name not in self.changes):
                field.validator(self.generation, field, getattr(self.generation, field.name))
        return Draft(self.generation, {**self.changes, **changes}, (*self.diagnostics, *diagnostics))

    def rebuild(self) -> Generation:
        """Return the generation as it may leave; itself where nothing was changed."""
        return attrs.evolve(self.generation, **self.changes) if self.changes else self.generation
