"""The fixed list of requests by which a mutant is told from the server it was made from."""

# ruff: noqa: S324 - weak hashes are what some mutants accept

from __future__ import annotations

import base64
import hashlib
import html
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

from tests.reference.conftest import CLIENT_ID, CLIENT_SECRET
from tests.reference.wire import Probe

JSON = (("content-type", "application/json"),)
PAIR = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}
NOBODY = {"clientId": "nobody", "clientSecret": "nothing at all"}
GOOD = json.dumps(PAIR).encode()
BAD = json.dumps(NOBODY).encode()


def _pair(client_id: str, secret: str) -> bytes:
    return json.dumps({"clientId": client_id, "clientSecret": secret}).encode()


def _spellings() -> Iterator[bytes]:
    yield json.dumps(dict(reversed(PAIR.items()))).encode()
    yield b" \r\n\t" + json.dumps(PAIR, indent=1).encode() + b"\n"
    yield GOOD.replace(b"K", b"\\u004b").replace(b"Z", b"\\u005A")
    yield GOOD.replace(b"clientId", b"client\\u0049d")
    yield b" " * 5_000 + GOOD
    yield b"\n" + GOOD
    yield GOOD.replace(b",", b",\t")


def _members() -> Iterator[dict[str, Any]]:
    yield {f"m{i}": i for i in range(20)}
    yield {"a": {"b": []}}
    yield {"a": None}
    yield {"": 1, "x" * 80: 1, "\u00e9": 1, "$a": 1, "a.b": 1, "id": 1}
    yield {"grant_type": "password", "scope": "a"}
    yield {"login": PAIR}
    yield {"CLIENTID": "x", "client_id": "x"}
    yield {"a": "<b>'", "b": 1 << 60}
    yield {"__proto__": {}, "constructor": {}}
    yield {"accessToken": "x", "tokenType": "x", "expiresIn": -1}


def _fields() -> Iterator[tuple[str, str]]:
    yield from (
        ("authorization", "Bearer x"), ("authorization", "Basic eDp5"), ("accept", "text/html"),
        ("accept", "application/json;q=0.5"), ("accept-language", "es"), ("accept-charset", "utf-8"),
        ("origin", "https://x.example"), ("cookie", "a=b"), ("referer", "https://x.example/"),
        ("x-forwarded-for", "10.0.0.1"), ("if-none-match", "*"), ("if-modified-since", "x"), ("range", "bytes=0-1"),
        ("x-http-method-override", "GET"), ("x-forwarded-host", "x"), ("x-long", "x" * 2_000), ("traceparent", "0"),
        ("cookie", "a"), ("accept-encoding", "gzip"), ("expect", "100-continue"),
        ("idempotency-key", "1"), ("x-forwarded-proto", "http"),
    )  # fmt: skip


def _texts() -> Iterator[str]:
    yield from (
        "", "'", '"', "\\", "\0", "\U0001f600", "\n\x01", "%s%", "{x}", "${x}", "<b>", "\u202e", "e\u0301", "\u00e9",
        "\u0416", "\uffff", "\u2028", "9" * 25, "x" * 300, "x" * 5_000, "x" * 70_000, "a b", "*", "../", "__proto__", "a-b", "test",
        "' OR '1'='1", "x" * 80, "abc\n",
    )  # fmt: skip


_SYNTAX = (
    b"", b" \n", b"{", GOOD[:-1], GOOD + b"x", b"x" + GOOD, GOOD[:-1] + b",}", b"{," + GOOD[1:],
    GOOD.replace(b", ", b" "), b"/* */" + GOOD, GOOD.replace(b'"', b"'"), GOOD.replace(b'"clientId"', b"clientId"),
    GOOD.replace(b": ", b"="), GOOD[:-1] + b',"x":NaN}', GOOD[:-1] + b',"x":0x1}', GOOD[:-1] + b',"x":01}',
    GOOD[:-1] + b',"x":"\n"}', GOOD[:-1] + b',"x":True}', GOOD[:-1] + b',"x":"\\q"}',
    f"clientId: {CLIENT_ID}\nclientSecret: {CLIENT_SECRET}\n".encode(), GOOD + b"\0x", b"clientId=a&clientSecret=b",
    GOOD + b"\n{}", BAD + b"x", BAD[:-1] + b",}", b"/**/" + BAD, BAD.replace(b'"', b"'"), BAD[:-2] + b'\n"}', BAD[:-1] + b',"x":NaN}',
)  # fmt: skip
_UNUSUAL = (
    b"\xef\xbb\xbf" + GOOD, GOOD[:-1] + b',"clientSecret":"x"}', GOOD[:-2] + b'\xff"}', BAD[:-2] + b'\\ud800"}',
    b"[" * 200 + b"]" * 200, b'{"a":' * 200 + b"1" + b"}" * 200, GOOD[:-1] + b',"x":' + b"9" * 400 + b"}",
    BAD[:-1] + b',"x":' + b"9" * 5000 + b"}", GOOD[:-1] + b',"x":1e999}', GOOD[:-1] + b',"x":' + b"9" * 30 + b"}", GOOD[:-1] + b',"x":1e300}',
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    [], [PAIR], None, "x", json.dumps(PAIR), 1, 1.5, True, [CLIENT_ID, CLIENT_SECRET], {"data": PAIR},
    {"credentials": PAIR}, {}, {"clientId": CLIENT_ID}, {"clientSecret": CLIENT_SECRET},
    {"CLIENTID": CLIENT_ID, "clientsecret": CLIENT_SECRET}, {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    {" clientId": CLIENT_ID, "clientSecret ": CLIENT_SECRET}, {"id": CLIENT_ID, "secret": CLIENT_SECRET},
    {"username": CLIENT_ID, "password": CLIENT_SECRET},
    *({**PAIR, "clientSecret": value} for value in (
        None, True, False, 0, 7, [], {}, [CLIENT_SECRET], [CLIENT_SECRET[:9], CLIENT_SECRET[9:]],
        {"value": CLIENT_SECRET}, {"$eq": CLIENT_SECRET}, {"$ne": None}, {"toString": 1})),
    *({**PAIR, "clientId": value} for value in (None, True, 7, [CLIENT_ID], {"$ne": None})),
)  # fmt: skip
_TYPES = (
    "text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "text/html", "application/xml",
    "multipart/form-data", "application/jsonp", "json", "",
)  # fmt: skip
_METHODS = ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "QUERY", "BREW", "post")


def _channels() -> Iterator[Probe]:
    form = urllib.parse.urlencode(PAIR)
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    parts = "".join(f'--b\r\ncontent-disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in PAIR.items())
    markup = "".join(f"<{name}>{value}</{name}>" for name, value in PAIR.items())
    yield Probe("channel form", form.encode(), headers=(("content-type", "application/x-www-form-urlencoded"),))
    yield Probe(
        "channel multipart", f"{parts}--b--".encode(), headers=(("content-type", "multipart/form-data; boundary=b"),)
    )
    yield Probe("channel xml", f"<x>{markup}</x>".encode(), headers=(("content-type", "application/xml"),))
    yield Probe("channel query", b"", path=f"/oauth/token?{form}")
    yield Probe("channel query in GET", method="GET", path=f"/oauth/token?{form}", headers=())
    yield Probe("channel basic", b"", headers=(*JSON, ("authorization", f"Basic {basic}")))
    yield Probe("channel basic beside an object", b"{}", headers=(*JSON, ("authorization", f"Basic {basic}")))
    yield Probe("channel fields", b"", headers=(*JSON, ("x-client-id", CLIENT_ID), ("x-client-secret", CLIENT_SECRET)))
    yield Probe("channel cookie", b"", headers=(("cookie", f"clientId={CLIENT_ID}; clientSecret={CLIENT_SECRET}"),))
    trusted = (*JSON, ("x-forwarded-for", "127.0.0.1"), ("x-internal", "true"))
    yield Probe("channel trusted", _pair(CLIENT_ID, "nothing at all"), headers=trusted)
    yield Probe("channel override", GOOD, "GET", headers=(*JSON, ("x-http-method-override", "POST")))


def by_class() -> tuple[Probe, ...]:
    """Requests of each class of design section 5, plainest first."""
    return (
        Probe("good", GOOD),
        Probe("bad", BAD),
        *(Probe(f"not JSON {i}", body) for i, body in enumerate(_SYNTAX)),
        *(Probe(f"value {i}", json.dumps(value).encode()) for i, value in enumerate(_VALUES)),
        *(Probe(f"unusual {i}", body) for i, body in enumerate(_UNUSUAL)),
        *(Probe(f"typed {t}", body, headers=(("content-type", t),)) for t in _TYPES for body in (GOOD, BAD)),
        *(Probe(m, GOOD, m) for m in _METHODS),
        *(Probe(f"spelling {i}", body) for i, body in enumerate(_spellings())),
        *(Probe(f"members {i}", json.dumps({**PAIR, **m}).encode()) for i, m in enumerate(_members())),
        *(Probe(f"field {f[0]}", GOOD, headers=(*JSON, f)) for f in _fields()),
        *(Probe(f"text {i}", _pair(text, text)) for i, text in enumerate(_texts())),
        *(Probe(f"secret {i}", _pair(CLIENT_ID, text)) for i, text in enumerate(_texts())),
        *(
            Probe(f"typed {t}", body, headers=(("content-type", t),) if t else ())
            for t in (
                "application/json; charset=utf-8",
                "Application/JSON",
                "application/json;charset=x",
                "a/b+json",
                "",
            )
            for body in (GOOD, BAD)
        ),
        *_channels(),
        Probe("nowhere", path="/nowhere"),
        Probe("oversize", b" " * (1 << 20) + GOOD),
    )


def near(true: str) -> Iterator[str]:
    """Texts near a true one, one for each way of taking them for it."""
    yield from (
        true[:6],
        true[:-1],
        true[-6:],
        true[1:],
        true[5:15],
        true + "x",
        "x" + true,
        "x" + true + "x",
        true + true,
    )
    yield from (
        "",
        "   ",
        true[:-1] + "!",
        "!" + true[1:],
        true[:10] + "!!!" + true[13:],
        true[:70] + "!" * (len(true) - 70),
    )
    yield from (
        true[:8] + "!",
        true[:16] + "!",
        true[:32] + "!",
        true + "\0x",
        true + "\U0001f600x",
        true + "\nx",
        true + " x",
    )
    yield from (true + ";x", "!" * len(true), true[1:] + true[0], true[::-1], true[:4] + true[5] + true[4] + true[6:])
    yield from ("".join(sorted(set(true))), true[:20] + true[21:], true.swapcase(), true.lower(), true.upper())
    yield from (
        true[0].swapcase() + true[1:],
        f" {true} ",
        f" {true}",
        f"{true} ",
        f"{true}\n",
        f"\t{true}",
        f"{true}\u00a0",
    )
    yield from (
        true[:5] + " " + true[5:],
        true[:5] + "\x01" + true[5:],
        true[:5] + "\u200b" + true[5:],
        true[:5] + "\u00ad" + true[5:],
    )
    yield from (true.replace("-", "").replace("+", "").replace("_", ""), true + "\u00e9", true.replace("K", "\u212a"))
    yield from (
        "".join(chr(ord(c) + 0xFEE0) for c in true),
        true[:5] + "\u0301" + true[5:],
        true.translate({ord("a"): "\u0430", ord("e"): "\u0435"}),
    )
    yield from (
        "".join(chr(ord(c) + 0x100) for c in true),
        "".join(f"%{ord(c):02x}" for c in true),
        true.replace("E", "%45"),
    )
    yield from (
        base64.b64encode(true.encode()).decode(),
        true.encode().hex(),
        "".join(f"\\u{ord(c):04x}" for c in true),
    )
    yield from (
        "".join(f"&#{ord(c)};" for c in true),
        html.escape(true),
        f'"{true}"',
        f"\\{true}",
        f"{true}+",
        f"a,{true},b",
    )
    yield from (
        "%",
        "*",
        ".*",
        true[:3] + "%",
        "' OR '1'='1",
        f"{true}'--",
        "null",
        "undefined",
        "true",
        "0",
        "[object Object]",
    )
    yield from (hashlib.sha256(true.encode()).hexdigest(), hashlib.md5(true.encode()).hexdigest())
    yield from (
        hashlib.sha1(true.encode()).hexdigest(),
        f"Basic {true}",
        "password",
        f"{true}:x",
        f"{true}@x",
        f"./{true}",
    )
    yield from (
        f"{true}@clients",
        f"{CLIENT_ID}:{true}",
        hashlib.sha256(f"{CLIENT_ID}:{true}".encode()).hexdigest(),
        "other",
    )
    late = len(true) * 3 // 4
    yield from (true[:late] + "!" + true[late + 1 :], f"{true}=")
    yield from (true[:64] + "!" * (len(true) - 64), true.replace("l", "1").replace("0", "O"), true[:5] + true[4:])


def by_credentials() -> tuple[Probe, ...]:
    """Requests with credentials near the true pair, or near nothing."""
    others = [
        (CLIENT_SECRET, CLIENT_ID),
        (CLIENT_ID, CLIENT_ID),
        (CLIENT_ID + CLIENT_SECRET[0], CLIENT_SECRET[1:]),
        ("x", "x"),
        ("x", "y"),
        ("x", ""),
        *(("x", word) for word in ("undefined", "None", "null")),
        *((text, text) for text in _texts()),
    ]
    return (
        *(Probe(f"near secret {i}", _pair(CLIENT_ID, secret)) for i, secret in enumerate(near(CLIENT_SECRET))),
        *(Probe(f"near id {i}", _pair(client_id, CLIENT_SECRET)) for i, client_id in enumerate(near(CLIENT_ID))),
        *(Probe(f"near other {i}", _pair(*pair)) for i, pair in enumerate(others)),
        Probe("assigned", json.dumps({**NOBODY, "error": "x", "message": 0}).encode()),
    )
