"""What a careful person would name about each foreign server, reached by reading its source and probing it by hand.

Each entry is a requirement that the server breaks, with the reason. They hold for a run whose budget reaches every
scenario, with `--strict`; `smoke` sees a part of them. Whatever is not named here, the server keeps. Where a token is
given that may not be given, the requirement of the token is named and the one of the status is not: one defect, one name.
"""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {
    "fastify-conforming": {},
    "express-conforming": {},
    "fastify-careless": {
        "error.error-integer": 'Fastify\'s own error shape: `error` is the reason phrase, "Bad Request"',
        "error.outside-contract": "the same shape on its 404 and 415",
        "status.wrong-type": 'Fastify\'s Ajv coerces by default: 1 becomes "1" and null becomes "", so a 401 comes back',
        "security.invalid-body-no-token": "it coerces an array of one string too: the pair wrapped in arrays gets a token",
        "security.no-well-known-key": 'signed with "secret"',
        "security.no-store": "no Cache-Control on the token",
        "security.same-refusal": '"Unknown client" and "Wrong secret"',
        "protocol.www-authenticate": "no challenge on its 401",
    },
    "express-careless": {
        "error.content-type": "Express answers malformed JSON with an HTML page",
        "error.error-integer": "`error` is a text on 400 and 401",
        "error.message-present": "no `message` on 400 and 401",
        "status.wrong-type": "nobody checks that the members are strings: 401",
        "status.no-server-error": "no body was parsed where the media type is another: req.body is undefined, 500",
        "security.no-stack-trace": "the HTML pages show the stack, as they do outside NODE_ENV=production",
        "security.other-channel-no-token": "a form gets a token: express.urlencoded() is installed",
        "security.no-well-known-key": 'signed with "changeme"',
        "security.no-store": "no Cache-Control on the token",
        "protocol.www-authenticate": "no challenge on its 401",
        "token.expires-in": 'expiresIn is "24h"',
    },
    "prism-mock": {
        "error.error-present": "the 400 example is {code, message}",
        "error.error-integer": "a body that is not JSON gets the mock's own {error: {code, message}}",
        "error.message-present": "the same",
        "error.outside-contract": "the 405 is application/problem+json",
        "status.no-server-error": "500 where the Content-Type is no media type at all",
        "security.unknown-client": "whoever asks gets the example token",
        "security.exact-secret": "the true client with any secret too",
        "security.exact-client-id": "the true secret with any client id too",
        "security.invalid-body-no-token": "an empty body too: the document does not mark it as required",
        "security.other-channel-no-token": "credentials in the query too, beside an empty body",
        "jwt.exp-future": "the example token expired in 2024",
        "security.no-store": "no Cache-Control on the token",
        "protocol.allow": "no Allow on its 405",
    },
}

EXPECTED: dict[str, frozenset[str]] = {server: frozenset(reasons) for server, reasons in REASONS.items()}
