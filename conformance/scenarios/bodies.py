"""Bodies that break the contract: each in exactly one named way, and bodies that are not JSON or barely so."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from conformance.messages import Request
from conformance.pair import CLIENT_ID, CLIENT_SECRET
from conformance.scenarios.material import ASKING, JSON, Material, compact, without
from conformance.scenarios.model import Probe, Rank, Scenario

WRONG_TYPES: tuple[object, ...] = (12345678, True, None, ["decoy"], {"decoy": 1})
FURTHER_TYPES: tuple[object, ...] = (1.5, [], {}, 0, False, {"$ne": ""}, {"$gt": ""}, [None], -1)
DOCUMENTS: tuple[object, ...] = (None, "decoy")
FURTHER_DOCUMENTS: tuple[object, ...] = (True, 0, [], False, 1, [{}], 0.5, "")
#: members that an object of some runtime has already, or that its reader takes for an order
#: but for `__proto__`, which some readers refuse, and the rest of the body with it
CHARGED: dict[str, object] = {
    name: {"admin": True}
    for name in ("constructor", "hasOwnProperty", "toString", "valueOf", "toJSON", "then", "__class__")
} | {"@class": "decoy", "@type": "decoy", "$type": "decoy", "class": "decoy", "$where": "decoy"}
DIGITS = 5000  # of an integer that no reader needs; more than some turn into a number
#: what JavaScript can make no text of: an error for whoever compares before looking at the type
UNWRITABLE: dict[str, object] = {"toString": 1}
LARGE = 110_000  # octets over the 100 KiB at which the reader of a common framework stops
WORTH = 4  # the first of what a loose comparison takes for the secret are asked in the release profile

#: an id that every object of a runtime has, and what that writes for the secret it has not
NOTHING = {CLIENT_ID: "__proto__", CLIENT_SECRET: "undefined"}


def scenarios(material: Material) -> tuple[Scenario, ...]:
    """Every scenario about bodies outside the contract."""
    return (
        Scenario("invalid.missing", "A required member is missing", tuple(_missing(material))),
        Scenario("invalid.type", "A member is of a wrong type", tuple(_types(material))),
        Scenario(
            "invalid.operator",
            "A query operator in place of a member's text",
            tuple(_operators(material)),
            frozenset({"fuzz"}),  # a firewall takes it for the attack that it is: not for production
        ),
        Scenario("invalid.document", "JSON that is no object", tuple(_documents(material))),
        Scenario("invalid.names", "The members have other names", tuple(_names(material))),
        Scenario("json.unusual", "JSON that readers disagree about", tuple(_unusual(material))),
        Scenario("json.malformed", "A body that is not JSON", tuple(_malformed(material))),
        Scenario(
            "size.large", "Valid credentials in a body over 100 KiB", (_large(material),), frozenset({"oversize"})
        ),
        Scenario("size.oversize", "A body over 1 MiB", tuple(_oversize(material)), frozenset({"oversize"})),
    )


def _missing(material: Material) -> list[Probe]:
    pair, decoy = material.pair, material.decoy("missing")
    return [
        Probe(material.json({})),
        Probe(material.json(without(decoy, CLIENT_ID))),
        # one half right after the other: whoever keeps members from one request to the next has the pair
        Probe(material.json(without(pair, CLIENT_ID))),
        Probe(material.json(without(pair, CLIENT_SECRET))),
        Probe(material.json(without(decoy, CLIENT_SECRET)), Rank.NIGHTLY),
        *(Probe(material.json({f"extra{at}": "x" * at}), Rank.NIGHTLY) for at in material.times(61, Rank.NIGHTLY)),
    ]


def _types(material: Material) -> list[Probe]:
    pair, decoy = material.pair, material.decoy("types")
    own = [[pair[CLIENT_ID]], [pair[CLIENT_SECRET]]]
    wrapped = Probe(material.json({CLIENT_ID: own[0], CLIENT_SECRET: own[1]}), Rank.NIGHTLY)
    number = Probe(material.json({CLIENT_ID: 12345678, CLIENT_SECRET: 87654321}), Rank.NIGHTLY)
    # for what looks a client up before it looks at the secret: true is equal to any text where types are loose
    loose = Probe(material.true(clientSecret=True), Rank.SMOKE)
    null = Probe(material.true(clientSecret=None), Rank.SPARE)
    # a secret of another type is asked for with the true client id above: whoever looks that up first answers otherwise
    single: list[Probe] = [
        Probe(material.json({**decoy, member: value}), rank)
        for values, of_id in ((WRONG_TYPES, Rank.RELEASE), (FURTHER_TYPES, Rank.NIGHTLY))
        for value in values
        for member, rank in (
            (CLIENT_ID, of_id),
            (CLIENT_SECRET, Rank.RELEASE if value is WRONG_TYPES[0] else Rank.NIGHTLY),
        )
    ]
    empty: tuple[object, ...] = (0, [])
    true = [Probe(material.true(clientSecret=value)) for value in empty]
    true += [
        Probe(material.true(clientSecret=value), Rank.RELEASE if at < WORTH else Rank.NIGHTLY)
        for at, value in enumerate(_lenient(pair[CLIENT_SECRET]))
    ]
    true += [Probe(material.true(clientId=value), Rank.NIGHTLY) for value in _lenient(pair[CLIENT_ID])]
    true += [Probe(material.true(clientId=value)) for value in ([pair[CLIENT_ID]], None)]
    both = [Probe(material.json({CLIENT_ID: value, CLIENT_SECRET: value}), Rank.NIGHTLY) for value in (None, True, 0)]
    # to validators that make a text of it, and to languages whose comparison does
    listed = Probe(material.true(clientSecret=[pair[CLIENT_SECRET]]), Rank.SMOKE)
    return [wrapped, number, loose, listed, null, *true, *both, *single]


def _operators(material: Material) -> list[Probe]:
    """A query to those who ask a database with it, and to all others what no text can be compared with.

    Each by itself: a database that is asked with what is no operator beside one refuses both.
    """
    anything = {"$ne": None}
    return [
        Probe(material.true(clientSecret={"$ne": ""}), Rank.SMOKE),
        Probe(material.true(clientSecret=UNWRITABLE)),
        Probe(material.true(clientSecret={"$gt": ""}), Rank.NIGHTLY),
        Probe(material.true(clientId=anything)),
        Probe(material.json({CLIENT_ID: anything, CLIENT_SECRET: anything})),
    ]


def _with_octets(material: Material, value: object) -> Request:
    """The object with a member more, which is no UTF-8."""
    return material.raw(compact(value)[:-1] + b',"n":"\xff\xfe\xc0\x80"}')


def _lenient(text: str) -> list[object]:
    """What a loose comparison or a query language takes for the text, and is none."""
    values: list[object] = [
        False,
        {"$eq": text},
        {"value": text},
        {},
        {"$regex": ".*"},
        {"$exists": True},
        {"$nin": []},
        {text: text},
        ["decoy", text],
        list(text[:64]),
        [[text]],
        [[]],
        1,
        -0.0,
    ]
    return [*values, int(text)] if text.isascii() and text.isdecimal() and not text.startswith("0") else values


def _documents(material: Material) -> list[Probe]:
    pair = material.pair
    probes = [Probe(material.json(value), Rank.SPARE if value is None else Rank.RELEASE) for value in DOCUMENTS]
    probes += [Probe(material.json(value), Rank.NIGHTLY) for value in FURTHER_DOCUMENTS]
    probes += [
        Probe(material.json([pair]), Rank.SMOKE),
        Probe(material.json([pair[CLIENT_ID], pair[CLIENT_SECRET]])),
        Probe(material.json(compact(pair).decode())),
    ]
    return probes


def _names(material: Material) -> list[Probe]:
    client_id, secret = material.pair.values()
    pairs = (
        ("clientid", "clientsecret"),
        ("client_id", "client_secret"),
        ("ClientId", "ClientSecret"),
        ("CLIENTID", "CLIENTSECRET"),
        ("clientId ", "clientSecret "),
        ("username", "password"),
        ("client-id", "client-secret"),
        ("clientId[]", "clientSecret[]"),
        ("clientId\0x", "clientSecret\0x"),
        ("id", "secret"),
    )
    # a binder that takes one of them is found by all at once, and named by the one it takes; the same request asks what
    # becomes of a missing member, and of names that mean something to a runtime
    single = tuple(Probe(material.json({one: client_id, other: secret})) for one, other in pairs)
    missing = Probe(material.json({CLIENT_ID: client_id}))
    charged = Probe(material.json({CLIENT_ID: client_id, **CHARGED}))
    refused = Probe(material.json({CLIENT_ID: client_id, "__proto__": {"admin": True}}))
    every = {name: value for one, other in pairs for name, value in ((one, client_id), (other, secret))}
    together = Probe(material.json({CLIENT_ID: client_id, **every, **CHARGED}), Rank.SMOKE, (missing, charged, *single))
    return [
        together,
        refused,
        Probe(material.json({"__proto__": material.pair})),
        Probe(material.json({"constructor": {"prototype": material.pair}}), Rank.NIGHTLY),
        Probe(material.json({"credentials": material.pair})),
        Probe(material.json({"data": material.pair})),
    ]


def _malformed(material: Material) -> list[Probe]:
    true, decoy = compact(material.pair), compact(material.decoy("malformed"))
    bodies: list[tuple[bytes, Rank]] = [
        (decoy[:-1], Rank.NIGHTLY),
        # to those who read no further than they have to, and to those who take comments
        (true + b" /* x */", Rank.SMOKE),
        # to those who read a document for each line
        (true + b"\n" + decoy, Rank.RELEASE),
        (true + b" x", Rank.NIGHTLY),
        (true + true, Rank.NIGHTLY),
        (true[:-1] + b",}", Rank.RELEASE),
        (true[:-1] + b',"n":NaN}', Rank.NIGHTLY),
        (true[:-1] + b',"n":-Infinity}', Rank.NIGHTLY),
        (true.replace(b'"', b"'"), Rank.RELEASE),
        (true.replace(b'"clientId"', b"clientId"), Rank.RELEASE),
        (b"/* comment */" + true, Rank.RELEASE),
        (true + b"// comment", Rank.NIGHTLY),
        (true[:-1], Rank.RELEASE),
        (true + b"}", Rank.NIGHTLY),
        (true + b"\0", Rank.RELEASE),
        (b")]}',\n" + true, Rank.NIGHTLY),
        (true[:-1] + b',"n":01}', Rank.RELEASE),
        (true[:-1] + b',"n":+1}', Rank.NIGHTLY),
        (true[:-1] + b',"n":"\t\n"}', Rank.RELEASE),
        (true[:-1] + b',"n":"\\x41"}', Rank.RELEASE),
        (true[:-1] + b',"n":0x1F}', Rank.RELEASE),
        (b"{," + true[1:], Rank.RELEASE),
        (true.replace(b":", b"="), Rank.RELEASE),
        (true.replace(b",", b""), Rank.NIGHTLY),
        (true[:-1] + b',"n":undefined}', Rank.NIGHTLY),
        (decoy[: len(decoy) // 2], Rank.NIGHTLY),
        (b"{", Rank.NIGHTLY),
        (b"not json", Rank.NIGHTLY),
        (b"<xml/>", Rank.NIGHTLY),
        (b"clientId=decoy&clientSecret=decoy", Rank.RELEASE),
        (true[1:-1].replace(b'"', b"").replace(b":", b": ").replace(b",", b"\n"), Rank.RELEASE),
        (b"\0", Rank.NIGHTLY),
        *((body, Rank.NIGHTLY) for body in _repaired(true)),
        (b"undefined", Rank.NIGHTLY),
        (b"[object Object]", Rank.NIGHTLY),
    ]
    return [Probe(material.raw(body, ASKING if rank is Rank.SMOKE else JSON), rank) for body, rank in bodies]


def _repaired(true: bytes) -> list[bytes]:
    """The true pair in what is no JSON, and what some reader makes JSON of."""
    extras = (b"Infinity", b"1.", b".5", b"True", b"None", b'"\\q"', b'"\\u12"', b"-", b"1e", b"'x'", b'"\t"')
    return [
        *(true[:-1] + b',"n":' + extra + b"}" for extra in extras),
        true.replace(b",", b" ", 1),
        true.replace(b":", b" => "),
        true[:-2],
        true + b";",
        true + b"\n# comment",
        b"cb(" + true + b")",
        b"\xc2\xa0" + true,
        b"\x0c" + true,
        true.replace(b",", b",\x0b", 1),
        true[1:-1],
        b"[" + true,
        true + b"]",
        true + b"," + true,
        true[:-1] + b"]",
    ]


def _unusual(material: Material) -> list[Probe]:
    true, decoy, other = compact(material.pair), compact(material.decoy("unusual")), compact(material.decoy("other"))
    deep, secret = 3000, material.credentials.client_secret.reveal().encode("utf-8", "surrogatepass")
    repeated = decoy[:-1] + b"," + other[1:]
    # the true pair twice over: one more token where the reader takes it, whose numbers and nesting it reads then
    # nesting first: readers refuse an absurd number more often than they stumble over it
    absurd = b',"n":' + b"[" * deep + b"]" * deep + b',"e":1e400,"i":' + b"9" * 40 + b',"__proto__":{"admin":true}}'
    bodies: list[tuple[bytes, Rank]] = [
        (true[:-1] + b"," + true[1:-1] + absurd, Rank.SMOKE),
        (b"\xef\xbb\xbf" + decoy, Rank.RELEASE),
        (repeated, Rank.RELEASE),
        (repeated, Rank.RELEASE),  # once more: replicas that differ
        (true[:-1] + b"," + other[1:], Rank.RELEASE),
        (other[:-1] + b"," + true[1:], Rank.RELEASE),
        (b"\xef\xbb\xbf" + true, Rank.RELEASE),
        # numbers without the nesting, which may be refused before they are read
        (decoy[:-1] + b',"e":1e400,"i":' + b"9" * DIGITS + b"}", Rank.RELEASE),
        (decoy[:-1] + b',"n":' + b"9" * 400 + b"}", Rank.NIGHTLY),
        (decoy[:-1] + b',"n":1e400}', Rank.NIGHTLY),
        (decoy.replace(b"decoy-client", b"decoy\xe9client"), Rank.NIGHTLY),
        (decoy.decode().encode("utf-16"), Rank.RELEASE),
        (b'{"clientId":' * 1500 + b"1" + b"}" * 1500, Rank.NIGHTLY),
        (b"[" * deep, Rank.RELEASE),
        (
            # to those who stumble over what is no UTF-8, and to those who leave it out
            compact({**material.pair, CLIENT_SECRET: "\0"}).replace(b"\\u0000", secret[:-1] + b"\xff" + secret[-1:]),
            Rank.SMOKE,
        ),
        (
            compact({**material.pair, CLIENT_SECRET: "\0"}).replace(
                b"\\u0000", bytes((0xC0 | secret[0] >> 6, 0x80 | secret[0] & 0x3F)) + secret[1:]
            ),
            Rank.NIGHTLY,
        ),
        (true[:-1] + b',"clientSecret":"decoy","clientSecret":"other"}', Rank.NIGHTLY),
        (compact({**material.pair, CLIENT_SECRET: "decoy"})[:-1] + b',"clientSecret":"other"}', Rank.NIGHTLY),
        (b"[" * 100_000 + b"]" * 100_000, Rank.NIGHTLY),
        (decoy[:-1] + b',"n":' + b"9" * 20_000 + b"}", Rank.NIGHTLY),
    ]
    # two runtimes in one request: the one that stumbles over the octets does not get to the id
    both = Probe(
        _with_octets(material, NOTHING),
        Rank.NIGHTLY,
        (Probe(_with_octets(material, material.decoy("unusual"))), Probe(material.json(NOTHING))),
    )
    first, *others = (Probe(material.raw(body), rank) for body, rank in bodies)
    return [first, both, *others]


def _large(material: Material) -> Probe:
    """More than the readers of common frameworks take, and less than the API refuses: either may be, in good order."""
    return Probe(_padded(material, {**material.pair, "padding": ""}, LARGE), Rank.SMOKE)


def _padded(material: Material, value: Mapping[str, object], size: int, octets: bytes = b"") -> Request:
    # spliced: a JSON encoder takes 5 ms for a large one
    return material.raw(b"".join((compact(value)[:-2], octets, b"x" * size, b'"}')))


def _oversize(material: Material) -> list[Probe]:
    decoy = material.decoy("oversize")
    padded = functools.partial(_padded, material)
    large = Probe(padded({**dict(reversed(decoy.items())), "padding": ""}, 1_100_000))
    # who has no limit reads on, and may stumble over what else is there
    unread = padded({**decoy, "padding": ""}, 1_100_000, b"\xff\xfe\xc0\x80")
    return [
        Probe(unread, parts=(large,)),
        large,
        large,  # once more: replicas that differ
        Probe(padded({**decoy, CLIENT_SECRET: ""}, 1_200_000)),
        *(Probe(padded({**decoy, "padding": ""}, 5_000_000), Rank.NIGHTLY) for _ in material.times(1, Rank.NIGHTLY)),
    ]
