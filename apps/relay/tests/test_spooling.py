"""The engine of the relay on its spool: a full disk is 503 to who delivers, until there is space."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from apps.relay.tests.running import settings_text, wait_until
from apps.relay.tests.wire import DELIVERY

from broadcast_core.sending.spool import engine, holding
from broadcast_core.sending.store import StoreFull
from broadcast_relay.running import _now
from broadcast_relay.serving.metrics import Metrics
from broadcast_relay.settings.file import Source, load_configuration
from broadcast_relay.spool.spooling import RelayEngine, _private_directory, _routes


def test_a_full_disk_is_refused_until_there_is_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to restart the relay."""
    free = [0]
    monkeypatch.setattr(holding, "_free_bytes", lambda _path: free[0])
    monkeypatch.setattr(engine, "_LOOK", 0.02)
    file = tmp_path / "relay.toml"
    file.write_text(settings_text("lines", spool="spool"))
    one = RelayEngine(load_configuration(Source(file=str(file))), Metrics(["lines"]), lambda _line: None)
    try:
        with pytest.raises(StoreFull, match="the disk is full") as refused:
            one.accept(DELIVERY, encoding="identity", at=_now()).result(5)
        why = one.state().full
        free[0] = 10**10
        wait_until(lambda: one.state().full is None)
        one.accept(DELIVERY, encoding="identity", at=_now()).result(5)
    finally:
        one.close()

    assert why == str(refused.value)


def test_a_route_is_tried_for_as_long_as_the_settings_say(tmp_path: Path) -> None:
    """Any number of times; its own table of delivery wins."""
    file = tmp_path / "relay.toml"
    text = settings_text("lines", spool="spool", max_age_hours=7)
    file.write_text(text + "[routes.delivery]\nage_hours = 2\ntries = 5\n")
    own = _routes(load_configuration(Source(file=str(file))))
    file.write_text(text)
    general = _routes(load_configuration(Source(file=str(file))))

    for limits in (general.limits, general.limits_by_route["lines"]):
        assert (None, timedelta(hours=7)) == (limits.tries, limits.age)
    assert (5, timedelta(hours=2)) == (own.limits_by_route["lines"].tries, own.limits_by_route["lines"].age)


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize("before", [None, 0o755, 0o777], ids=["new", "readable", "open"])
def test_the_directory_of_the_spool_is_its_owners_alone(before: int | None, tmp_path: Path) -> None:
    """Also where it was more open."""
    folder = tmp_path / "spool"
    if before is not None:
        folder.mkdir()
        folder.chmod(before)

    assert 0o700 == _private_directory(str(folder)).stat().st_mode & 0o777
