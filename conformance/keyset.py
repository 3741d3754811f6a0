"""The published key set that tokens are verified by: fetched as one of the run's requests, and once more if keys change.

It is paced, counted, capped and sent through the proxy as every other request is. What keeps it from being used is nobody's
finding: it may be the network, the setting, or a server that is not the one that is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from conformance.exchange import Client
from conformance.jsontext import read
from conformance.messages import Request
from conformance.plan import KEYS
from conformance.sender import Sender, Spent, Stop


class KeySet(Struct, frozen=True):
    """What came of the fetching.

    keys: the key set, or None.
    error: why it could not be fetched, or empty. blocked: why what was fetched is of no use, or empty.
    """

    keys: Mapping[str, Any] | None = None
    error: str = ""
    blocked: str = ""


class Keys(Struct):
    """The key set of a run.

    came_to: what came of fetching it, the last time. fetch_again: fetches it once more.
    """

    came_to: KeySet
    fetch_again: Callable[[], KeySet]
    _again: bool = False

    def renewed(self) -> Mapping[str, Any] | None:
        """The set as it is now and the keys it had, asked for once in a run; None where it could not be fetched again.

        A key that is published no more is kept: a token signed before may be handed out again while it lives.
        """
        had = self.came_to.keys
        if had is not None and not self._again:
            self._again = True
            fresh = self.fetch_again()
            if fresh.keys is None:
                why = f"a token names a key that the key set did not have, and {fresh.error or fresh.blocked}"
                self.came_to = replace(self.came_to, blocked=why)
            else:
                self.came_to = KeySet({**fresh.keys, "keys": [*fresh.keys["keys"], *had["keys"]]})
        return None if self.came_to.blocked else self.came_to.keys


def fetch(url: str, setting: str, sender: Sender, client: Callable[[str], Client], spare: int) -> KeySet:
    """Ask for the key set; a failure is asked about once more where there are requests to spare.

    url: where it is. setting: what it is called for a person. client: makes one for a base URL.
    """
    parts = urlsplit(url)
    own = client(f"{parts.scheme}://{parts.netloc}")
    request = Request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    try:
        exchange = sender.exchange(request, KEYS, client=own)[-1]
        if exchange.failure is not None and spare > 0:
            exchange = sender.exchange(request, KEYS, client=own)[-1]
    except Stop as stop:
        return KeySet(error=f"the key set was not fetched ({setting}): {stop.reason}")
    except Spent:
        return KeySet(error=f"the key set was not fetched ({setting}): the request budget is spent")
    finally:
        own.close()
    if exchange.response is None:
        detail = exchange.failure.detail if exchange.failure else ""
        return KeySet(error=f"the key set cannot be fetched ({setting}): {detail}")
    if not 200 <= exchange.response.status < 300:
        return KeySet(blocked=f"the key set is answered with {exchange.response.status} ({setting})")
    value = read(exchange.response.content).value
    if isinstance(value, dict) and isinstance(value.get("keys"), list) and value["keys"]:
        return KeySet(value)
    return KeySet(blocked=f"what is answered is no key set, an object with a member keys that holds some ({setting})")
