"""Hypothesis profiles, and the docs as tests: every Python and console block in Markdown is run.

`quick` is for every run, `smoke` for other Pythons and the wheels, `deep` for `make test-deep`, `mutants` for
`make mutants`: it runs a property many times in one process, and wants no smaller example of a failure. In a
console block each line after `$ ` is a command, run in the project's folder; what follows is its output,
where `...` stands for anything. A Python block that begins with the name of a file, as `# plugin.py`, is that
file: later blocks import it, and one of tests is run by pytest.
"""

from __future__ import annotations

import doctest
import gc
import importlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, SkipParser

ROOT = Path(__file__).parent

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell has it for what runs in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # tests interrupt processes of their own

settings.register_profile(
    "quick", max_examples=42, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("smoke", settings.get_profile("quick"), max_examples=10)
settings.register_profile("deep", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "mutants",
    settings.get_profile("smoke"),
    max_examples=5,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """Leave thousands of tests and their modules out of garbage collection: all of them stay to the end."""
    gc.collect()
    gc.freeze()


_FILE = re.compile(r"# (\w+\.py)\n")
_FOLDER = tempfile.TemporaryDirectory(prefix="pages-")  # it is removed when the process ends


def _run_python(example: Example) -> str | None:
    """Run a block, or write the file that it is; a file of tests is run as its reader would."""
    name = _FILE.match(example.parsed)
    if name is None:
        return PythonEvaluator()(example)
    if _FOLDER.name not in sys.path:
        sys.path.append(_FOLDER.name)
    path = Path(_FOLDER.name, name[1])
    path.write_text(example.parsed, encoding="utf-8")
    importlib.invalidate_caches()
    if not path.name.startswith("test_"):
        return None
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:opik", path.name],
        capture_output=True, text=True, cwd=_FOLDER.name, check=False,
    )  # fmt: skip
    return f"{done.stdout}{done.stderr}" if done.returncode else None


def _run_console(example: Example) -> str | None:
    """Run the commands of a block and compare what they print; setting up is left to the Makefile."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "150",
        "NO_COLOR": "1",
    }
    for block in example.parsed.split("$ ")[1:]:
        command, _, expected = block.partition("\n")
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
        )
        got = done.stdout + done.stderr
        if not doctest.OutputChecker().check_output(
            expected.rstrip() + "\n", got.rstrip() + "\n", doctest.ELLIPSIS
        ):
            return f"$ {command}\nexpected:\n{expected}\ngot:\n{got}"
    return None


pytest_collect_file = Sybil(
    parsers=[CodeBlockParser("python", _run_python), CodeBlockParser("console", _run_console), SkipParser()],
    patterns=["*.md"],
    excludes=["examples/*", "CHANGELOG.md"],
).pytest()
