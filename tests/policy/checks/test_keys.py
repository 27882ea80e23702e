"""API keys: an allowlist, exclusions that win, and nothing assumed of a key that is not known."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast_core import Generation, Identity, Policy, Timing
from broadcast_core.policy import evaluate
from broadcast_core.testing.strategies import EPOCH

CASES: dict[str, tuple[str | None, dict[str, Any], bool]] = {
    "every key": ("k1", {}, True),
    "every key, not known": (None, {}, True),
    "selected": ("k1", {"api_key_hashes": ["k1", "k2"]}, True),
    "not selected": ("k3", {"api_key_hashes": ["k1", "k2"]}, False),
    "selected, not known": (None, {"api_key_hashes": ["k1"]}, False),
    "excluded": ("k1", {"excluded_api_key_hashes": ["k1"]}, False),
    "not excluded": ("k2", {"excluded_api_key_hashes": ["k1"]}, True),
    "excluded, not known": (None, {"excluded_api_key_hashes": ["k1"]}, False),
    "selected and excluded": ("k1", {"api_key_hashes": ["k1"], "excluded_api_key_hashes": ["k1"]}, False),
    "nothing selected": ("k1", {"api_key_hashes": []}, False),
}


@pytest.mark.parametrize(("key", "policy", "leaves"), CASES.values(), ids=CASES)
def test_which_keys_a_route_listens_to(key: str | None, policy: dict[str, Any], leaves: bool) -> None:
    """Exclusion takes precedence; no key selected means every key."""
    generation = Generation(id="a", timing=Timing(start=EPOCH), identity=Identity(api_key_hash=key))

    evaluation = evaluate(Policy(**policy), generation)

    assert leaves == (evaluation.redacted is not None)
    if evaluation.stopped_by is not None:
        assert "api_keys" == evaluation.stopped_by.name
        assert evaluation.stopped_by.why
