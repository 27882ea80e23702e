"""Section 4: what `POST v1/private/projects/retrieve` answers; it creates nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from broadcast_core.jsontext import Json
from broadcast_opik.testing.refusal import Refused, invalid, unreadable
from broadcast_opik.testing.rulebook import read
from broadcast_opik.testing.tables import filed_under


@read(4, "a project is retrieved by its name, whatever its letter case; one that is not there is a 404")
def project_named(body: bytes, projects: Mapping[str, str]) -> dict[str, Json]:
    """Return the project of the name in a body, of those by what they are filed under; or refuse."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise unreadable(str(error)) from None
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise invalid(["name must not be blank"])
    found = projects.get(filed_under(name))
    if found is None:
        raise Refused(404, {"errors": ["Project not found"]})
    return {"name": found}
