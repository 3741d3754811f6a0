"""Showing a token without giving it away.

A token is shown as its header and claims with the signature masked; a claim is shown only if its name is on a short
list, because any other may identify a person or hold a secret. What kind of defect a token has stays readable.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import re
from typing import TYPE_CHECKING, Any, Final

from conformance import jws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.jsontext import JsonText

#: Header parameters and claims whose values are shown; `jti` is shown as a hash.
SHOWN: Final = frozenset({"alg", "typ", "cty", "crit", "iss", "aud", "exp", "iat", "nbf", "gty"})
#: What stands for a value that is not shown.
HIDDEN: Final = "***"
#: Characters of a shown string or name that are kept.
LONGEST_SHOWN: Final = 80
#: Members of header or claims that are listed.
MOST_SHOWN: Final = 24
# Names and values as RFC 7519, section 4, has them: words, and addresses; no row of letters and digits that may be a key.
_PLAIN = re.compile(rf"(?!.*[A-Za-z0-9]{{24}})[A-Za-z0-9_.:/@+-]{{1,{LONGEST_SHOWN}}}")
#: The shortest text that is taken for a token wherever it stands; a shorter one may be a word.
SHORTEST_LEARNT: Final = 16
#: The shortest run of characters that is looked up as a token or a signature.
SHORTEST_TOKEN: Final = 20

#: The shortest header segment, that of `{"alg":1}` without its end.
SHORTEST_HEADER: Final = 8

#: Names of members, form fields and elements that hold a credential, in lower case and without `-` and `_`.
CREDENTIAL_NAMES: Final = frozenset(
    """
    accesstoken refreshtoken idtoken token jwt bearertoken authtoken sessiontoken sessionid csrftoken xauthtoken
    xaccesstoken clientsecret secret password passwd pwd passphrase authorization proxyauthorization xauthorization
    cookie setcookie apikey xapikey clientassertion assertion privatekey signingkey secretkey sharedsecret jwtsecret
    xamzsecuritytoken xcsrftoken authenticationinfo
    """.split()  # noqa: SIM905  # easier to read than forty quoted names
)

_CANDIDATE = re.compile(r"[A-Za-z0-9_\-+/=.]{12,}+")
# What base64 makes of `{`, or of white space before it: enough to tell a header from a host name.
_HEADER = re.compile(r"(?<![A-Za-z0-9_-])(?:e[w-z]|I[A-P]|C[Q-v]|D[Q-f])")
_MOST_HEADERS = 4
_RUN = re.compile(rf"[A-Za-z0-9_\-]{{{SHORTEST_TOKEN},}}")
_OPAQUE_RUN = re.compile(rf"[A-Za-z0-9_\-.~+/]{{{SHORTEST_TOKEN},}}")


# Characters of tokens and of base64 and hexadecimal stay, all else is a blank.
_WORD = re.compile(r"[A-Za-z0-9_\-+/=.~]+")
_BLANKED = bytes(code if _WORD.match(chr(code)) else 0x20 for code in range(128)) + bytes(128)


def words(text: str, shortest: int) -> list[str]:
    """The words of `shortest` characters and more that may hold a token or something in base64 or hexadecimal."""
    every = text.encode().translate(_BLANKED).decode().split() if text.isascii() else _WORD.findall(text)
    return [word for word in every if len(word) >= shortest]


def may_hold_jws(word: str) -> bool:
    """Whether `find_jws` may find something in one of the `words`."""
    return "." in word and _HEADER.search(word) is not None


@functools.lru_cache(512)
def normal(name: str) -> str:
    """A name as `CREDENTIAL_NAMES` has it."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def find_jws(text: str) -> Iterator[tuple[int, int]]:
    """Where `text` holds something in the shape of a JWS whose header is JSON: start and end.

    Padding and the standard alphabet are let through, and a signature may be missing: a defective token is one too.
    """
    if "." not in text:
        return
    for run in _CANDIDATE.finditer(text):
        if "." not in run[0]:
            continue
        for start in itertools.islice(_HEADER.finditer(run[0]), _MOST_HEADERS):
            token = run[0][start.start() :]
            head, dot, claims = token.partition(".")
            if dot and claims and len(head) >= SHORTEST_HEADER and _is_header(head):
                # A full stop that ends a sentence is not part of the token; one after two segments may be.
                extra = len(token) - len(token.rstrip(".")) if token.count(".") > 2 else 0
                yield run.start() + start.start(), run.end() - extra
                break


def _is_header(segment: str) -> bool:
    if segment.startswith("eyJ"):
        return True
    header = jws.parse(segment).header
    return header is not None and header.is_object


def signature_of(token: str) -> str:
    """The part of a token that makes it one: the signature of a JWS, otherwise the whole."""
    segments = token.split(".")
    return segments[2] if len(segments) == 3 and len(segments[2]) >= SHORTEST_TOKEN else token


def fingerprint(text: str) -> int:
    """Eight octets by which a token is known again, in this process, without being kept."""
    return hash(text)


def runs(text: str) -> list[tuple[int, int]]:
    """Where `text` holds what may be a signature or an opaque token: start and end, some of them inside others."""
    found = []
    for match in _OPAQUE_RUN.finditer(text):
        found.append(match.span())
        if not _RUN.fullmatch(match[0]):
            found.extend(inner.span() for inner in _RUN.finditer(text, *match.span()))
    return found


def shown(token: str) -> str:
    """The token for a report: a hash to know it again, header and claims as far as they may be shown."""
    digest = hashlib.sha256(_octets(token)).hexdigest()[:8]
    parsed = jws.parse(token)
    if not (parsed.header and parsed.header.is_object) or len(parsed.segments) == 1:
        return f"[opaque token sha256:{digest}, {len(token)} characters]"
    parts = [f"header={_members(parsed.header)}"]
    parts.append(f"claims={_members(parsed.claims) if parsed.claims else 'undecodable'}")
    if len(parsed.segments) != 3:  # RFC 7515, section 7.1
        parts.append(f"segments={len(parsed.segments)}")
    elif not parsed.segments[2]:
        parts.append("signature=empty")
    elif parsed.signature is None:
        parts.append("signature=undecodable")
    else:
        parts.append(f"signature={len(parsed.signature)} octets")
    return f"[jwt sha256:{digest} {' '.join(parts)}]"


def _members(document: JsonText) -> str:
    if not document.is_object:
        return document.fault or f"a JSON {type(document.value).__name__}"
    members = {_shown_name(name): shown_claim(name, value) for name, value in document.pairs[:MOST_SHOWN]}
    more = len(document.pairs) - MOST_SHOWN
    text = json.dumps(members, separators=(",", ":"))
    return f"{text} and {more} more" if more > 0 else text


def _shown_name(name: str) -> str:
    """The name, where it reads like one: what is spelled otherwise, or cut, may be spelled so to get by a mask."""
    return name if _PLAIN.fullmatch(name) else f"{HIDDEN} sha256:{hashlib.sha256(_octets(name)).hexdigest()[:8]}"


def shown_claim(name: str, value: Any) -> object:  # any JSON value
    """A claim's, or a header parameter's, value for a report, or what stands for it."""
    if name == "jti" and isinstance(value, str):
        return f"sha256:{hashlib.sha256(_octets(value)).hexdigest()[:8]}"
    if name not in SHOWN or isinstance(value, dict):
        return HIDDEN
    if isinstance(value, list):
        return [HIDDEN if isinstance(item, dict | list) else shown_claim(name, item) for item in value[:4]]
    if isinstance(value, str):
        return value if not value or _PLAIN.fullmatch(value) else HIDDEN
    return value if len(str(value)) <= LONGEST_SHOWN else "a long number"


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
