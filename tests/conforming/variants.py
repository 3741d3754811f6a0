"""The conforming variants, by name: each conforms under a careful reading of design, section 5, in strict mode too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.utils import formatdate

from tests.conforming import frameworks
from tests.conforming.face import (
    Casing,
    Credentials,
    Face,
    Framing,
    Json,
    Outside,
    Repeats,
    Throttle,
    TokenStyle,
    Wait,
)
from tests.conforming.server import serving

Start = Callable[[Credentials, int], AbstractContextManager[str]]


@dataclass(frozen=True, slots=True)
class Variant:
    """A conforming server.

    name: kebab case.
    line: what is special about it, in one line.
    begin: starts it for a client on a port; its context yields the base URL.
    throttles: it answers some requests with 429, so whoever talks to it has to come back.
    """

    name: str
    line: str
    begin: Start
    throttles: bool = False

    def start(self, credentials: Credentials | None = None, port: int = 0) -> AbstractContextManager[str]:
        """Serve it for one client; the context yields the base URL."""
        return self.begin(credentials or Credentials(), port)


def _face(name: str, line: str, face: Face) -> Variant:
    throttles = bool(face.throttle.every or face.throttle.limit)
    return Variant(name, line, lambda credentials, port: serving(face, credentials, port), throttles)


def _token(name: str, line: str, style: TokenStyle, clock: int = 0) -> Variant:
    return _face(name, line, Face(token=style, clock=clock))


_WIRE = (
    _face("plain", "Nothing special: HTTP/1.1, Content-Length, compact JSON, RS256", Face()),
    _face("chunked", "Transfer-Encoding: chunked on every answer", Face(framing=Framing.CHUNKED)),
    _face(
        "chunked-extended",
        "Chunk extensions and a trailer field",
        Face(framing=Framing.EXTENDED, more_headers=(("Trailer", "Server-Timing"),)),
    ),
    _face("http-1.0", "Answers as HTTP/1.0 and closes", Face(version="1.0")),
    _face(
        "http-1.0-until-close",
        "HTTP/1.0 bodies that end with the connection",
        Face(version="1.0", framing=Framing.CLOSE, date=False),
    ),
    _face("keep-alive-refused", "Connection: close on every answer", Face(announces_close=True)),
    _face("keep-alive-race", "Closes the idle connection after each third answer, unannounced", Face(closes_after=3)),
    _face("single-threaded", "One connection at a time", Face(serial=True)),
    _face("segments", "Sends an answer in many small segments", Face(dribbles=True)),
    _face("early-hints", "A 103 before every answer", Face(early_hints=True)),
    _face("slow-at-times", "Every fortieth answer takes 0.4 s", Face(slow_every=40)),
    _face(
        "lower-case-fields",
        "Field names in lower case, in reverse order, without a space after the colon",
        Face(casing=Casing.LOWER, reversed_order=True, space=""),
    ),
    _face(
        "upper-case-fields",
        "Field names in upper case, media type too, tabs for white space, no reason phrase",
        Face(casing=Casing.UPPER, space=" \t", reason="", content_type="APPLICATION/JSON;CHARSET=UTF-8"),
    ),
    _face(
        "behind-a-proxy",
        "The fields that gateways and security middleware add",
        Face(
            more_headers=(
                ("Server", "nginx"),
                ("Via", "1.1 google, 1.1 varnish (Varnish/7.4)"),
                ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
                ("X-Content-Type-Options", "nosniff"),
                ("Access-Control-Allow-Origin", "*"),
                ("Set-Cookie", "lb=a1; Path=/; HttpOnly"),
                ("Set-Cookie", "region=eu; Path=/"),
                ("Vary", "Origin, Accept-Encoding"),
                ("ETag", 'W/"2f-abc"'),
                ("X-Request-Id", "0b7e4f6a-0000-4000-8000-5d1f3c2b1a09"),
                ("Alt-Svc", 'h3=":443"; ma=86400'),
            ),
            reason="Done",
        ),
    ),
    _face(
        "cookies",
        "A load balancer's cookies and a session that nobody is let in by",
        Face(
            more_headers=(
                (
                    "Set-Cookie",
                    f"AWSALB=uT5wPz81QhRn3sFdXyJ0LgKaCe7VbM29iHtSoNf4; Expires={formatdate(4e9, usegmt=True)}; Path=/",
                ),
                (
                    "Set-Cookie",
                    "connect.sid=s%3AaYq2mQ9tR7uWcZ1vB3nK.k5L0pO8iU6yT; Path=/; HttpOnly; Secure; SameSite=Lax",
                ),
                ("Set-Cookie", "flash=; Path=/; Max-Age=0"),
            )
        ),
    ),
    _face("gzip", "gzip for those who ask", Face(codings=("gzip",))),
    _face("deflate-chunked", "deflate for those who ask, chunked", Face(codings=("deflate",), framing=Framing.CHUNKED)),
    _face("brotli", "br before gzip for those who ask", Face(codings=("br", "gzip"))),
)

_BODIES = (
    _face("pretty-json", "Indented JSON with a final line feed, raw Unicode", Face(json=Json.PRETTY)),
    _face("escaped-json", r"Every character of every string as \u", Face(json=Json.ESCAPED)),
    _face(
        "slashes-escaped",
        r"Solidus written as \/, charset on the media type",
        Face(json=Json.SLASHES, content_type="application/json; charset=utf-8"),
    ),
    _face(
        "more-members",
        "Undeclared members in every body, spaces in the JSON",
        Face(more_members=True, json=Json.SPACED),
    ),
    _face("own-error-codes", "error is a code of the API's own", Face(error_codes=(40001, 40101), one_message=True)),
    _face("odd-error-codes", "error is negative, or the largest int32", Face(error_codes=(-1, 2**31 - 1))),
    _face("zero-error-code", "error is 0 and 1, one message for every 400", Face(error_codes=(0, 1), one_message=True)),
    _face("quotes-the-body", "A short body that is no JSON stands in its refusal, as V8 has it", Face(quotes=40)),
    _face("names-the-client", "A refusal names the client id that was asked for", Face(names_client=10_000)),
    _face(
        "names-the-client-loudly",
        "A refusal names the client id that was asked for in capital letters, and each character as an escape",
        Face(names_client=10_000, names_client_loudly=True, json=Json.ESCAPED),
    ),
    _face("names-the-client-in-part", "A refusal names 20 characters of the client id", Face(names_client=20)),
    _face("plain-text-outside", "text/plain where nothing is documented", Face(outside=Outside.TEXT)),
    _face("html-outside", "HTML where nothing is documented", Face(outside=Outside.HTML)),
    _face(
        "length-required",
        "A page of the web server's for a POST without Content-Length",
        Face(no_length=411, outside=Outside.HTML),
    ),
    _face("empty-outside", "No body where nothing is documented", Face(outside=Outside.EMPTY)),
    _face(
        "several-challenges",
        "Three challenges in one field, no-store and no-cache in two",
        Face(
            challenges=(
                'Bearer realm="partners", error="invalid_client", error_description="no, \\"such\\" client"',
                "Negotiate",
                'Basic realm="partners, api", charset="UTF-8"',
            ),
            cache_control=("no-store", "no-cache, must-revalidate"),
            expires_header=True,
        ),
    ),
    _face(
        "challenges-apart",
        "Two challenges in two fields, no-store in capitals",
        Face(challenges=("bearer", "DPoP algs=ES256"), one_challenge_field=False, cache_control=("No-Store, Private",)),
    ),
)

_READING = (
    _face(
        "strict-reader",
        "Refuses duplicates, empty strings, control and no characters, halves of surrogate pairs, __proto__, +json",
        Face(
            noncharacter=400,
            repeats=Repeats.REFUSED,
            empty_credential=400,
            control_credential=400,
            lone_surrogate=400,
            charged_names=400,
            plus_json=415,
            no_media_type=415,
        ),
    ),
    _face(
        "lenient-reader",
        "Takes a byte order mark, invalid UTF-8, the last of duplicates",
        Face(takes_bom=True, takes_bad_utf8=True, repeats=Repeats.LAST),
    ),
    _face("first-duplicate", "The first of duplicate members counts", Face(repeats=Repeats.FIRST, lone_surrogate=400)),
    _face(
        "only-documented-statuses",
        "400 or 401 for everything, whatever went wrong",
        Face(
            media_type=400,
            plus_json=400,
            no_media_type=400,
            too_large=400,
            wrong_method=400,
            head=400,
            options=400,
            unknown_method=400,
            query=400,
        ),
    ),
    _face(
        "not-found",
        "404 for every other method and for a query",
        Face(wrong_method=404, head=404, options=404, unknown_method=404, query=404),
    ),
    _face(
        "strict-request-line",
        "A query that is no URI is refused in HTML by the web server, as Tomcat and Java's own do",
        Face(strict_target=True, outside=Outside.HTML),
    ),
    _face(
        "reader-of-forms",
        "A multipart body without parts and a query that contradicts itself are refused in HTML, as Rack does",
        Face(reads_forms=True, outside=Outside.HTML),
    ),
    _face(
        "router-of-methods",
        "A method HTTP does not know is refused in JSON of the router's own, as Fastify does",
        Face(unknown_method=404, unknown_page=Outside.ROUTER),
    ),
    _face(
        "page-that-names-the-url",
        "The page for a method nobody serves names the URL, query included, as Bottle has it",
        Face(names_target=True, outside=Outside.HTML),
    ),
    _face(
        "guarded-router",
        "401 for every other method, 204 to OPTIONS and HEAD, 501 to a method HTTP does not know",
        Face(wrong_method=401, head=204, options=204, unknown_method=501),
    ),
    _face(
        "forgery-guard",
        "A request that another site's page refers to is a 403 in plain text, as Rack's protection has it",
        Face(foreign_referer=403, outside=Outside.TEXT),
    ),
    _face("traces-nothing", "An empty Allow for TRACE, as Apache has it", Face(traces_nothing=True)),
    _face("range-filter", "Range is honoured for every method, as by Apache's filter", Face(ranges=True)),
    _face("small-bodies", "413 above 64 KiB", Face(largest_body=64 << 10)),
    _face(
        "early-413",
        "413 on the announced length, before the body is read, then closes",
        Face(largest_body=64 << 10, early_refusal=True, outside=Outside.HTML),
    ),
)

_TOKENS = (
    _token("hs256-bare", "HS256 with userId and exp only", TokenStyle(alg="HS256", kid=None, claims="bare")),
    _token("hs512-no-typ", "HS512 without typ", TokenStyle(alg="HS512", typ=None, kid=None, claims="profile")),
    _token("es256", "ES256, at+jwt, an array of audiences", TokenStyle(alg="ES256", typ="at+jwt", claims="profile")),
    _token("es512", "ES512, dates with a fraction", TokenStyle(alg="ES512", claims="fractional")),
    _token("eddsa", "EdDSA, short-lived", TokenStyle(alg="EdDSA", claims="profile", lifetime=120)),
    _token("ps256", "PS256, custom claims of every type", TokenStyle(alg="PS256", claims="custom")),
    _token("rs512-backdated", "RS512, nbf a minute back", TokenStyle(alg="RS512", typ="jwt", claims="late")),
    _token("cached", "The same token for 2 s, expiresIn counting down", TokenStyle(claims="profile", cached=2)),
    _token(
        "cached-long",
        "The same token for an hour, expiresIn counting down",
        TokenStyle(alg="ES384", cached=3600, lifetime=3600),
    ),
    _token("clock-ahead", "A clock one second ahead", TokenStyle(claims="profile"), clock=1),
    _token("clock-behind", "A clock one second behind", TokenStyle(claims="fractional", cached=2), clock=-1),
)

_THROTTLING = (
    _face(
        "quota-fields",
        "The x-ratelimit fields and retry-after: 0 on every answer",
        Face(throttle=Throttle(limit=5000, window=60.0, headers=True)),
    ),
    _face(
        "throttled-once-in-7",
        "429 to every seventh request, Retry-After: 0",
        Face(throttle=Throttle(every=7, wait=Wait.ZERO)),
    ),
    _face(
        "throttled-window",
        "60 requests a second, then 429 with Retry-After in seconds",
        Face(throttle=Throttle(limit=60, window=1.0, headers=True)),
    ),
    _face("throttled-date", "429 with an HTTP-date", Face(throttle=Throttle(limit=120, wait=Wait.DATE))),
    _face(
        "throttled-reset",
        "429 with x-ratelimit-reset only",
        Face(throttle=Throttle(every=90, wait=Wait.RESET), announces_close=True),
    ),
    _face("throttled-silent", "429 that does not say when", Face(throttle=Throttle(every=60, wait=Wait.NOTHING))),
)

_FRAMEWORKS = (
    Variant(
        "starlette",
        "Starlette on uvicorn, gzip, plain text for 404 and 405",
        lambda credentials, port: frameworks.uvicorn_serving(frameworks.starlette_by_hand(credentials), port),
    ),
    Variant(
        "starlette-typed",
        "Starlette with a typed decoder, 404 for wrong methods, 400 for other media types",
        lambda credentials, port: frameworks.uvicorn_serving(
            frameworks.starlette_typed(credentials), port, "httptools"
        ),
    ),
    Variant(
        "werkzeug",
        "Werkzeug's own server, HTML for 404, 405, 413, 415",
        lambda credentials, port: frameworks.wsgi_serving(frameworks.werkzeug_app(credentials), port),
    ),
    Variant("stdlib", "http.server: HTTP/1.0, one connection at a time", frameworks.stdlib_serving),
)

VARIANTS: tuple[Variant, ...] = (*_WIRE, *_BODIES, *_READING, *_TOKENS, *_THROTTLING, *_FRAMEWORKS)


def named(name: str) -> Variant:
    """The variant of that name; raises KeyError."""
    return {variant.name: variant for variant in VARIANTS}[name]
