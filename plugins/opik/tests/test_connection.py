"""The connection test in plain words: each answer at each step, and a model of the server behind a socket."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest

from broadcast_core import Response
from broadcast_core.destinations.contract import Checked
from broadcast_core.pipeline.route import configure
from broadcast_opik import destination
from broadcast_opik.testing.loopback import served
from broadcast_opik.testing.server import OpikModel

CLOUD = configure(destination, {"workspace": "team", "project_name": "support"})
ALIVE = Response(status=200, body=b'{"message": "Healthy Server", "healthy": true}')
LETS_IN = Response(status=204)
PASSED = (ALIVE, LETS_IN)
"""What the first two steps want."""
BACKEND = (
    "see what answers at https://www.comet.com/opik/api; the backend alone, without Opik's page, has no /api"
)
PAGE = "a web page or another program answers there, and not Opik's API"
UNREACHED = (
    "what stands before Opik does not reach it",
    "see that Opik's backend runs, or wait and test again",
)
COPY = "copy the API key again from Opik: Settings > API Keys"
API = "set base_url to the API itself: no redirect is followed, since the key would go along"

ANSWERS = [
    (0, 200, b"<!doctype html>", PAGE, BACKEND),
    (0, 200, b"{}", PAGE, BACKEND),
    (0, 200, b'{"healthy": false}', PAGE, BACKEND),
    (0, 404, b"", "Opik's API is not at this URL", BACKEND),
    (
        0,
        500,
        b'{"message": "Unhealthy Server", "healthy": false}',
        "Opik says that it is not healthy (it says: Unhealthy Server)",
        "look at Opik's own log: its databases may be down",
    ),
    (0, 502, b"<html>", *UNREACHED),
    (1, 504, b"", *UNREACHED),
    (
        0,
        401,
        b"",
        "something before Opik asks who you are: Opik itself answers this to anybody",
        "let this machine pass there, or name the header that it wants in the route's headers",
    ),
    (1, 200, b"<html>", PAGE, BACKEND),
    (
        1,
        400,
        b'{"message":"no"}',
        "Opik refused the workspace or the key (it says: no)",
        "check the workspace name in Opik's settings",
    ),
    (1, 401, b'{"code":401,"message":"bad"}', "Opik refused the API key (it says: bad)", COPY),
    (
        1,
        401,
        b'{"code":401,"message":"API key should be provided"}',
        "the server asks for an API key, and there is none (it says: API key should be provided)",
        "give the secret api_key: Opik shows it under Settings > API Keys",
    ),
    (
        1,
        403,
        b'{"code":403,"message":"User is not allowed to access workspace"}',
        "the API key may not use this workspace (it says: User is not allowed to access workspace)",
        "set the option workspace to one that the key belongs to",
    ),
    (
        1,
        403,
        b'{"code":403,"message":"Workspace name should be provided"}',
        "the server asks for a workspace, and the request names none (it says: Workspace name should be "
        "provided)",
        "set the option workspace to the name that stands in the address of Opik's page",
    ),
    (
        1,
        404,
        b"not json",
        "Opik does not know the workspace or the URL",
        "a self-hosted Opik has one workspace: leave it out",
    ),
    (
        1,
        402,
        b"",
        "the workspace has used up its quota",
        "raise its plan in Comet, or wait for its next period",
    ),
    (1, 429, b'{"message":3}', "Opik is limiting the rate", "wait a minute and test again"),
    (1, 418, b"[]", "the server answered 418", "look at Opik's own log"),
    (
        1,
        500,
        b'{"message":"%s"}' % (b"x" * 300),
        f"Opik failed to answer (it says: {'x' * 200})",
        "look at Opik's own log, or wait and test again",
    ),
    (2, 200, b"<html>", PAGE, BACKEND),
    (2, 401, b"", "Opik accepts the key, and not for reading projects", COPY),
    (
        2,
        403,
        b"",
        "the API key may not see the project",
        "give the key's user the right to see and write projects, or use another key",
    ),
    (2, 503, b"", *UNREACHED),
]


@pytest.mark.parametrize(
    ("step", "status", "body", "what", "advice"),
    ANSWERS,
    ids=[f"{step}-{status}-{n}" for n, (step, status, *_) in enumerate(ANSWERS)],
)
def test_each_failure_is_told_in_words(step: int, status: int, body: bytes, what: str, advice: str) -> None:
    """What happened at which step, and what to do next."""
    answers = (*PASSED[:step], Response(status=status, body=body))

    assert Checked(works=False, what=what, next_step=advice) == destination.check(CLOUD, answers)


ADDRESSES = [
    ("https://www.comet.com/my-team/home", "set base_url to https://www.comet.com/opik/api"),
    ("https://www.comet.com/opik", "set base_url to https://www.comet.com/opik/api"),
    (
        "https://opik.example/opik/default/home",
        "set base_url to Opik's API, which ends with /api: https://opik.example/opik/api",
    ),
    ("http://localhost:5173", "set base_url to Opik's API, which ends with /api: http://localhost:5173/api"),
    (
        "http://localhost:5173/default/projects",
        "set base_url to Opik's API, which ends with /api: http://localhost:5173/api",
    ),
    (
        "http://localhost:8080/api",
        "see what answers at http://localhost:8080/api; the backend alone, without Opik's page, has no /api",
    ),
]


@pytest.mark.parametrize(("base_url", "advice"), ADDRESSES)
def test_the_url_of_a_page_is_told_apart(base_url: str, advice: str) -> None:
    """With the URL that it most likely should be."""
    config = configure(destination, {"workspace": "w", "base_url": base_url})
    html = Response(status=200, body=b"<!doctype html>")

    assert Checked(works=False, what=PAGE, next_step=advice) == destination.check(config, (html,))


REDIRECTS = [
    (
        "https://opik.example/api/is-alive/ping",
        "the server wants https",
        "set base_url to https://opik.example/api",
    ),
    (
        "https://login.example/?token=abc",
        "the server redirects (302) to login.example: a login, or another address",
        API,
    ),
    ("/login", "the server redirects (302): a login, or another address", API),
    ("https://[", "the server redirects (302): a login, or another address", API),
]


@pytest.mark.parametrize(("location", "what", "advice"), REDIRECTS)
def test_a_redirect_is_told_by_its_host(location: str, what: str, advice: str) -> None:
    """The rest of its address may be a secret."""
    config = configure(destination, {"base_url": "http://opik.example/api"})
    answer = Response(status=302, headers={"Location": location})

    assert Checked(works=False, what=what, next_step=advice) == destination.check(config, (answer,))


def test_a_connection_works_when_every_step_passes() -> None:
    """A project that is not there yet is no failure; without one there are two steps."""
    here, new = Response(status=200, body=b'{"name": "support"}'), Response(status=404)
    plain = configure(destination, {"workspace": "team"})
    what = "Opik accepts the key for this workspace"

    assert [
        Checked(works=True, what=f"{what}; the project 'support' is there"),
        Checked(
            works=True,
            what=f"{what}; the project 'support' is not there yet: Opik creates it with the first trace",
        ),
        Checked(works=True, what=what),
    ] == [
        destination.check(CLOUD, (*PASSED, here)),
        destination.check(CLOUD, (*PASSED, new)),
        destination.check(plain, PASSED),
    ]


def _tested(model: OpikModel, key: str, **options: str) -> tuple[list[int], Checked]:
    """Return the statuses of the answers of a model behind a socket, and what the test says of them."""
    with served(model) as base_url:
        config = configure(destination, {"base_url": base_url, **options})
        answers: list[Response] = []
        for _ in range(5):
            step: Any = destination.check(config, tuple(answers))
            if isinstance(step, Checked):
                return [one.status for one in answers], step
            request = destination.authorize(step, config, {"api_key": key}, None, 1)
            answers.append(_exchanged(request))
    raise AssertionError("the test does not end")


def _exchanged(request: Any) -> Response:
    url = urlsplit(request.url)
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=10)
    connection.request(request.method, url.path, bytes(request.body), dict(request.headers))
    answer = connection.getresponse()
    response = Response(status=answer.status, body=answer.read())
    connection.close()
    return response


TRACE = (
    b'{"traces":[{"id":"01a207d9-217b-79bc-a794-d718adfc689c","start_time":"2026-11-23T10:00:00Z","name":"n",'
    b'"project_name":"Support","last_updated_at":"2026-11-23T10:00:00Z","source":"sdk","metadata":{}}]}'
)


@pytest.mark.parametrize(
    ("key", "options", "statuses", "words"),
    [
        ("k", {"workspace": "team"}, [200, 204], "accepts the key"),
        ("k", {"workspace": "team", "project_name": " support"}, [200, 204, 200], "is there"),
        ("k", {"workspace": "team", "project_name": "other"}, [200, 204, 404], "is not there yet"),
        ("x", {"workspace": "team"}, [200, 401], "refused the API key"),
        ("", {"workspace": "team"}, [200, 401], "there is none"),
        ("k", {"workspace": "other"}, [200, 403], "may not use this workspace"),
        ("k", {}, [200, 403], "asks for a workspace"),
    ],
    ids=str,
)
def test_a_server_with_accounts_is_tested(
    key: str, options: dict[str, str], statuses: list[int], words: str
) -> None:
    """Step by step, and nothing is created."""
    model = OpikModel(api_key="k", workspace="team")
    headers = {"Content-Type": "application/json", "Authorization": "k", "Comet-Workspace": "team"}
    assert 204 == model.answer("POST", "/v1/private/traces/batch", headers, TRACE).status

    found, checked = _tested(model, key, **options)

    assert statuses == found
    assert words in checked.what
    assert 1 == len(model.trace_rows())


def test_a_server_that_is_not_healthy_is_told_apart() -> None:
    """Its databases may be down, whatever the key."""
    found, checked = _tested(OpikModel(healthy=False), "")

    assert ([500], False) == (found, checked.works)
    assert checked.what.startswith("Opik says that it is not healthy")


@pytest.mark.parametrize(
    ("body", "status"), [(b"no JSON", 400), (b"[]", 422), (b'{"name": " "}', 422), (b'{"name": "x"}', 404)]
)
def test_the_model_answers_for_projects_as_opik_does(body: bytes, status: int) -> None:
    """Section 4."""
    headers = {"Content-Type": "application/json"}

    assert status == OpikModel().answer("POST", "/v1/private/projects/retrieve", headers, body).status
