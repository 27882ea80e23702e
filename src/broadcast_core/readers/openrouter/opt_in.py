"""OpenRouter's opt-in generation metadata: which of the three groups a field belongs to.

A route switches each group on by itself. A field that no list knows counts as identity, the most private.
"""

from __future__ import annotations

from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.readers.openrouter.prefixes import GROUPS
from broadcast_core.record.opt_in_groups import REQUEST_CONTEXT, is_cost


def collect(fields: Fields) -> dict[str, Json]:
    """Take the opt-in attributes, which come in two copies; a copy that differs stays."""
    found: dict[str, Json] = {}
    originals: dict[str, Json] = {}
    for prefix in GROUPS:
        for key in [key for key in fields.left if key.startswith(prefix)]:
            name = key.removeprefix(prefix)
            if name not in found:
                originals[name] = fields.left[key]
                found[name] = fields.array_or_object(key)
            elif fields.left[key] in (originals[name], found[name]):
                del fields.left[key]
    return found


def sort_into_groups(
    values: Mapping[str, Json],
) -> tuple[dict[str, Json], dict[str, Json], dict[str, Json]]:
    """Return the cost, the identity and the request-context fields of opt-in metadata."""
    cost: dict[str, Json] = {}
    identity: dict[str, Json] = {}
    context: dict[str, Json] = {}
    for key, value in values.items():
        if is_cost(key):
            cost[key] = value
        elif key in REQUEST_CONTEXT:
            context[key] = value
        else:
            identity[key] = value
    return cost, identity, context
