"""Whether what a platform has, and what was said, is what an undisturbed run leads to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.sending.faults.campaign import Bench, Death, Life, Lives

MOST_LIVES = 8
DOUBLING = ("doubles",)
SAFE = ("merges", "refused")
"""Where what may be there can be sent again, so that nothing need be kept back."""
CONCURRENCY = 4


@frozen(kw_only=True)
class Case:
    """What is sent where: a platform's kind and habits, and the input; `is_planned`: planned before."""

    kind: str
    habits: str = ""
    source: Path
    options: tuple[str, ...] = ()
    is_planned: bool = False

    __hash__ = None  # type: ignore[assignment]

    def place(self, name: str) -> str:
        """Return the path of a platform for one run."""
        return f"{name}{self.habits}/{self.kind}"

    def arguments(self, bench: Bench, name: str, *more: object) -> list[object]:
        """Return the arguments of a run against a platform of a name, all of whose files have that name."""
        files = ["--checkpoint", bench.folder / f"{name}.checkpoint"]
        source = self.source
        if self.is_planned:
            source = bench.folder / f"{name}.planned"
            if not source.exists():
                bench.live(["plan", self.source, *self.target(bench, name), "--output", source])
        return ["send", source, *self.target(bench, name), *files, *self.options, *more]

    def target(self, bench: Bench, name: str) -> list[object]:
        """Return the arguments that name the destination and its options."""
        url = f"{bench.url}/{self.place(name)}"
        to = (
            ["opik", "-o", "project_name=demo"]
            if self.kind == "api"
            else ["rows", "-o", f"on_resend={self.kind}"]
        )
        return ["--to", *to, "-o", f"base_url={url}"]


@frozen(kw_only=True)
class Run:
    """All lives of a run, what the platform has at the end, and what was kept as dead letters."""

    lives: tuple[Life, ...]
    state: Mapping[str, Any]
    letters: tuple[Mapping[str, Any], ...]
    checkpoint_is_left: bool

    __hash__ = None  # type: ignore[assignment]


def run(bench: Bench, case: Case, name: str, deaths: Lives = (), bug: str | None = None) -> Run:
    """Send in several lives: one for each death, then as many as it takes to end by itself."""
    letters = bench.folder / f"{name}.letters"
    arguments = case.arguments(bench, name, "--dead-letters", letters)
    checkpoint = bench.folder / f"{name}.checkpoint"
    lives: list[Life] = []
    for death in (*deaths, *[None] * MOST_LIVES):
        life = bench.live(arguments, death, bug)
        lives.append(life)
        if not checkpoint.exists() and any(life.counts.values()):
            break  # it has ended: one more would begin anew
        if death is None:
            break
    rows = letters.read_text().splitlines() if letters.exists() else []
    return Run(
        lives=tuple(lives),
        state=bench.state(case.place(name)),
        letters=tuple(json.loads(line) for line in rows),
        checkpoint_is_left=checkpoint.exists(),
    )


def faults_of(got: Run, undisturbed: Run, case: Case) -> list[str]:
    """Say what is wrong with a run, in comparison with one that nobody disturbed; nothing: it is right."""
    last = got.lives[-1]
    wrong = [f"traceback: {life.stderr[-600:]}" for life in got.lives if "Traceback" in life.stderr]
    if got.checkpoint_is_left or not last.counts:
        return [*wrong, f"it does not end: {last.code}, {last.stderr[-400:]}"]
    if case.kind == "api":
        wrong += [] if got.state == undisturbed.state else ["the platform has something else"]
    else:
        wrong += _faults_of_rows(got, undisturbed, is_safe=case.kind in SAFE)
    return wrong + _faults_of_counts(last.counts, got, undisturbed)


def _faults_of_rows(got: Run, undisturbed: Run, *, is_safe: bool) -> list[str]:
    """Compare rows; what was on its way may be kept back where sending it again is not safe, and no more."""
    kept_back = _items(got.letters)
    expected = _items(undisturbed.letters)
    more = [key for key in kept_back if key not in expected]
    lost = [key for key in undisturbed.state if key not in got.state and key not in kept_back]
    other = [
        key
        for key, rows in got.state.items()
        if set(rows) - set(undisturbed.state.get(key, rows if key in kept_back else []))
    ]
    doubled = [key for key, rows in got.state.items() if len(rows) > 1]
    twice = [key for key, n in kept_back.items() if n > 1]
    found = {"lost": lost, "changed": other, "there twice": doubled, "kept back twice": twice}
    if more and (is_safe or len(got.letters) - len(undisturbed.letters) > CONCURRENCY * len(got.lives)):
        found["kept back without need"] = more
    return [f"{what}: {len(keys)}, as {keys[0]}" for what, keys in found.items() if keys]


def _items(letters: tuple[Mapping[str, Any], ...]) -> Counter[str]:
    return Counter(item["key"] for letter in letters for item in letter["items"])


def _faults_of_counts(counts: Mapping[str, int], got: Run, undisturbed: Run) -> list[str]:
    """Compare counts with dead letters: a generation of which an item was kept back is not delivered."""
    expected = undisturbed.lives[-1].counts
    total = sum(expected.values())
    named = [(one["status"], set(one["generations"])) for one in got.letters]
    refused = set[str]().union(*(some for status, some in named if status == "refused"))
    undelivered = set[str]().union(*(some for status, some in named if status == "undelivered")) - refused
    ended = {
        "delivered": total - len(refused) - len(undelivered),
        "refused": len(refused),
        "undelivered": len(undelivered),
    }
    return [] if ended == counts else [f"counts are {dict(counts)} and not {ended}"]


__all__ = ["DOUBLING", "Case", "Death", "Run", "faults_of", "run"]
