"""`broadcast routes`: the routes that are kept in one file, added, listed, tested, changed and removed.

adding.py     add: asks for secrets, tests the connection, saves      listing.py    list
asking.py     where the secrets of a new route come from              testing.py    test
changing.py   enable, disable, remove                                 kept.py       the file, and its options
"""

from __future__ import annotations

import click

from broadcast_core.cli.commands.routes.adding import add
from broadcast_core.cli.commands.routes.changing import disable, enable, remove
from broadcast_core.cli.commands.routes.listing import list_routes
from broadcast_core.cli.commands.routes.testing import test_routes

__all__ = ["routes"]


@click.group(short_help="Keep the routes that are sent to.")
def routes() -> None:
    """Keep routes in one file, which `plan`, `send` and `check` read with --routes.

    It is the file of --file, else that of the variable BROADCAST_ROUTES, else one among your settings. Their
    secrets are in a file beside it that only you can read, or in the keyring of the system. The file is
    yours to edit: what you write in it stays.
    """


for _command in (add, list_routes, test_routes, enable, disable, remove):
    routes.add_command(_command)
