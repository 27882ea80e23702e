"""What `import broadcast_core` costs: the wall clock of fresh processes, less that of an empty one."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from time import perf_counter

from attrs import frozen

OPTIONAL = ("orjson", "click", "rich", "httpx", "msgspec")
"""What an import of the core must not need. orjson is taken when it is installed: see `jsontext`."""

_WITHOUT_ORJSON = "import sys; sys.modules['orjson'] = None; "
_STATEMENTS = {
    "broadcast_core": "import broadcast_core",
    "broadcast_core, no orjson": _WITHOUT_ORJSON + "import broadcast_core",
    "broadcast_opik": "import broadcast_opik",
    "attrs and cattrs alone": "import attrs, cattrs",
}
_COUNT = """
import json, sys
before = set(sys.modules)
{statement}
print(json.dumps(sorted(name for name in set(sys.modules) - before if sys.modules[name] is not None)))
"""


@frozen(kw_only=True)
class Import:
    """One statement in a fresh process: milliseconds, modules loaded, and which optional ones they are."""

    what: str
    milliseconds: float
    modules: int
    optional: tuple[str, ...]

    @property
    def unwanted(self) -> tuple[str, ...]:
        """The optional packages that were loaded and should not be."""
        return tuple(name for name in self.optional if name != "orjson")


def measure(repeats: int) -> list[Import]:
    """Return the cost of each statement, the median of several fresh processes."""
    loaded = {what: _loaded(statement) for what, statement in _STATEMENTS.items()}
    extra: dict[str, list[float]] = {what: [] for what in _STATEMENTS}
    for _ in range(repeats):
        empty = _seconds("pass")
        for what, statement in _STATEMENTS.items():
            extra[what].append(_seconds(statement) - empty)
    return [
        Import(
            what=what,
            milliseconds=median(extra[what]) * 1e3,
            modules=len(modules),
            optional=tuple(name for name in OPTIONAL if name in modules),
        )
        for what, modules in loaded.items()
    ]


def _seconds(statement: str) -> float:
    before = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return perf_counter() - before


def _loaded(statement: str) -> list[str]:
    """Return the modules that a statement loads into a fresh process."""
    code = _COUNT.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)
    names: list[str] = json.loads(done.stdout)
    return names
