"""The digest of a plan, also as another process with another hash seed makes it.

`python -m broadcast_core.testing.other_process` reads a pickled destination, several options and generations
from its input, and writes the digest of the requests with each.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from broadcast_core.destinations.contract import Destination
from broadcast_core.jsontext import Json
from broadcast_core.pipeline.planner import plan
from broadcast_core.pipeline.route import Route
from broadcast_core.record.generation import Generation


def digest_of_plan(
    destination: Destination, options: Mapping[str, Json], generations: Sequence[Generation]
) -> str:
    """Return a digest of the requests of a plan, in hexadecimal."""
    total = hashlib.sha256()
    for request in plan(generations, Route.to(destination, options)).requests:
        for part in (request.method, request.url, repr(dict(request.headers))):
            total.update(part.encode("utf-8", "surrogatepass") + b"\n")
        total.update(request.body)
    return total.hexdigest()


def digests_of_plans(
    destination: Destination, several: Sequence[Mapping[str, Json]], generations: Sequence[Generation]
) -> list[str]:
    """Return the digest of a plan with each of some options, made in their order."""
    return [digest_of_plan(destination, options, generations) for options in several]


def digest_in_another_process(
    destination: Destination,
    options: Mapping[str, Json],
    generations: Sequence[Generation],
    seed: int,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Return the digest as a process with a hash seed and some variables of the environment has it.

    Raise `CalledProcessError` when it fails.
    """
    return digests_in_another_process(destination, [options], generations, seed, variables)[0]


def digests_in_another_process(
    destination: Destination,
    several: Sequence[Mapping[str, Json]],
    generations: Sequence[Generation],
    seed: int,
    variables: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the digest of a plan with each of some options, as another process makes them in their order."""
    paths = [*sys.path, str(Path.cwd())]
    environment = {
        **os.environ,  # noqa: TID251  # another process like this one
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        **(variables or {}),
    }
    done = subprocess.run(  # noqa: S603  # this Python, and this module
        [sys.executable, "-m", __name__],
        input=pickle.dumps((destination, [dict(one) for one in several], list(generations))),
        stdout=subprocess.PIPE,
        env=environment,
        check=True,
    )
    return done.stdout.decode("ascii").split()


def main() -> None:
    """Write the digests of what the input holds, one a line."""
    destination, several, generations = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  # from our parent
    sys.stdout.write("\n".join(digests_of_plans(destination, several, generations)))


if __name__ == "__main__":
    main()
