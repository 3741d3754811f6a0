"""Other media types, other channels, other methods."""

from __future__ import annotations

import base64
import json
from html import escape
from urllib.parse import urlencode

from msgspec.structs import replace

from conformance.messages import Disguise, HeaderPairs
from conformance.pair import CLIENT_SECRET
from conformance.scenarios.material import JSON, TRUSTED, Material, compact
from conformance.scenarios.model import Probe, Rank, Scenario
from conformance.secret import Secret

MULTIPART = "decoyboundary"
FURTHER_MEDIA = (
    "application/javascript",
    "application/yaml",
)
#: what some framework or other takes for an order, or for structure; none of it contradicts the rest, which Rack refuses itself
OPTIONS = "?callback=cb&debug=1&_method=DELETE&pretty=1&a%5B%5D=1&b%5Bc%5D=2"
ODD = "?a[]=1&a[b]=2&x=%&y=%zz"  # what some reader of queries chokes on, and no URI
#: fields that are not what their own grammars say, for whoever reads them before the body
BROKEN = (
    ("Authorization", "decoy"),
    ("Cookie", "=; %zz; decoy"),
    ("traceparent", "decoy"),
    ("X-Forwarded-For", "decoy, "),
    ("Accept-Language", "xx-;q=decoy"),
    ("If-Modified-Since", "decoy"),
    ("Range", "decoy"),
)
#: of a body that is refused for what is not in it
REFUSED = frozenset({400})
FURTHER_METHODS = ("LOCK", "QUERY", "REPORT", "LINK", "COPY", "HEAD", "OPTIONS")


def _typed(media: str) -> HeaderPairs:
    return (("Content-Type", media),)


def scenarios(material: Material) -> tuple[Scenario, ...]:
    """Every scenario about the way a body is sent."""
    return (
        Scenario("media.other", "A media type that is not JSON", tuple(_other_media(material))),
        Scenario("media.json-like", "No Content-Type, or a +json one", tuple(_json_like(material))),
        Scenario("channel.query", "Credentials in the query", tuple(_query(material)), frozenset({"secret-in-url"})),
        Scenario("channel.headers", "Credentials and tokens in header fields", tuple(_fields(material))),
        Scenario("path.other", "A path the contract does not have", tuple(_paths(material))),
        Scenario("method.other", "Another method on a documented path", tuple(_methods(material))),
        Scenario("json.empty", "An empty body", tuple(_empty(material))),
    )


def _empty(material: Material) -> list[Probe]:
    return [
        Probe(material.raw(b""), Rank.SPARE),
        Probe(material.raw(b" \r\n\t")),
        *(Probe(material.raw(b""), Rank.NIGHTLY) for _ in material.times(40, Rank.NIGHTLY)),
    ]


def _form(material: Material) -> bytes:
    """The true pair as a form, by the names of the contract and by those of RFC 6749, section 4.4."""
    own = material.credentials
    theirs = {
        "grant_type": "client_credentials",
        "client_id": own.client_id,
        "client_secret": own.client_secret.reveal(),
    }
    return urlencode({**material.pair, **theirs}, errors="surrogatepass").encode()


def _either(material: Material) -> bytes:
    """What is a form to those who read forms, and JSON to those who read everything as JSON: the true pair to both."""
    return compact({"form": f"&{_form(material).decode()}&", **material.pair})


def _other_media(material: Material) -> list[Probe]:
    true, decoy = compact(material.pair), compact(material.decoy("media"))
    parts = "".join(
        f'--{MULTIPART}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in material.pair.items()
    )
    multipart = f"{parts}--{MULTIPART}--\r\n".encode("utf-8", "surrogatepass")
    members = "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in material.pair.items())
    xml = f"<AuthenticateRequest>{members}</AuthenticateRequest>".encode("utf-8", "surrogatepass")
    yaml = "".join(f"{name}: {json.dumps(value)}\n" for name, value in material.pair.items()).encode()
    form = _typed("application/x-www-form-urlencoded")
    fields, typed = Probe(material.raw(_form(material), form)), Probe(material.raw(true, form))
    return [
        Probe(material.raw(true, _typed("text/plain"))),
        Probe(material.raw(_either(material), form), Rank.SMOKE, (fields, typed)),
        fields,
        typed,
        Probe(material.raw(multipart, _typed(f"multipart/form-data; boundary={MULTIPART}"))),
        Probe(material.raw(true, _typed("application/xml"))),
        Probe(material.raw(xml, _typed("application/xml"))),
        Probe(material.raw(true, _typed("application/octet-stream"))),
        Probe(material.raw(true, _typed("text/html"))),
        *(Probe(material.raw(decoy, _typed("text/plain"))) for _ in range(2)),
        Probe(material.raw(decoy, _typed("nonsense"))),
        Probe(material.raw(true, _typed(f"multipart/form-data; boundary={MULTIPART}"))),
        Probe(material.raw(yaml, _typed("application/yaml")), Rank.NIGHTLY),
        *(Probe(material.raw(true, _typed(media)), Rank.NIGHTLY) for media in FURTHER_MEDIA),
        *(Probe(material.raw(decoy, _typed(media)), Rank.NIGHTLY) for media in ("", "*/*", "json", "/")),
        *(Probe(material.raw(decoy, _typed("text/plain")), Rank.NIGHTLY) for _ in material.times(30, Rank.NIGHTLY)),
    ]


def _json_like(material: Material) -> list[Probe]:
    true, decoy = compact(material.pair), compact(material.decoy("json-like"))
    like = _typed("application/vnd.api+json")
    return [
        Probe(material.raw(decoy, ())),
        Probe(material.raw(true, ())),
        Probe(material.raw(decoy, like)),
        Probe(material.raw(true, like)),
        Probe(material.raw(None, ())),
        Probe(material.raw(b"{", like), Rank.NIGHTLY),
        Probe(material.raw(decoy, _typed("application/json; charset=x-decoy"))),
        Probe(material.raw(true, _typed("application/json; charset=utf-16")), Rank.NIGHTLY),
        Probe(material.raw(decoy, _typed("application/json; charset=")), Rank.NIGHTLY),
    ]


def _query(material: Material) -> list[Probe]:
    query = "?" + urlencode(material.pair)
    shown = Disguise(Secret(query[1:]), "", "the true pair as a query")
    basic, hidden = _basic(material)
    fields, true = (*JSON, basic, *_named(material)), compact(material.pair)
    posted = Probe(material.raw(b"", query=query, disguises=(shown,)))
    empty = Probe(material.raw(b""))
    got = Probe(material.raw(None, (), method="GET", query=query, disguises=(shown,)))
    # every channel at once; told apart only where it trips
    return [
        Probe(
            material.raw(b"", fields, query=query, disguises=(shown, hidden)),
            Rank.SMOKE,
            (
                empty,
                posted,
                Probe(material.raw(b"", (*JSON, basic), disguises=(hidden,))),
                Probe(material.raw(b"", (*JSON, *_named(material)))),
            ),
            settled=REFUSED,
        ),
        Probe(
            material.raw(true, fields, method="GET", query=query, disguises=(shown, hidden)),
            Rank.SMOKE,
            (got, Probe(material.raw(true, method="GET"))),
        ),
        Probe(material.raw(compact(material.decoy("options")), (*JSON, ("X-Debug", "1")), query=OPTIONS)),
        Probe(material.raw(compact(material.decoy("odd")), query=ODD)),
        Probe(material.raw(true, query=OPTIONS)),
        posted,
        # for whoever looks there only where a member is missing
        Probe(material.raw(b"{}", query=query, disguises=(shown,))),
        got,
    ]


def _named(material: Material) -> HeaderPairs:
    """The true pair in fields of their own and in a cookie, as far as a field can hold it (RFC 9110, section 5.5)."""
    client_id, secret = material.pair.values()
    if not (f"{client_id}{secret}".isascii() and f"{client_id}{secret}".isprintable()):
        return ()
    cookie = (
        ()
        if set(f"{client_id}{secret}") & set(' ",;\\')
        else (("Cookie", f"clientId={client_id}; clientSecret={secret}"),)
    )
    return (("X-Client-Id", client_id), ("X-Client-Secret", secret), *cookie)


def _basic(material: Material) -> tuple[tuple[str, str], Disguise]:
    """The true pair as an Authorization field (RFC 7617, section 2), and how to write it for a person."""
    own = material.credentials
    basic = base64.b64encode(f"{own.client_id}:{own.client_secret.reveal()}".encode("utf-8", "surrogatepass")).decode()
    return ("Authorization", f"Basic {basic}"), Disguise(Secret(basic), "", "the true pair for Basic")


def _fields(material: Material) -> list[Probe]:
    basic, shown = _basic(material)
    decoy = compact(material.decoy("fields"))
    page = ("Accept", "text/html, application/xhtml+xml, */*;q=0.8")
    cookie = ("Cookie", "session=decoy; token=decoy")
    harmless = (page, ("User-Agent", "curl/8.5.0"), cookie, ("Range", "bytes=0-3"), *TRUSTED)
    wrong = compact({**material.pair, CLIENT_SECRET: material.decoy("fields")[CLIENT_SECRET]})
    single = tuple(Probe(material.raw(wrong, (*JSON, one))) for one in harmless)
    broken = tuple(Probe(material.raw(decoy, (*JSON, one))) for one in BROKEN)
    # beside an object, for whoever looks elsewhere only where a member is missing
    by_basic, by_name = (
        Probe(material.raw(b"{}", (*JSON, basic), disguises=(shown,))),
        Probe(material.raw(b"{}", (*JSON, *_named(material)))),
    )
    return [
        Probe(
            material.raw(b"{}", (*JSON, basic, *_named(material)), disguises=(shown,)),
            parts=(Probe(material.raw(b"{}")), by_basic, by_name),
            settled=REFUSED,
        ),
        by_basic,
        Probe(material.raw(decoy, (*JSON, ("Authorization", "Bearer decoy.decoy.decoy"))), Rank.NIGHTLY),
        Probe(material.raw(decoy, (*JSON, *BROKEN)), parts=broken),
        Probe(material.raw(wrong, (*JSON, *harmless)), parts=single),
        *(Probe(material.raw(body, (*JSON, page)), Rank.NIGHTLY) for body in (b"{}", b"{")),
        Probe(material.raw(decoy, (*JSON, ("Accept-Encoding", "gzip, deflate, br")))),
        Probe(material.json(material.pair, (*JSON, ("Accept-Encoding", "gzip, deflate, br")))),
        Probe(material.raw(decoy, (*JSON, ("X-HTTP-Method-Override", "GET")))),
    ]


def _methods(material: Material) -> list[Probe]:
    true = compact(material.pair)
    with_body = [
        Probe(material.raw(true, method=method), Rank.SPARE if method == "PUT" else Rank.RELEASE)
        for method in ("PUT", "GET", "PATCH", "DELETE")
    ]
    bare = [Probe(material.raw(None, (), method=method)) for method in ("GET", "HEAD", "OPTIONS")]
    # TRACE gives back what it was sent, cookies that a script must not see among it (RFC 9110, section 9.3.8)
    cookie = (("Cookie", f"session={material.decoy('trace')[CLIENT_SECRET]}"),)
    trace = Probe(material.raw(None, cookie, method="TRACE"), Rank.SPARE)
    made_up = [Probe(material.raw(true, method="BREW"))]
    made_up += [Probe(material.raw(None, (), method=method), Rank.NIGHTLY) for method in ("PROPFIND", "DELETE", "PUT")]
    made_up += [
        Probe(material.raw(true, method=method), Rank.RELEASE if method in ("QUERY", "OPTIONS") else Rank.NIGHTLY)
        for method in FURTHER_METHODS
    ]
    overridden = Probe(material.raw(true, (*JSON, ("X-HTTP-Method-Override", "POST")), method="GET"))
    # the first once more, behind one other and no more: replicas that take turns
    put, get, *others = with_body
    return [trace, put, replace(bare[0], rank=Rank.SPARE), get, bare[0], *others, *bare[1:], *made_up, overridden]


def _paths(material: Material) -> list[Probe]:
    """A neighbour of the documented path, with a made-up pair: what answers there is not the API, but the same server."""
    decoy = material.json(material.decoy("path"))
    beside = replace(decoy, path=f"{decoy.path}-decoy")
    return [Probe(beside), Probe(replace(beside, method="GET", body=None, headers=()), Rank.NIGHTLY)]
