"""Titles of the requirements that the samples speak of."""

from __future__ import annotations

TITLES = {
    "status.valid-credentials": "Valid credentials get 200",
    "status.wrong-credentials": "Well-formed credentials that are not a client's get 401",
    "status.missing-member": "A body without clientId or clientSecret gets 400",
    "status.not-json": "A body that is not JSON gets 400",
    "status.oversize": "A body over 1 MiB gets 400, 401 or 413",
    "status.no-server-error": "No request makes the server answer 5xx",
    "status.no-redirect": "No request is answered with a redirect",
    "error.content-type": "A 400 or 401 is JSON by its Content-Type",
    "error.error-integer": "error is an integer (not a boolean, string, null or fraction)",
    "error.message-string": "message is a string",
    "token.token-type": "tokenType is exactly Bearer",
    "token.expires-in-positive": "expiresIn is a positive number of seconds",
    "jwt.compact": "accessToken is a compact JWS: three non-empty segments",
    "jwt.exp-future": "exp lies in the future",
    "jwt.signature-verifies": "The signature verifies under the published key set",
    "protocol.date": "Date is an HTTP-date",
    "protocol.www-authenticate": "A 401 carries a well-formed WWW-Authenticate challenge",
    "protocol.response-time": "Answers come within the response time limit (5 s unless set)",
    "security.exact-secret": "A token is given for exactly the true secret and nothing near it",
    "security.no-store": "An answer that holds a token says Cache-Control: no-store",
    "documentation.examples-match-schemas": "Each example satisfies its schema",
    "documentation.throttling-documented": "Throttling (429) is documented",
}
