"""Routes from settings: a document for people (TOML), or destination objects of OpenRouter's API (JSON).

loading.py     the document in, routes out, and every mistake in those that are wrong
route.py       one entry of it
policies.py    the policy of a route              problems.py   mistakes with paths and near names
openrouter.py  destination objects of OpenRouter  secret.py     where secrets come from
sharing.py     routes into two projects of one workspace

A route that is wrong does not stop the others.
"""

from __future__ import annotations

from broadcast_core.secrets import Secrets
from broadcast_core.settings.loading import Settings, load
from broadcast_core.settings.route import WrongRoute

__all__ = ["Secrets", "Settings", "WrongRoute", "load"]
