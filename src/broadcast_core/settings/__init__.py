"""Routes from settings: a document for people (TOML), or destination objects of OpenRouter's API (JSON).

loading.py      the document in, routes out, and every mistake in those that are wrong
route.py        one entry of it                    declared.py       what its destination declares
policies.py     the policy of a route              problems.py       mistakes with paths and near names
openrouter.py   destination objects of OpenRouter  secret.py         where secrets come from
headers.py      headers of a route's own           sharing.py        two projects of one workspace
delivery.py     how a route is delivered
json_schema.py  the JSON Schema of a document      tables.py         the tables of a README
delivery.py     how a route is delivered

A route that is wrong does not stop the others.
"""

from __future__ import annotations

from broadcast_core.secrets import Secrets
from broadcast_core.settings.json_schema import settings_schema
from broadcast_core.settings.loading import Settings, load
from broadcast_core.settings.route import WrongRoute
from broadcast_core.settings.tables import readme_tables

__all__ = ["Secrets", "Settings", "WrongRoute", "load", "readme_tables", "settings_schema"]
