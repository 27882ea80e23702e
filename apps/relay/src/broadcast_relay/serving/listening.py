"""The address of the relay: without a secret it is reached from its own host alone."""

from __future__ import annotations

import ipaddress
import os
import socket

from broadcast_core.cli.errors import UNUSABLE, CommandError, describe_os_error
from broadcast_relay.settings.file import Configuration

LOOPBACK = "127.0.0.1"
_BACKLOG = 1_024


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from its own host alone; of names, `localhost` is."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def host_of(configuration: Configuration) -> tuple[str, str | None]:
    """Return the address to listen on, and a warning where it is not the one that was asked for."""
    settings = configuration.settings
    if configuration.access.secrets or is_loopback(settings.host):
        return settings.host, None
    where = f"{LOOPBACK} alone and not on {settings.host}"
    how = f"put one into {settings.secret_variable}, or into the file that secret_file names, and restart"
    return LOOPBACK, f"there is no shared secret, so the relay listens on {where}: {how}"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise `CommandError` when it cannot."""
    try:
        return _listening(host, port)
    except UnicodeError:
        what = f"cannot listen on {host}:{port}: this can be no name of a host"
        raise CommandError(f"{what}; take another with --host", code=UNUSABLE) from None
    except OSError as error:
        what = f"cannot listen on {host}:{port}: {describe_os_error(error)}"
        raise CommandError(f"{what}; take another with --host or --port", code=UNUSABLE) from None


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket of TCP by its name: of another, asyncio would send each answer 40 ms late (Nagle)."""
    found = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    one = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let others take the port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(address)
        one.listen(_BACKLOG)
    except OSError:
        one.close()
        raise
    return one


def url_of(listening: socket.socket, path: str) -> str:
    """Return the URL of the intake, with the port that was taken."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"
