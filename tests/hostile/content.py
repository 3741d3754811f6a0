"""Servers whose content is made to break whoever reads or shows it."""

from __future__ import annotations

import json
from collections.abc import Callable

from conformance.messages import FailureKind
from tests.hostile.server import Answer, Behaviour, Headers, Heard, Hostile, Peer, message

INJECTION = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "<svg/onload=alert(1)>'\"--><!--]]><![CDATA[{{7*7}}${7*7}<iframe src=javascript:alert(1)>"
)
TERMINAL = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b]8;;http://evil.example\x07link\x08\x08\x9b31m\r\nPASSED\x00"
XML_ILLEGAL = "\x00\x01\x0b\x0c\x1f\ufffe\uffff\ud800 end"
BIDI = "\u202egnihtemos esle\u2066\u200b\u200d\ufeff"


def _raw(body: bytes, headers: Headers = ()) -> Behaviour:
    """Answer with this body, under the status that would be right."""

    def behave(peer: Peer, heard: Heard) -> None:
        right = peer.correct(heard)
        peer.send(message(right.status, body, headers))

    return behave


def _document(change: Callable[[Answer], str]) -> Behaviour:
    """Answer with JSON text made from the right answer."""

    def behave(peer: Peer, heard: Heard) -> None:
        right = peer.correct(heard)
        peer.send(message(right.status, change(right).encode("utf-8", "surrogatepass")))

    return behave


def _differing(body: Callable[[int], bytes]) -> Behaviour:
    """Answer with a body of its own each time, under the status that would be right."""

    def behave(peer: Peer, heard: Heard) -> None:
        peer.send(message(peer.correct(heard).status, body(peer.turn)))

    return behave


def _every_text(text: str, *, names: bool = True) -> Behaviour:
    """Put a text into every string of the answer, and into the names of more members."""

    def change(right: Answer) -> str:
        document = {name: text if isinstance(value, str) else value for name, value in right.document.items()}
        if names:
            document[text] = text
        return json.dumps(document)

    return _document(change)


def _with_member(member: str) -> Behaviour:
    """Add a member, given as JSON text, to the right answer."""
    return _document(lambda right: json.dumps(right.document)[:-1] + ", " + member + "}")


def _numbers(number: str) -> Behaviour:
    """Put a number, given as JSON text, where the answer has one."""

    def change(right: Answer) -> str:
        pairs = [
            f"{json.dumps(name)}: {number if isinstance(value, int) else json.dumps(value)}"
            for name, value in right.document.items()
        ]
        return "{" + ", ".join(pairs) + "}"

    return _document(change)


def _injected_everywhere(peer: Peer, heard: Heard) -> None:
    right = peer.correct(heard)
    document = {name: INJECTION if isinstance(value, str) else value for name, value in right.document.items()}
    document[INJECTION] = [INJECTION]
    headers: Headers = (
        ("Content-Type", f"application/json; charset={INJECTION}"),
        ("Server", INJECTION),
        ("Set-Cookie", f"session={INJECTION}"),
        ("WWW-Authenticate", f'Bearer realm="{INJECTION}"'),
        ("Location", "javascript:document.title='owned'"),
    )
    peer.send(message(right.status, json.dumps(document).encode(), headers, reason=INJECTION.encode()))


_DEEP = 100_000

HOSTILE = (
    Hostile("utf-8-invalid", "JSON with octets that are not UTF-8", _raw(b'{"error": 401, "message": "\xff\xfe\xc3\x28\xed\xa0\x80"}')),
    Hostile("utf-16", "JSON in UTF-16", _raw('{"error": 401, "message": "Unauthorized"}'.encode("utf-16"))),
    Hostile("utf-32", "JSON in UTF-32", _raw('{"error": 401, "message": "Unauthorized"}'.encode("utf-32"))),
    Hostile("bom", "JSON with a byte order mark", _raw(b'\xef\xbb\xbf{"error": 401, "message": "Unauthorized"}')),
    Hostile("lone-surrogates", "lone surrogates, escaped, in every text", _every_text("\ud800\udfff\udc00 \udc80")),
    Hostile("control-characters", "every control character, raw, in JSON", _raw(b'{"error": 401, "message": "' + bytes(range(32)) + b'\x7f"}')),
    Hostile("terminal-escapes", "terminal escapes, escaped, in every text", _every_text(TERMINAL)),
    Hostile("terminal-escapes-raw", "terminal escapes as the body", _raw(TERMINAL.encode())),
    Hostile("markup-everywhere", "markup and script in body, fields, cookie and reason", _injected_everywhere),
    Hostile("markup-page", "an HTML page with script, as JSON", _raw(f"<!doctype html><title>x</title>{INJECTION}".encode())),
    Hostile("xml-illegal", "characters that XML 1.0 forbids in every text", _every_text(XML_ILLEGAL)),
    Hostile("bidi", "direction overrides and invisible characters in every text", _every_text(BIDI)),
    Hostile("nested-arrays", "arrays nested 100,000 deep", _raw(b"[" * _DEEP + b"]" * _DEEP)),
    Hostile("nested-objects", "objects nested 100,000 deep", _raw(b'{"a":' * _DEEP + b"1" + b"}" * _DEEP)),
    Hostile("nested-member", "a member nested 100,000 deep in a right answer", _with_member('"more": ' + "[" * _DEEP + "]" * _DEEP)),
    Hostile("nested-unclosed", "arrays opened 500,000 times and never closed", _raw(b"[" * 500_000)),
    Hostile("integers-of-20000-digits", "integers of 20,000 digits", _numbers("9" * 20_000)),
    Hostile("integer-member", "an integer of 500,000 digits in a right answer", _with_member('"more": ' + "7" * 500_000)),
    Hostile("number-1e400", "1e400 where a number is due", _numbers("1e400")),
    Hostile("number-exponent-flood", "a number with an exponent of 100,000 digits", _numbers("1e" + "9" * 100_000)),
    Hostile("number-nan", "NaN where a number is due", _numbers("NaN")),
    Hostile("number-infinity", "-Infinity where a number is due", _numbers("-Infinity")),
    Hostile("number-minus-zero", "-0 and fractions where a number is due", _numbers("-0.0")),
    Hostile("duplicate-members", "the same member 100,000 times", _raw(b"{" + b'"error":401,' * 80_000 + b'"message":"x"}')),
    Hostile("duplicate-members-that-differ", "the same member 85,000 times, and another in each answer", _differing(lambda turn: b"{" + b'"a":1,' * 85_000 + b'"n%d":1}' % turn)),
    Hostile("traces-all-over", "a megabyte that looks like the beginning of a stack trace", _with_member('"more": "' + "at x in " * 120_000 + '"')),
    Hostile("traces-that-differ", "the same with the end of none, another in each answer", _differing(lambda turn: b'{"more": "' + b"at x in y:line z" * 60_000 + b'%d"}' % turn)),
    Hostile("many-members", "80,000 members with names of their own", _raw(b"{" + b",".join(b'"%d":0' % number for number in range(80_000)) + b"}")),
    Hostile("colliding-members", "right members spelled with escapes, twice", _with_member('"access\\u0054oken": "", "m\\u0065ssage": 0, "__proto__": {"x": 1}')),
    Hostile("long-text", "a message of 1,000,000 octets", _with_member('"more": "' + "x" * 1_000_000 + '"')),
    Hostile("long-text-of-quotes", "a message of 170,000 escapes", _with_member('"more": "' + "\\u0022" * 170_000 + '"')),
    Hostile("long-texts", "10 MB of texts", _raw(b"[" + b",".join([b'"' + b"x" * 9_998 + b'"'] * 1000) + b"]"), expected=(FailureKind.TOO_LARGE,)),
    Hostile("white-space", "1,000,000 spaces and a right answer", _document(lambda right: " " * 1_000_000 + json.dumps(right.document))),
    Hostile("no-json", "a body that is no JSON at all", _raw(b"upstream connect error or disconnect/reset before headers")),
    Hostile("null", "null as the whole body", _raw(b"null")),
    Hostile("a-number", "a number as the whole body", _raw(b"1e-999999999")),
    Hostile("trailing-junk", "a right answer and something behind it", _document(lambda right: json.dumps(right.document) + "\n)]}',\n{}")),
    Hostile("half-json", "a right answer cut in half", _document(lambda right: json.dumps(right.document)[: len(json.dumps(right.document)) // 2])),
    Hostile("wrong-types", "every member is an object of the wrong kind", _document(lambda right: json.dumps({name: {"$ref": "#", "x": [value]} for name, value in right.document.items()}))),
    Hostile("charset-nonsense", "a charset that does not exist", _raw(b'{"error": 401, "message": "x"}', (("Content-Type", 'application/json; charset=rot13; charset="\\"'),))),
    Hostile("field-of-60-kb", "a right answer with a field of 60,000 control characters", lambda peer, heard: peer.answer(heard, (("X-Filler", "\x85\x9f" * 30_000),))),
    Hostile("field-of-tokens", "a right answer with a field of 2,000 different tokens", lambda peer, heard: peer.answer(heard, (("X-Filler", "&".join(f"token=a1b2c3d4e5f6{number}" for number in range(2_000))),))),
    Hostile("fields-to-the-cap", "a right answer with 9,000 fields", lambda peer, heard: peer.answer(heard, (("a", "b"),) * 9_000)),
    Hostile("type-flood", "a Content-Type with 5,000 parameters", _raw(b'{"error": 401, "message": "x"}', (("Content-Type", "application/json" + ";a=b" * 5_000),))),
)  # fmt: skip
