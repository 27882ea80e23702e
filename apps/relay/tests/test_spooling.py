"""The engine of the relay on its spool: a full disk is 503 to who delivers, until there is space."""

from __future__ import annotations

from pathlib import Path

import pytest
from apps.relay.tests.running import settings_text, wait_until
from apps.relay.tests.wire import DELIVERY

from broadcast_core.sending.spool import engine, holding
from broadcast_relay.running import _now
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Source, load_configuration
from broadcast_relay.spool.engine import SpoolFull
from broadcast_relay.spool.spooling import RelayEngine


def test_a_full_disk_is_refused_until_there_is_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal says when to come again; nobody has to restart the relay."""
    free = [0]
    monkeypatch.setattr(holding, "_free_bytes", lambda _path: free[0])
    monkeypatch.setattr(engine, "_LOOK", 0.02)
    file = tmp_path / "relay.toml"
    file.write_text(settings_text("lines", spool="spool"))
    one = RelayEngine(load_configuration(Source(file=str(file))), Metrics(["lines"]), lambda _line: None)
    try:
        with pytest.raises(SpoolFull, match="the disk is full") as refused:
            one.accept(DELIVERY, encoding="identity", at=_now()).result(5)
        why = one.state().full
        free[0] = 10**10
        wait_until(lambda: one.state().full is None)
        assert one.accept(DELIVERY, encoding="identity", at=_now()).result(5) == 1
    finally:
        one.close()

    assert why == str(refused.value)
    assert refused.value.retry_after.total_seconds() == 60
