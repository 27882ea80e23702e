"""Model parameters as deliveries have them: in attributes, and in the echo of the request's body."""

from __future__ import annotations

import re

from broadcast_core.jsontext import Json
from broadcast_core.readers.fields import Fields
from broadcast_core.record.conversions import as_flag, as_float, or_none
from broadcast_core.record.field_checks import MOST
from broadcast_core.record.parameters import PARAMETERS, known_parameters

_ATTRIBUTE = "gen_ai.request."
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def take_parameters(request: Json, fields: Fields) -> tuple[dict[str, Json], Json]:
    """Take the parameters of the attributes, and those of the request's body; the attributes win.

    Return them, and the body without what is known.
    """
    asked, rest = known_parameters(request)
    keys = [key for key in fields.left if key.startswith(_ATTRIBUTE) and key != _ATTRIBUTE + "model"]
    stated = {key.removeprefix(_ATTRIBUTE): _parse_value(fields, key) for key in keys}
    differing = {key: value for key, value in asked.items() if key in stated and stated[key] != value}
    return {**asked, **stated}, {**rest, **differing} if differing else rest


def _parse_value(fields: Fields, key: str) -> Json:
    """Take an attribute; a known parameter may spell its number, true or false as text."""
    value = fields.array_or_object(key)
    if key.removeprefix(_ATTRIBUTE) not in PARAMETERS or not isinstance(value, str):
        return value
    if _WHOLE.fullmatch(value) and -MOST <= int(value) <= MOST:
        return int(value)
    number = or_none(as_float, value)
    flag = or_none(as_flag, value)
    return number if number is not None else flag if flag is not None else value
