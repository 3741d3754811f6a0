"""What an answer shows of other requests: a client id or a secret that another one was made up with (CWE-488).

Everything made up for a request has a part of its own, so an answer that holds one shows whose it is. The true pair is looked
for by nobody here: a fixed text may have the client's name in it, and who remembers the last success says that name always.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping

from conformance.checks.assessment import Assessment, Sight
from conformance.checks.security import unescaped
from conformance.jws import CompactJws
from conformance.masking.decoders import EVERY, views
from conformance.messages import HeaderPairs, Request

REQUIREMENT = "security.no-foreign-data"
# as `Material.decoy` makes them
MARK = "decoy-"
_OF_IDS = f"{MARK}client-"
CANARY = re.compile(r"decoy-(?:client-[0-9a-f]{12}|[0-9a-f]{24})", re.IGNORECASE)
#: hexadecimal digits by which one is told from the others: a server may cut off, or change, the end of what it repeats
TOLD_BY = 6
LOOKED_AT = 256 << 10  # octets of an answer that are looked at
_ESCAPED_MARK = b"\\u0064"  # the first letter of the mark, where every character is escaped
_TO_STANDARD = str.maketrans("-_", "+/")
_PACKED = re.compile(r"[A-Za-z0-9+/_-]{16,}")


def check_foreign_data(sight: Sight, found: Assessment) -> None:
    """Judge whether the answer holds what another request was made up with."""
    response = sight.response
    foreign = next(_foreign(_texts(sight), sight.exchange.request), None)
    found.expect(
        REQUIREMENT,
        foreign is None,
        "nothing of another request",
        f"{foreign}, in a {response.status}" if foreign else "",
        str(response.status),
    )


def foreign_claims(parsed: CompactJws, request: Request) -> Mapping[str, str]:
    """The claims that hold something of another request, by name, and what each holds, in words."""
    claims = parsed.claims.value if parsed.claims and parsed.claims.is_object else {}
    each = {name: next(_foreign(_strings([name, value]), request), "") for name, value in claims.items()}
    return {name: held for name, held in each.items() if held}


def _texts(sight: Sight) -> Iterator[str]:
    """The parts of an answer that may hold a made-up text, and nearly always none: a look at each has to cost nothing."""
    response = sight.response
    yield from _holding((*response.headers, *response.trailers))
    if MARK in response.reason:
        yield response.reason
    content = response.content[:LOOKED_AT]
    if MARK.encode() in content or MARK.upper().encode() in content:
        yield content.decode("utf-8", "replace")
    elif _ESCAPED_MARK in content:
        yield unescaped(content)


def _holding(fields: HeaderPairs) -> Iterator[str]:
    for _, value in fields:
        if MARK in value or MARK in value.lower():
            yield value


def _strings(value: object) -> Iterator[str]:
    """The strings in a value, members' names included."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left.extend((*one, *one.values()))
        elif isinstance(one, list):
            left.extend(one)


def _foreign(texts: Iterable[str], request: Request) -> Iterator[str]:
    """What of these is another request's, in words that name no secret."""
    plainly, read = "", ""
    for text in texts:
        for canary in dict.fromkeys(one.lower() for one in CANARY.findall(text)):
            is_id = canary.startswith(_OF_IDS)
            part = canary[: len(_OF_IDS if is_id else MARK) + TOLD_BY]
            plainly = plainly or "\n".join(_plainly(request)).lower()
            # who repeats what was asked is mostly seen to do so at once
            if part not in plainly and part not in (read := read or everything(request).lower()):
                yield f"{f'the client id {canary}' if is_id else 'a client secret'} of another request"


def _plainly(request: Request) -> tuple[str, ...]:
    """The parts of a request as text: of UTF-16 or UTF-32 the octets of ASCII are left."""
    body = request.body or b""
    fields = "\n".join(f"{name}: {value}" for name, value in request.headers)
    return request.path, fields, body.decode("utf-8", "replace"), body.replace(b"\0", b"").decode("latin-1")


def everything(request: Request) -> str:
    """All that a request says: as it was sent, with escapes undone and with base64 unpacked."""
    said = "\n".join(_plainly(request))
    texts = [said, unescaped(said.encode("utf-8", "replace"), len(said) * 4)]
    texts += [view.text for view in views(said, EVERY)[1:]]
    for packed in _PACKED.findall(said):
        with contextlib.suppress(binascii.Error, ValueError):
            padded = packed.translate(_TO_STANDARD) + "=" * (-len(packed) % 4)
            texts.append(base64.b64decode(padded).decode("latin-1"))
    return "\n".join(texts)
