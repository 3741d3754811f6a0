"""What a request body holds of the true pair, wherever in it."""

from __future__ import annotations

from msgspec import Struct

from conformance.jsontext import JsonText, strings
from conformance.targets import Credentials

CLIENT_ID = "clientId"
CLIENT_SECRET = "clientSecret"  # noqa: S105 - the name of a member, not a secret
INHERITED = ("constructor", "__proto__", "toString")
"""Members that every object of some runtimes has: a table of clients that is such an object knows them."""


class Pair(Struct, frozen=True):
    """What of the true pair a body holds.

    proper: both stand in their own members, and nothing else does.
    true: both are among the strings of the document, wherever a lenient reader may find them.
    names_true_client, holds_true_secret: the one or the other is.
    """

    proper: bool = False
    true: bool = False
    names_true_client: bool = False
    holds_true_secret: bool = False

    @classmethod
    def of(cls, text: JsonText, credentials: Credentials | None) -> Pair:
        """What a text holds of these credentials: nothing where they are not known."""
        if credentials is None:
            return cls()
        secret = credentials.client_secret.reveal()
        # repeated members too: which of them counts is the reader's choice
        sent = {*strings(text.value), *(one for _, held in text.pairs for one in strings(held))}
        found_id, found_secret = credentials.client_id in sent, secret in sent
        value = text.value
        proper = isinstance(value, dict) and (value.get(CLIENT_ID), value.get(CLIENT_SECRET)) == (
            credentials.client_id,
            secret,
        )
        return cls(proper, found_id and found_secret, found_id, found_secret)

    @property
    def near(self) -> str:
        """The requirement that a token for this pair, which is wrong, breaks."""
        if self.names_true_client:
            return "security.exact-secret"
        if self.holds_true_secret:
            return "security.exact-client-id"
        return "security.unknown-client"
