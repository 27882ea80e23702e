"""Batching: the items that a destination yields, packed under the limits of its endpoints into requests.

    endpoint.py   address, envelope and limits    item.py       one row, span or object
    request.py    one HTTP request as data        packing.py    items to batches
    response.py   what a server answered          outgoing.py   a request as its bytes, with secrets
    headers.py    texts by name                   address.py    URLs that a request can be sent to
    file_urls.py  URLs of files and directories

An endpoint is data: how its items are enveloped and how many fit. So every destination obeys its limits
for free, and a refused request can be split without asking the destination again.
"""

from __future__ import annotations

from broadcast_core.batching.endpoint import Endpoint
from broadcast_core.batching.headers import Headers
from broadcast_core.batching.item import Item, Unmapped
from broadcast_core.batching.outgoing import Outgoing
from broadcast_core.batching.packing import fits, pack
from broadcast_core.batching.request import Request
from broadcast_core.batching.response import Response

__all__ = ["Endpoint", "Headers", "Item", "Outgoing", "Request", "Response", "Unmapped", "fits", "pack"]
