"""No secret is in the spool, the log or the arguments of a relay, whatever platforms answer."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from apps.relay.tests.running import wait_until
from apps.relay.tests.test_purge import ENVIRONMENT, RELAY
from apps.relay.tests.wire import SECRET, exchange, request
from tests.paths import EXAMPLES
from tests.stores import values_of

from broadcast_core.destinations import Response
from broadcast_core.testing.loopback import serve

KEY, HEADER, HASH = "opik-canary-0815", "header-canary-4711", "hash-canary-" + "9" * 32
SECRETS = {"API_KEY": KEY, "HEADER_X_CANARY": HEADER, "HASH_KEY": HASH}
BODIES = [path.read_bytes() for path in sorted((EXAMPLES / "deliveries").glob("*.json"))[:8]]
SAID = b"shop website"


def _settings(folder: Path, url: str) -> Path:
    """Return a file of three routes: one that is refused, one that is blocked, one that is not there."""
    routes = [
        f'[[routes]]\nname = "{name}"\ndestination = "opik"\nheaders = ["X-Canary"]\nuser_identity = "hash"\n'
        f'[routes.options]\nbase_url = "{url}/{name}"\nworkspace = "team"\n'
        for name, url in (("refused", url), ("blocked", url), ("gone", "http://127.0.0.1:9"))
    ]
    file = folder / "relay.toml"
    file.write_text("\n".join(('[relay]\nport = 0\nspool = "spool"', *routes)), encoding="utf-8")
    return file


def _forms(secret: str) -> Iterator[bytes]:
    yield secret.encode()
    yield base64.b64encode(secret.encode()).rstrip(b"=")[:-1]
    yield quote(secret, safe="").replace("-", "%2D").encode()
    yield secret.upper().encode()


def _of_processes(root: int) -> Iterator[bytes]:
    """Yield the arguments of a process and of those below it, and what the environment of those is."""
    yield Path(f"/proc/{root}/cmdline").read_bytes()
    for thread in Path(f"/proc/{root}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from _of_processes(int(child))
            yield Path(f"/proc/{child}/environ").read_bytes()


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="processes cannot be looked into here")
def test_secrets_are_nowhere_but_in_requests(tmp_path: Path) -> None:
    """While requests wait, are refused and become dead letters, and the server repeats what it got."""
    seen: list[tuple[str, Mapping[str, str]]] = []

    def answer(_method: str, path: str, headers: Mapping[str, str], _body: bytes) -> Response:
        seen.append((path, headers))
        told = f'{{"message": "{headers.get("Authorization")} {headers.get("X-Canary")} {HASH}"}}'
        return Response(status=400 if path.startswith("/refused") else 401, body=told.encode())

    names = ("REFUSED", "BLOCKED", "GONE")
    given = {f"BROADCAST_{name}_{key}": value for name in names for key, value in SECRETS.items()}
    with serve(answer) as url:
        file = _settings(tmp_path, url)
        with (
            subprocess.Popen(
                [*RELAY, str(file)], stderr=subprocess.PIPE, text=True, env={**ENVIRONMENT, **given}
            ) as relay,
            ExitStack() as stack,
        ):
            stack.callback(relay.kill)
            assert relay.stderr is not None
            port = int(relay.stderr.readline().partition("127.0.0.1:")[2].partition("/")[0])
            for body in BODIES:
                assert exchange(port, request(body, {"Authorization": f"Bearer {SECRET}"})).status == 200
            wait_until(lambda: {"/refused", "/blocked"} <= {path[:8] for path, _ in seen}, 30)
            processes = list(_of_processes(relay.pid))
            relay.terminate()
            words = relay.stderr.read().encode()
    kept = list(values_of(tmp_path / "spool" / "spool.sqlite"))
    files = [one.read_bytes() for one in (tmp_path / "spool").rglob("*") if one.is_file()]

    assert {KEY} == {headers["Authorization"] for _, headers in seen}
    assert any(SAID in one for one in kept)
    assert len(processes) >= 3, "the relay plans in a process of its own"
    for secret in (KEY, HEADER, HASH, SECRET):
        for form in _forms(secret):
            assert [] == [one[:80] for one in (*kept, *files, words, *processes) if form in one]
