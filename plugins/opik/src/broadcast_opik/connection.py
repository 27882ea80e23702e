"""The connection test: three requests that change nothing tell the server, the key and the project apart.

The server is asked without the key, so that the key goes to nothing but an Opik. `POST v1/private/auth` is
Opik's own test of key and workspace. A project that is not there is no failure: Opik creates it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from attrs import frozen

from broadcast_core.destinations import (
    Checked,
    Endpoint,
    Meaning,
    Request,
    Response,
    dumps,
    host_of,
    message_of,
    object_of,
    plan_check,
    read_status,
)
from broadcast_opik.config import CLOUD, OpikConfig
from broadcast_opik.endpoints import auth_endpoint, ping_endpoint, project_endpoint
from broadcast_opik.scope import is_cloud

_ADDRESS = "set base_url to the URL of the API"
"""Stands for advice that depends on the URL, see `_advice`."""
_PAGE = "a web page or another program answers there, and not Opik's API"
_COPY_KEY = "copy the API key again from Opik: Settings > API Keys"
_NEXT_WORKSPACE = "set the option workspace to the name that stands in the address of Opik's page"

_UNREACHED: Meaning = (
    "what stands before Opik does not reach it",
    "see that Opik's backend runs, or wait and test again",
)
_OF_ANY_STEP: Mapping[int, Meaning] = {
    402: ("the workspace has used up its quota", "raise its plan in Comet, or wait for its next period"),
    407: ("a proxy on the way asks for a password", "give the proxy its user and password"),
    429: ("Opik is limiting the rate", "wait a minute and test again"),
    500: ("Opik failed to answer", "look at Opik's own log, or wait and test again"),
    502: (
        "what stands before Opik does not reach it",
        "see that Opik's backend runs, or wait and test again",
    ),
}
_OF_ANY_STEP = {**_OF_ANY_STEP, 503: _OF_ANY_STEP[502], 504: _OF_ANY_STEP[502]}
_GUARDED: Meaning = (
    "something before Opik asks who you are: Opik itself answers this to anybody",
    "let this machine pass there, or name the header that it wants in the route's headers",
)
_OF_SERVER: Mapping[int, Meaning] = {
    **_OF_ANY_STEP,
    401: _GUARDED,
    403: _GUARDED,
    404: ("Opik's API is not at this URL", _ADDRESS),
    500: ("Opik says that it is not healthy", "look at Opik's own log: its databases may be down"),
}
_OF_KEY: Mapping[int, Meaning] = {
    **_OF_ANY_STEP,
    400: ("Opik refused the workspace or the key", "check the workspace name in Opik's settings"),
    401: ("Opik refused the API key", _COPY_KEY),
    403: (
        "the API key may not use this workspace",
        "set the option workspace to one that the key belongs to",
    ),
    404: (
        "Opik does not know the workspace or the URL",
        "a self-hosted Opik has one workspace: leave it out",
    ),
}
_BY_WORDS: Mapping[str, Meaning] = {
    "API key should be provided": (
        "the server asks for an API key, and there is none",
        "give the secret api_key: Opik shows it under Settings > API Keys",
    ),
    "Workspace name should be provided": (
        "the server asks for a workspace, and the request names none",
        _NEXT_WORKSPACE,
    ),
}
"""What Opik says to a request that names no workspace, or has no key: it looks at the workspace first."""
_OF_PROJECT: Mapping[int, Meaning] = {
    **_OF_ANY_STEP,
    401: ("Opik accepts the key, and not for reading projects", _COPY_KEY),
    403: (
        "the API key may not see the project",
        "give the key's user the right to see and write projects, or use another key",
    ),
    422: ("Opik does not take the name of the project", "set the option project_name to another name"),
}


@frozen
class _Step:
    """One request, the answers that let the test go on, and what the others mean."""

    plan: Callable[[OpikConfig], tuple[Endpoint, bytes]]
    passes: Callable[[Response], bool]
    meanings: Mapping[int, Meaning]


def _is_alive(answer: Response) -> bool:
    """Tell whether an Opik answers: the page beside it answers 200 to any path."""
    return answer.status == 200 and object_of(answer).get("healthy") is True


_STEPS = (
    _Step(lambda config: (ping_endpoint(config.base_url), b""), _is_alive, _OF_SERVER),
    _Step(
        lambda config: (auth_endpoint(config.base_url, config.headers), b"{}"),
        lambda answer: answer.status == 204,
        _OF_KEY,
    ),
    _Step(
        lambda config: (
            project_endpoint(config.base_url, config.headers),
            dumps({"name": config.project_name}),
        ),
        lambda answer: answer.status == 404 or (answer.status == 200 and "name" in object_of(answer)),
        _OF_PROJECT,
    ),
)


def check_connection(config: OpikConfig, answers: tuple[Response, ...]) -> Request | Checked:
    """Return the next request of the test, or in plain words whether it works and what to do."""
    steps = _STEPS if config.project_name is not None else _STEPS[:2]
    for step, answer in zip(steps, answers, strict=False):
        if not step.passes(answer):
            return _explain(answer, step.meanings, config.base_url)
    if len(answers) < len(steps):
        return plan_check(*steps[len(answers)].plan(config))
    return Checked(works=True, what=_works(config, answers))


def _works(config: OpikConfig, answers: tuple[Response, ...]) -> str:
    what = "Opik accepts the key for this workspace"
    if config.project_name is None:
        return what
    is_there = answers[-1].status == 200
    there = "is there" if is_there else "is not there yet: Opik creates it with the first trace"
    return f"{what}; the project {config.project_name!r} {there}"


def _explain(answer: Response, meanings: Mapping[int, Meaning], base_url: str) -> Checked:
    """Return what an answer means that does not let the test go on."""
    if 200 <= answer.status < 300:
        meaning: Meaning = (_PAGE, _ADDRESS)
    elif 300 <= answer.status < 400:
        meaning = _redirected(answer, base_url)
    else:
        meaning = (f"the server answered {answer.status}", "look at Opik's own log")
        meaning = meanings.get(answer.status, meaning)
    for words, said in _BY_WORDS.items():
        meaning = said if words in message_of(answer) else meaning
    what, step = meaning
    return read_status(answer, {}, (what, _advice(base_url) if step == _ADDRESS else step))


def _advice(base_url: str) -> str:
    """Say which URL to give in place of one at which no Opik answers."""
    parts = urlsplit(base_url)
    root = f"{parts.scheme}://{parts.netloc}"
    if is_cloud(base_url) and base_url != CLOUD:
        return f"set base_url to {CLOUD}"
    if parts.path.endswith("/api"):
        return f"see what answers at {base_url}; the backend alone, without Opik's page, has no /api"
    before, opik, _ = parts.path.partition("/opik")
    return f"set base_url to Opik's API, which ends with /api: {root}{before + opik if opik else ''}/api"


def _redirected(answer: Response, base_url: str) -> Meaning:
    """Say where an answer sends to: its host alone, since the rest of an address may be a secret."""
    try:
        scheme, host = urlsplit(answer.headers.get("location", "")).scheme, ""
        host = host_of(answer.headers.get("location", ""))
    except ValueError:
        scheme, host = "", ""
    if scheme == "https" and base_url.startswith("http://") and host == host_of(base_url):
        return "the server wants https", f"set base_url to https{base_url.removeprefix('http')}"
    where = f" to {host}" if host and host.isprintable() else ""
    advice = "set base_url to the API itself: no redirect is followed, since the key would go along"
    return f"the server redirects ({answer.status}){where}: a login, or another address", advice
