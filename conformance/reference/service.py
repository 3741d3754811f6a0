"""What is asked and what is answered: the handlers of the paths, without any HTTP server around them."""

from __future__ import annotations

from conformance.reference.behaviour import Behaviour
from conformance.reference.tokens import SigningKey
from conformance.reference.values import Answer, Cause, Client, HeaderPairs, Refused, Request

CHALLENGE = 'Bearer realm="partners-api"'
"""RFC 9110, section 11.6.1 demands a challenge on each 401; RFC 6750, section 3 says how Bearer writes it."""


class Service:
    """The API for one client, behaving as it is told."""

    def __init__(self, behaviour: Behaviour, client: Client, key: SigningKey) -> None:
        self.behaviour = behaviour
        self.client = client
        self.key = key

    def token(self, request: Request) -> Answer:
        """POST /oauth/token: a token for the true pair, an `Error` for all else."""
        return self.behaviour.around(request, self._token)

    def keys(self, request: Request) -> Answer:
        """GET /.well-known/jwks.json: the key set that verifies the tokens (RFC 7517, section 5)."""
        return self.behaviour.around(request, self._keys)

    def nothing(self, request: Request) -> Answer:
        """Any other path: 404."""
        return self.behaviour.around(request, lambda _request: self.refuse(Refused(404, Cause.NOT_FOUND, "Not found")))

    def refuse(self, refusal: Refused) -> Answer:
        """The answer that tells of `refusal`."""
        return self._answer(refusal.status, self.behaviour.error(refusal), refusal.cause, refusal.headers)

    def _token(self, request: Request) -> Answer:
        rules = self.behaviour
        try:
            self._admit(request)
        except Refused as refusal:
            return self.refuse(refusal)
        claims = rules.claims(self.client, int(rules.clock()), rules.lifetime)
        token = rules.token(rules.jose_header(self.key), claims, self.key)
        return self._answer(200, rules.envelope(token, rules.lifetime), Cause.TOKEN, rules.token_headers)

    def _admit(self, request: Request) -> None:
        """Raise Refused unless `request` deserves a token; the order is HTTP's, then the contract's."""
        rules = self.behaviour
        if request.method != "POST":
            raise Refused(405, Cause.METHOD, "Method not allowed", (("allow", "POST"),))
        rules.check_media_type(request.header("content-type"))
        if request.too_large:
            raise Refused(413, Cause.TOO_LARGE, "body: is too large")
        credentials = rules.validate(rules.read_body(request.body))
        if not rules.authenticate(credentials, self.client):
            raise Refused(401, Cause.CREDENTIALS, "Unauthorized", (("www-authenticate", CHALLENGE),))

    def _keys(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return self.refuse(Refused(405, Cause.METHOD, "Method not allowed", (("allow", "GET, HEAD"),)))
        return self._answer(200, {"keys": [self.key.public_jwk()]}, Cause.KEYS)

    def _answer(self, status: int, content: object, cause: Cause, headers: HeaderPairs = ()) -> Answer:
        rules = self.behaviour
        return Answer(status, (("content-type", rules.content_type), *headers), rules.serialise(content), cause)
