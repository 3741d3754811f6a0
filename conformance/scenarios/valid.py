"""Valid credentials, in every spelling that means the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from conformance.messages import HeaderPairs, Request, header
from conformance.pair import CLIENT_ID, CLIENT_SECRET
from conformance.scenarios.material import JSON, Material, compact, without
from conformance.scenarios.model import Probe, Rank, Scenario, grouped

# for whoever looks for a name at any depth
NESTED = {"clientId": "decoy-client-other", "clientSecret": "decoy-other"}
UNDECLARED: dict[str, object] = {
    "grantType": "client_credentials",
    "scope": ["read", "write"],
    "extra": {"nested": [1, 2.5, None, True, {"deeper": "é漢😀"}]},
    "credentials": NESTED,
    "clientID": "decoy-client-other",
    "client_secret": "decoy-other",
    "": "an empty name",
    "a name with 'quotes', spaces and \"more\"": 0,
    "nothing": None,
    "number": 123456789012345,
    "fraction": -1.5e-7,
    "no": False,
    "número": "ñ",
    "a.b": "dotted",
    "n" * 300: "a long name",
    "id": "decoy",
    "grant_type": "password",
    "audience": "https://example.com/",
    "markup": '<b>it\'s "bold"</b>',
    "many": dict.fromkeys(map(str, range(40)), 0),
    # what an answer and a token have, for whoever binds a request to either
    "accessToken": "decoy",
    "tokenType": "decoy",
    "expiresIn": -1,
    "exp": 1,
    "iss": "https://decoy.example/",
    "sub": "decoy",
    "alg": "none",
}
#: nothing about any of them but how many there are
NUMEROUS: dict[str, object] = {f"extra{at}": at for at in range(100)}
#: those of them that a firewall may take for an attack: not in the smallest profile, which is production's
ALARMING = ("markup", "a name with 'quotes', spaces and \"more\"")
CHARGED = ("__proto__", "constructor", "$where", "hasOwnProperty", "toString", "valueOf", "toJSON", "then", "__class__")
#: what nobody need look at. Neither Referer, for which guards against forged requests refuse another site's page, nor Range,
#: which the filters of web servers honour for whatever method: either is a habit of whole stacks, and no client sends it
HARMLESS = (
    ("Authorization", "Bearer decoy.decoy.decoy"),  # `security: []`: nobody reads it
    ("Accept", "text/html, application/xhtml+xml, application/json;q=0.9, */*;q=0.8"),
    ("Accept-Encoding", "gzip, deflate, br"),  # as nearly every client has it
    ("Accept-Language", "es-ES, es;q=0.9, en;q=0.5"),
    ("Cookie", "session=0123456789abcdef; theme=dark"),
    ("X-Forwarded-For", "203.0.113.7"),
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("If-None-Match", '"0123456789"'),
    ("Cache-Control", "no-cache"),
    ("If-Modified-Since", "Wed, 21 Oct 2015 07:28:00 GMT"),
    ("Expect", "100-continue"),
    ("Accept-Charset", "utf-8, iso-8859-1;q=0.5"),
    ("Idempotency-Key", "decoy-0123456789"),
    ("X-Note", "n" * 1500),
)
#: names of fields know no case (RFC 9110, section 5.1): so they are written by whoever speaks HTTP/2 too
SMALL = tuple((name.lower(), value) for name, value in JSON)
REPEATS = {Rank.RELEASE: 8, Rank.NIGHTLY: 300}
OVERLAPPING = {Rank.RELEASE: 4, Rank.NIGHTLY: 16}  # true pairs among made-up ones, at the same time
IDLE = 3.5  # seconds after which connections, caches and short-lived tokens have had their time


def escaped(text: str) -> str:
    r"""Every UTF-16 code unit as a `\u` escape (RFC 8259, section 7)."""
    units = text.encode("utf-16-be", "surrogatepass")
    # letters of either case, as the grammar allows them
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02{'X' if at % 4 else 'x'}}" for at in range(0, len(units), 2))


def scenarios(material: Material) -> tuple[Scenario, ...]:
    """Every scenario about valid credentials."""
    pair = material.pair
    plain = material.json(pair)
    spelt = '{{"{}":"{}","{}":"{}"}}'.format(
        *map(escaped, (CLIENT_SECRET, pair[CLIENT_SECRET], CLIENT_ID, pair[CLIENT_ID]))
    ).encode()
    reordered = {name: pair[name] for name in (CLIENT_SECRET, CLIENT_ID)}
    spaced = ("\n\t" + " " * 5000 + json.dumps(reordered, indent=3) + " \n").encode()
    charset = (("Content-Type", "application/json; charset=utf-8"),)
    # names of charsets know no case (RFC 9110, section 8.3.2)
    capital = (("Content-Type", "application/json;charset=UTF-8"),)
    # one name as it is, before an escaped value: for who looks for the names in the text and takes what follows as it stands
    found = spelt.replace(escaped(CLIENT_SECRET).encode(), CLIENT_SECRET.encode())
    throughout = b" \r\n\t" + found.replace(b",", b" ,\r\n\t").replace(b":", b" : ") + b"\n"
    # names as they are, for those who look for a name before they read; one escape in each value
    values = [escaped(text[:1]) + json.dumps(text[1:])[1:] for text in reordered.values()]
    tabs = f'{{"{CLIENT_SECRET}":\r\t"{values[0]},\r\n\t"{CLIENT_ID}"\t:\r\t"{values[1]}}}\r\n'.encode()
    # each by itself: whoever stumbles over one is told which
    inside = json.dumps(pair, separators=("\t,\r\n", " : "), ensure_ascii=False).encode("utf-8", "surrogatepass")
    names = compact(pair).replace(b'"clientId"', f'"{escaped(CLIENT_ID)}"'.encode())
    spellings = (
        Probe(material.json(reordered)),
        Probe(material.raw(b" " + compact(pair))),
        Probe(material.raw(compact(pair) + b"\n")),
        Probe(material.raw(inside)),
        Probe(material.raw(names)),
        Probe(material.raw(spelt)),
        Probe(material.raw(spaced)),
        Probe(material.raw(compact(pair), charset)),
        Probe(material.raw(compact(pair), capital)),
        Probe(material.raw(tabs)),
    )
    members = grouped(lambda some: _beside(material, some), (*({one: UNDECLARED[one]} for one in UNDECLARED), NUMEROUS))
    named = grouped(lambda some: material.json(pair, _typed(some)), (*SMALL, *HARMLESS))
    spelling = Probe(material.raw(throughout, charset), parts=spellings)
    # three suspicions in one request; told apart only where it trips
    # an escaped solidus and a pair of surrogates, which are no more than other ways to write (RFC 8259, section 7)
    noted = throughout.strip()[1:-1] + b',"note":"a\\/b \\ud83d\\ude00 -0","zero":-0}\n'
    # the names are written so all over: there is none for whoever looks for them before reading
    nested = ",".join(f'"{escaped(name)}":"{value}"' for name, value in NESTED.items())
    behind = f',"login":{{{nested}}}'.encode() + noted[-2:]
    plainly = without({**UNDECLARED, **NUMEROUS}, *ALARMING, "credentials")
    everything = b" \n" + compact(plainly)[:-1] + b"," + noted[:-2] + behind
    small = tuple((name.lower(), value) for name, value in capital)
    together = Probe(material.raw(everything, (*small, *HARMLESS)), Rank.SMOKE, (members, named, spelling))
    long = Probe(material.true(note="x" * 5000), Rank.NIGHTLY)
    single = tuple(Probe(material.true(**{name: {"admin": True}}), Rank.NIGHTLY) for name in CHARGED)
    # each name means something to some runtime: together for those that choke, apart where they do
    charged = (Probe(material.true(**{name: {"admin": True} for name in CHARGED}), parts=single), *single)
    basic = (*JSON, ("Authorization", "Basic ZGVjb3k6ZGVjb3k="))
    otherwise = Probe(material.raw(tabs), parts=spellings[:2])
    last = Probe(plain, Rank.SMOKE)
    return (
        Scenario("valid.plain", "Valid credentials, as plain as can be", (Probe(plain, Rank.SMOKE),)),
        Scenario("valid.together", "Valid credentials with all that is harmless at once", (together,)),
        Scenario(
            "valid.spelling",
            "Valid credentials in other JSON spellings",
            (spelling, Probe(material.raw(spaced)), *_nightly(spellings)),
        ),
        Scenario("valid.undeclared", "Valid credentials beside undeclared members", (members, long, *charged)),
        Scenario(
            "valid.headers",
            "Valid credentials with fields the contract does not name",
            (named, Probe(material.json(pair, basic))),
        ),
        Scenario(
            "valid.again",
            "Valid credentials, time and again",
            (
                otherwise,
                *(Probe(plain, rank) for rank, count in REPEATS.items() for _ in material.times(count, rank)),
            ),
        ),
        Scenario("valid.overlapping", "Valid and made-up credentials at the same time", tuple(_overlapping(material))),
        Scenario("valid.idle", "Valid credentials after a while", (Probe(plain, Rank.NIGHTLY, pause=IDLE),)),
        Scenario("valid.last", "Valid credentials, after all the rest", (last,)),
    )


def _beside(material: Material, members: Iterable[dict[str, object]]) -> Request:
    """The true pair, with undeclared members between the two that are declared."""
    client_id, secret = material.pair.items()
    between = {name: value for some in members for name, value in some.items()}
    return material.json(dict((client_id, *between.items(), secret)))


def _typed(fields: Sequence[tuple[str, str]]) -> HeaderPairs:
    """Fields with the media type before them, where none of them is it."""
    return (*(() if header(tuple(fields), "content-type") else JSON), *fields)


def _nightly(probes: tuple[Probe, ...]) -> tuple[Probe, ...]:
    return tuple(replace(probe, rank=Rank.NIGHTLY) for probe in probes)


def _overlapping(material: Material) -> list[Probe]:
    """By turns, so that whoever shares something between requests mixes up two that differ."""
    plain = material.json(material.pair)
    return [
        probe
        for rank, count in OVERLAPPING.items()
        for at in material.times(count, rank)
        for probe in (
            Probe(plain, rank, overlapping=True),
            Probe(material.json(material.decoy("overlapping", rank, at)), rank, overlapping=True),
        )
    ]
