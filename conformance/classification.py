"""Which class a request belongs to, read from its bytes, and what may be answered to it (design, section 5).

The scenario that made a request says what it *meant*. This module says what the request *is*, from the octets that are
sent, so that shrinking or splitting a request can never accuse a server of what it was not asked. A request that more
than one row of the table fits is judged by the most lenient of them: the accepted statuses are united.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from msgspec import Struct
from msgspec.structs import replace

from conformance.contract import Contract, Operation
from conformance.jsontext import NOT_A_NUMBER, JsonText, read
from conformance.masking.credentials import from_base64
from conformance.messages import Request, header
from conformance.notation import peculiarities, told
from conformance.pair import CLIENT_ID, CLIENT_SECRET, Pair
from conformance.targets import Credentials

OTHER_CHANNEL = "security.other-channel-no-token"

SUCCESSES = frozenset(range(200, 300))
OTHER_METHOD = frozenset({400, 401, 404, 405})
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
LONG = 64 * 1024  # octets from which a credential or a body may be refused for its size
OVERSIZE = 1024 * 1024  # octets over which a body has to be refused
MOST = 4096  # requests whose class is remembered
DEEP = 64  # levels of nesting from which a server may call a document absurd
_UNUSUAL = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")  # RFC 3986, section 3.4
# names that mean something to a runtime: a server may ignore the member or refuse the body
CHARGED_NAMES = frozenset({"__proto__", "constructor", "prototype", "__class__"})


class RequestClass(Struct, frozen=True):
    """A row, or the union of the rows, of the table of accepted answers.

    name: in words, for reports.
    accepted: status codes that may be answered; 429 is throttling and never part of it.
    requirement: the id that another status falls under.
    token_requirement: the id that a token falls under where none may be given; empty where one is due.
    documented: the request uses a documented operation, so 400 and 401 are `Error`.
    true_client: the request names the true client id, so a refusal counts against the policy.
    detail: what of this one request puts it into the class, in words; empty where the name says it.
    client_id: the `clientId` that is sent, where there is one and it is a string.
    """

    name: str
    accepted: frozenset[int]
    requirement: str
    token_requirement: str = ""
    documented: bool = True
    true_client: bool = False
    detail: str = ""
    client_id: str | None = None

    @property
    def due(self) -> bool:
        """Whether success, and nothing else, is the answer."""
        return self.accepted == frozenset({200})

    @property
    def refusal(self) -> bool:
        """Whether the answer due is a refused authentication of the true client, which providers count.

        A body that is refused before anybody is authenticated is none.
        """
        return self.true_client and self.documented and 401 in self.accepted and 200 not in self.accepted


def operation_of(request: Request, contract: Contract) -> Operation | None:
    """The documented operation with the request's path, by its own method if there is one, else any of that path."""
    path = request.path.split("?", 1)[0]
    candidates = [operation for operation in contract.operations if operation.path == path]
    for operation in candidates:
        if operation.method == request.method:
            return operation
    return candidates[0] if candidates else None


class Classifier:
    """Reads the class of requests to one contract.

    contract: with the overlay applied; its request schemas are compiled once, when a request is held to them.
    credentials: the true pair, or None where it is not known (then nothing is the true pair).
    """

    def __init__(self, contract: Contract, credentials: Credentials | None) -> None:
        self.contract = contract
        self.credentials = credentials
        self._schemas: dict[str, Any] = {}
        # the plan asks, then the judge, then whoever would ask again
        self._known = functools.lru_cache(maxsize=MOST)(self._class_of)

    def violations(self, operation: Operation, text: JsonText) -> frozenset[str]:
        """The schema keywords that the document breaks, as the names of their `ValidationErrorKind`."""
        if operation.pointer not in self._schemas:
            # late, for 13 ms: collecting sends no requests, and asks of few what they are
            import jsonschema_rs

            schema = operation.request_schema
            self._schemas[operation.pointer] = None if schema is None else jsonschema_rs.validator_for(schema)
        validator = self._schemas[operation.pointer]
        if validator is None:
            return frozenset()
        # the validator is native code that takes no half of a surrogate pair; what it stands for does not matter here
        value = _without_surrogates(text.value) if text.lone_surrogates else text.value
        return frozenset(type(error.kind).__name__.rpartition("_")[2] for error in validator.iter_errors(value))

    def may_name_true_client(self, request: Request) -> bool:
        """Whether the body may hold the true client id, told without reading it as JSON: an escape may spell anything."""
        body = request.body or b""
        own = "" if self.credentials is None else self.credentials.client_id
        return b"\\" in body or b"\0" in body or own.encode("utf-8", "surrogatepass") in body

    def _carries_secret_elsewhere(self, request: Request) -> bool:
        """Whether the true secret stands in the query, in a field of its own, in a cookie or in Basic credentials."""
        secret = "" if self.credentials is None else self.credentials.client_secret.reveal()
        if not secret:
            return False
        octets = secret.encode("utf-8", "surrogatepass")
        values = [value for _, value in request.headers]
        basic = [from_base64(value[6:]) or b"" for value in values if value[:6].lower() == "basic "]
        texts = (unquote_plus(request.path, errors="surrogatepass"), *values)
        return any(secret in text for text in texts) or any(octets in one for one in basic)

    def classify(self, request: Request) -> RequestClass:
        """Return the class of `request`, from nothing but its method, path, fields and octets."""
        return self._known(request)

    def _class_of(self, request: Request) -> RequestClass:
        value = read(request.body or b"").value
        sent = value.get(CLIENT_ID) if isinstance(value, dict) else None
        found = self._classify(request)
        return replace(found, client_id=sent) if isinstance(sent, str) else found

    def _classify(self, request: Request) -> RequestClass:
        operation = operation_of(request, self.contract)
        if operation is None:
            return RequestClass(
                "a path the contract does not have",
                # gateways in front of APIs forbid what they have no route for
                frozenset({400, 401, 403, 404, 405, 410}),
                "status.method",
                "security.unknown-client",
                documented=False,
            )
        text = read(request.body or b"")
        pair = Pair.of(text, self.credentials)
        if request.method != operation.method:
            return _with_size(_other_method(request, pair), len(request.body or b""))
        media = _media_type(request)
        if media is not None and not _is_json(media):
            labelled = _is_as_labelled(request)
            found = RequestClass(
                "a media type that is not JSON" + ("" if labelled else ", nor that of the body"),
                frozenset({400, 415}),
                "status.media-type",
                OTHER_CHANNEL,
                documented=labelled,
            )
            return _with_size(found, len(request.body or b""))
        base = _spelt(request, self._of_body(request, text, operation, pair))
        if "?" in request.path:
            # the contract has no query: a router may not know the path
            token = "" if pair.true else base.token_requirement
            # what is no URI is refused by whoever reads the request line, before the API is asked (RFC 9112, section 3)
            proper = _QUERY.fullmatch(request.path.partition("?")[2]) is not None
            base = replace(
                base,
                name=f"{base.name}, with a query" + ("" if proper else " that no URI may have"),
                accepted=base.accepted | {400, 404},
                token_requirement=token,
                documented=base.documented and proper,
            )
        if not pair.true and not base.due and self._carries_secret_elsewhere(request):
            base = replace(base, token_requirement=OTHER_CHANNEL)
        if header(request.headers, "authorization") is not None and not base.due:
            # a gateway in front may refuse the field before anybody looks at the body
            base = replace(base, name=f"{base.name}, with an Authorization field", accepted=base.accepted | {400, 401})
        if header(request.headers, "x-http-method-override") is not None:
            # a framework that reads the field takes the request for one of another method
            base = replace(base, name=f"{base.name}, with an overridden method", accepted=base.accepted | OTHER_METHOD)
        charset = _charset(request)
        # "utf8" is no registered name (RFC 3629, section 8): common frameworks refuse it
        if media != "application/json" or charset not in ("", "utf-8"):
            kind = "no Content-Type" if media is None else "a +json media type"
            kind = f"the charset {charset}" if media == "application/json" else kind
            accepted = base.accepted | {400, 401, 415} | (frozenset({200}) if pair.true else frozenset())
            base = replace(
                base, name=f"{base.name}, with {kind}", accepted=accepted, requirement="status.json-media-type"
            )
        if request.body is None:
            # a server may insist on a length, be it of nothing (RFC 9110, section 15.5.12)
            base = replace(base, name=f"{base.name}, without Content-Length", accepted=base.accepted | {411})
        return base

    def _of_body(self, request: Request, text: JsonText, operation: Operation, pair: Pair) -> RequestClass:
        body = request.body or b""
        unusual = tuple(_unusual(text))
        no_token = "security.invalid-body-no-token"  # noqa: S105 - an id
        true_client = pair.names_true_client
        if not body.strip(b" \t\r\n"):
            found = RequestClass("an empty body", frozenset({400}), "status.empty-body", no_token)
        elif unusual:
            # 200 only where a lenient reader may find the true pair
            accepted = frozenset({400, 401, 413}) | (frozenset({200}) if pair.true else frozenset())
            name = f"JSON with {', '.join(unusual)}"
            found = RequestClass(
                name, accepted, "status.unusual-json", "" if pair.true else no_token, true_client=true_client
            )
        elif text.fault is not None:
            found = RequestClass(
                "a body that is not JSON",
                frozenset({400}),
                "status.not-json",
                no_token,
                true_client=true_client,
                detail=text.fault,
            )
        else:
            found = self._of_document(text, operation, pair)
        return _with_size(found, len(body))

    def _of_document(self, text: JsonText, operation: Operation, pair: Pair) -> RequestClass:
        value = text.value
        kinds = self.violations(operation, text)
        if kinds:
            requirement, name = _violation(value, kinds)
            return RequestClass(
                name,
                frozenset({400}),
                requirement,
                "security.invalid-body-no-token",
                true_client=pair.names_true_client,
            )
        if not isinstance(value, Mapping) or CLIENT_ID not in value:
            # an operation without credentials in its body: anything its responses document
            return RequestClass("a valid body", _documented(operation), "status.valid-credentials")
        found = _of_true_pair(value) if pair.proper else _of_wrong_pair(value, pair)
        # what a parser makes of half a surrogate pair, wherever it stands, cannot be foretold (RFC 8259, section 8.2)
        return replace(found, accepted=found.accepted | {400}) if text.lone_surrogates else found


def _spelt(request: Request, base: RequestClass) -> RequestClass:
    """Valid credentials stand under the requirement about what makes this request differ from the plainest one."""
    if base.requirement != "status.valid-credentials" or not base.due:
        return base
    # a server that knows the field by these capitals alone takes any other spelling for a field it does not know
    others = [name for name, _ in request.headers if name != "Content-Type"]
    if others:
        name = "valid credentials with other header fields"
        return replace(base, name=name, requirement="status.unrelated-headers", detail=told(others))
    content_type = header(request.headers, "content-type")
    unlike = ", ".join(peculiarities(request.body or b"", content_type, (CLIENT_ID, CLIENT_SECRET)))
    if not unlike:
        return base
    name = "valid credentials in another JSON spelling"
    return replace(base, name=name, requirement="status.equivalent-json", detail=unlike)


def _other_method(request: Request, pair: Pair) -> RequestClass:
    accepted = OTHER_METHOD
    if request.method in {"OPTIONS", "HEAD"}:
        accepted |= SUCCESSES
    if request.method not in KNOWN_METHODS:
        accepted |= {501}
    return RequestClass(
        f"the method {request.method} on a documented path",
        accepted,
        "status.method",
        OTHER_CHANNEL,
        documented=False,
        true_client=pair.names_true_client,
    )


def _media_type(request: Request) -> str | None:
    value = header(request.headers, "content-type")
    # an empty field names no type
    return (value or "").split(";", 1)[0].strip().lower() or None


def _is_as_labelled(request: Request) -> bool:
    """Whether a form is one: what is none, a framework's reader of forms refuses before the API is asked.

    RFC 2046, section 5.1.1: parts stand between lines of the boundary. WHATWG URL, section 5: a form is percent-encoded.
    """
    media, body = _media_type(request) or "", request.body or b""
    if media.startswith("multipart/"):
        boundary = re.search(r"boundary=\"?([^\";]+)", header(request.headers, "content-type") or "", re.IGNORECASE)
        return boundary is not None and f"--{boundary[1]}".encode("latin-1", "replace") in body
    if media == "application/x-www-form-urlencoded":
        return re.search(rb"%(?![0-9A-Fa-f]{2})", body) is None
    return True


def _charset(request: Request) -> str:
    """The charset parameter of the Content-Type, in lower case; empty where there is none (RFC 9110, section 8.3.2)."""
    value = header(request.headers, "content-type") or ""
    found = re.search(r";\s*charset\s*=\s*\"?([^\";]*)", value, re.IGNORECASE)
    return "" if found is None else found[1].strip().lower() or "of no name"


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _unusual(text: JsonText) -> Iterator[str]:
    if text.bom:
        yield "a byte order mark"
    if not text.utf8:
        yield "invalid UTF-8"
    if text.duplicates:
        yield "duplicate members"
    if text.depth >= DEEP:
        yield "absurd nesting"
    if text.big_numbers:
        yield "absurd numbers"
    if text.fault == NOT_A_NUMBER:
        # no JSON, and read as a number by the JSON module of Python and whatever is built on it
        yield "NaN or Infinity"


def _with_size(base: RequestClass, size: int) -> RequestClass:
    if size > OVERSIZE:
        return replace(
            base, name="a body over 1 MiB", accepted=base.accepted | {400, 401, 413}, requirement="status.oversize"
        )
    if size > LONG:
        return replace(base, name=f"{base.name}, over 64 KiB", accepted=base.accepted | {400, 413})
    return base


def _violation(value: object, kinds: frozenset[str]) -> tuple[str, str]:
    if not isinstance(value, dict):
        return "status.not-an-object", "JSON that is no object"
    if "Required" in kinds:
        return "status.missing-member", "an object without a required member"
    return "status.wrong-type", "a member of the wrong type"


def _of_true_pair(value: Mapping[str, Any]) -> RequestClass:
    if any(map(_is_charged, value)):
        accepted = frozenset({200, 400})
        name = "valid credentials beside a name with meaning to a runtime"
        return RequestClass(name, accepted, "status.undeclared-members", true_client=True)
    if len(value) > 2:
        name = "valid credentials beside undeclared members"
        others = told(one for one in value if one not in (CLIENT_ID, CLIENT_SECRET))
        return RequestClass(name, frozenset({200}), "status.undeclared-members", true_client=True, detail=others)
    return RequestClass("valid credentials", frozenset({200}), "status.valid-credentials", true_client=True)


def _of_wrong_pair(value: Mapping[str, Any], pair: Pair) -> RequestClass:
    sent = (str(value[CLIENT_ID]), str(value[CLIENT_SECRET]))
    accepted = {401}
    odd = []
    if not all(sent):
        odd.append("empty")
    if any(map(_is_unusual, sent)):
        odd.append("unusual")
    if max(len(text.encode("utf-8", "surrogatepass")) for text in sent) > LONG:
        odd.append("very long")
        accepted.add(413)
    if odd or any(map(_is_charged, value)):
        accepted.add(400)
    requirement = "status.unusual-credentials" if odd else "status.wrong-credentials"
    name = f"{', '.join(odd)} credentials" if odd else "wrong credentials"
    return RequestClass(name, frozenset(accepted), requirement, pair.near, true_client=pair.names_true_client)


def _is_charged(name: str) -> bool:
    """Whether a member's name means something to a runtime or, with a dollar sign, to a database."""
    return name in CHARGED_NAMES or name.startswith("$")


def _is_unusual(text: str) -> bool:
    """Whether the text holds a control character (Unicode Cc), half of a surrogate pair (Cs) or a noncharacter (RFC 7493, 2.1)."""
    return not text.isprintable() and _UNUSUAL.search(text) is not None


def _documented(operation: Operation) -> frozenset[int]:
    return frozenset(int(status) for status in operation.responses if status.isdigit())


def _without_surrogates(value: object) -> object:
    return json.loads(re.sub(r"(?i)\\ud[89a-f][0-9a-f]{2}", "?", json.dumps(value)))
