"""What an exception of an HTTP client is about, as a failure: in plain words, without a word of its own text.

The classes are known by their names, so that neither library is needed; what a text says may be a secret.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator, Mapping

from broadcast_core.delivery.failure import Failure, FailureKind
from broadcast_core.diagnostics import describe_error
from broadcast_core.sending.exchange import Exchange, Stage

_NO_URL = "the URL cannot be used: give one as https://host/path"
_UNKNOWN = "whether the server acted on the request is not known"
_PROXIES = "if a proxy stands between, see HTTPS_PROXY and NO_PROXY"


def failure_of(error: Exception, exchange: Exchange, before: BaseException | None = None) -> Failure:
    """Return the failure that an exception of an exchange is; `before` is one that was handled already."""
    chain = tuple(_chain(error, before))
    names = {base.__name__ for one in chain for base in type(one).__mro__}
    never, stage = _never_sent(names, exchange)
    kind, why = _described(chain, names, stage, exchange.seconds)
    return Failure(kind=kind, why=why, may_have_arrived=not never)


def _chain(error: BaseException | None, before: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those behind it, without what the caller was handling."""
    seen: set[int] = set()
    while error is not None and error is not before and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__


_STAGES: Mapping[str, Stage] = {
    "InvalidURL": "begun",
    "UnsupportedProtocol": "begun",
    "PoolTimeout": "begun",
    "ConnectTimeout": "connecting",
    "ConnectError": "connecting",
    "ProxyError": "proxy",
}
"""Where those happen that are of no request that left."""


def _never_sent(names: set[str], exchange: Exchange) -> tuple[bool, Stage]:
    """Tell whether no byte left, and how far the exchange came; its client may have reported nothing."""
    if exchange.is_traced or not exchange.is_given:
        return not exchange.may_have_arrived, exchange.stage
    stage = next((stage for name, stage in _STAGES.items() if name in names), None)
    return stage is not None, stage or "waiting"


def _described(
    chain: tuple[BaseException, ...], names: set[str], stage: Stage, seconds: float
) -> tuple[FailureKind, str]:
    if names & {"TimeoutError", "TimeoutException"}:
        return "timeout", _TIMEOUTS[stage].format(f"{seconds:g} s")
    if names & {"InvalidURL", "UnsupportedProtocol"}:
        return "address", _NO_URL
    if "ProxyError" in names:
        return "proxy", _refused_by_proxy(chain)
    if stage == "proxy":
        return "proxy", "the connection to the proxy ended before it was ready: see that it runs"
    if stage in ("begun", "connecting"):
        return _of_connecting(chain)
    return _of_answer(chain, names)


_TIMEOUTS: Mapping[Stage, str] = {
    "begun": "no connection of the client was free within {}: allow more, or send less at once",
    "connecting": f"no connection within {{}}: see that the address is right and no firewall is between; {_PROXIES}",
    "proxy": "the proxy made no connection within {}: see that it runs and may reach the server",
    "sending": f"the server had not taken the whole request within {{}}: {_UNKNOWN}",
    "waiting": f"no answer within {{}}: {_UNKNOWN}",
    "reading": f"the answer was not complete within {{}}: {_UNKNOWN}",
}


def _refused_by_proxy(chain: tuple[BaseException, ...]) -> str:
    status = next((text[:3] for one in chain if (text := str(one))[:3].isdecimal()), "")
    advice = "give it a name and password in HTTPS_PROXY" if status == "407" else "see its rules, or set NO_PROXY"
    return f"the proxy refused to connect{f' with status {status}' if status else ''}: {advice}"


def _of_connecting(chain: tuple[BaseException, ...]) -> tuple[FailureKind, str]:
    for one in chain:
        if isinstance(one, socket.gaierror):
            return "address", "the name of the server is not known: see that the host of the URL is right"
        if isinstance(one, UnicodeError):  # of a host that cannot be
            return "address", _NO_URL
        if isinstance(one, ssl.SSLCertVerificationError):
            what = _CERTIFICATES.get(one.verify_code, "the certificate of the server is not trusted")
            return "tls", what
        if isinstance(one, ssl.SSLError):
            return "tls", "no secure connection could be made: see that the server speaks TLS at this port"
        if isinstance(one, ConnectionRefusedError):
            return "connect", f"the server refused the connection: see that it runs at this port; {_PROXIES}"
        if isinstance(one, OSError) and one.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
            return "connect", f"the server cannot be reached: see that the network is up; {_PROXIES}"
    return "connect", f"no connection could be made ({describe_error(chain[-1])}): see that the server runs; {_PROXIES}"


_TRUST = "add its authority to the certificates of the system, or name it in SSL_CERT_FILE"
_CERTIFICATES: Mapping[int, str] = {
    9: "the certificate of the server is not valid yet: see that the clock here is right",
    10: "the certificate of the server has expired: renew it",
    18: f"the certificate of the server is signed by itself: {_TRUST}",
    19: f"the certificate of the server is signed by an unknown authority: {_TRUST}",
    20: f"the certificate of the server is signed by an unknown authority: {_TRUST}",
    21: f"the certificate of the server is signed by an unknown authority: {_TRUST}",
    62: "the certificate of the server is for another name: see that the host of the URL is right",
    64: "the certificate of the server is for another address: see that the host of the URL is right",
}
"""What OpenSSL's codes of a certificate say (X509_V_ERR_...)."""


def _of_answer(chain: tuple[BaseException, ...], names: set[str]) -> tuple[FailureKind, str]:
    """Say what is wrong with an answer, or with the wait for one."""
    if "LocalProtocolError" in names:
        return "protocol", "the request is no HTTP: see its method and headers"
    if "ProtocolError" in names and not any(_tells_of_an_end(one) for one in chain):
        return "protocol", f"what came is no HTTP: see that the URL has the right port and https://; {_UNKNOWN}"
    if names & {"ProtocolError", "NetworkError", "OSError"}:
        return "lost", f"the connection ended before the whole answer was there: {_UNKNOWN}"
    return "lost", f"the HTTP client failed ({describe_error(chain[0])}): {_UNKNOWN}"


def _tells_of_an_end(error: BaseException) -> bool:
    """Tell whether the text of a protocol error is about a connection that ended; it is quoted nowhere."""
    return any(word in str(error) for word in ("disconnected", "closed", "terminated"))
