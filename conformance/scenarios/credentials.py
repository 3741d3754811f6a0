"""Wrong credentials: unknown clients, near misses of the true pair, strings that upset drivers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from conformance.messages import HeaderPairs, Request
from conformance.pair import CLIENT_ID, CLIENT_SECRET, INHERITED
from conformance.scenarios.material import ASKING, JSON, TRUSTED, Material
from conformance.scenarios.model import Probe, Rank, Scenario, grouped
from conformance.scenarios.neighbours import FULL_WIDTH, Neighbour, neighbours

# the neighbours of an id that are worth a request of a small profile: the rest of the walk waits for the nightly one
ID_RANKS = {
    **dict.fromkeys(
        (
            "in the other case",
            "in upper case",
            "in lower case",
            "with its first letter in the other case",
            "without its last character",
            "without its first character",
            "with one more character",
            "with a space before it",
            "with a line feed after it",
            "with a tab after it",
            "with a no-break space after it",
            "with a character in the middle changed",
            "with U+0000 after it",
            "with a full-width character",
            "with a letter of the same low octet",
            "with a zero-width space",
            "with a soft hyphen",
            "with a letter of Cyrillic",
            "percent-encoded",
            "in base64",
            "in hex",
            "with a letter folded to it",
            "with ':x' after it",
            "with '@clients' after it",
            "in quotes",
            "reversed",
            "with its middle character twice",
            "with 1 for l or back",
            "twice over",
            "with two characters exchanged",
            "less punctuation",
            "as a wildcard after its first character",
            "as a regular expression",
            "as a star",
            "as JSON inside the string",
            "with its first character as an entity",
            "with '\\\\' inside",
            "with ';x' after it",
            "with '\\U0001f600x' after it",
            "with a comment after it",
            "with './' before it",
        ),
        Rank.RELEASE,
    ),
    "with a space after it": Rank.SPARE,
    "with its last letter in the other case": Rank.SMOKE,
}
# what a gateway or a framework in front of the API may answer to by itself
FOREIGN = (
    ("Authorization", "Bearer decoy.decoy.decoy"),
    ("Accept", "text/html, application/xhtml+xml, */*;q=0.8"),
    ("Accept-Language", "es-ES, es;q=0.9"),
    ("Cookie", "a=b"),
)
NEAR = "wrong.secret"
TAUTOLOGY = "' OR '1'='1"
#: true in SQL and in XPath (where operators are small letters), and as a pattern one that fits all
ALWAYS = "' or '1'='1' or 'a'='|.*"
PATTERN = ".*"
SUSPICIOUS = (
    TAUTOLOGY,
    '" OR ""="',
    "admin'--",
    "*)(uid=*))(|(uid=*",
    "%",
    "_",
    "*",
    PATTERN,
    "$ne",
    "{{7*7}}",
    "${7*7}",
    "%s%n%x",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "null",
    "undefined",
    "NaN",
    "true",
    "0",
    "1e3",
    "\\",
    "\\u0000",
    "%00",
    "admin",
    "-1",
    "[object Object]",
    "' UNION SELECT NULL--",
    "'; DROP TABLE decoy;--",
    "${jndi:ldap://127.0.0.1/decoy}",
    "(",
    "[",
    "\\Q",
)
#: those that open a door where they are obeyed
OBEYED = (TAUTOLOGY, "admin")
DECOYS = 6  # secrets that have nothing of the true one
LONG = 5000  # characters that no column of a table holds
TRIED = (TAUTOLOGY, "%", "null", "undefined", "true", "0", "[object Object]", " ", "password")
#: what a client id is in a language of loose types where there is none, and what finds every client
NAMELESS = ("null", "undefined", "true", "0", " ", TAUTOLOGY)
#: what fits every text, where a text is taken for a pattern
ANYONE = ("%", "_%", "%%", "?*", ".+", "^")
#: what nothing is written as, in a language or another
ABSENT = ("undefined", "None", "null")
ASSIGNED = {
    **dict.fromkeys(("admin", "isAdmin", "authenticated", "verified", "valid", "active", "enabled", "success"), True),
    "role": "admin",
    "debug": True,
    # what an `Error` has, of other types: for whoever spreads a request over the answer
    "error": "none",
    "message": 0,
}
#: what a login that was left open takes for any secret
GUESSES = (" ", "' OR 1=1 --", '" OR ""="', "secret", "changeme", "password", "admin", "test", "1234", "default")
STRINGS = {
    "quotes": "'\"`´",
    "astral": "😀𝒳🏳️‍🌈",
    "bidi": "\u202eabc\u2066",
    "combining": "Z̷̡̛͎a̸l̶g̷o",
    "separators": "\u2028\u2029\ufeff",
    "full-width": "ＡＤＭＩＮ",
    "percent": "100%25 +&=;",
    "format": "%s %d %n {} {0} ${x} #{x}",
    "punctuation": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "backslash": "\\\\ \\n \\x00",
    # alone in a text: where a longer alphabet is beside them, an encoder of ISO-8859-1 is not chosen
    "latin": "éñüß",
    # cut after 16, 20, 24, 32, 40, 64, 100, 128, 200, 255 or 256 octets, it is cut inside a character
    "long astral": "é" + "😀" * 80,
}
UNPAIRED = " '\"`([{<\\"
#: strings that are worth a request of their own in a small profile, because they hide among others
ALONE = ("latin", "long astral")
# quotation marks odd in number and brackets left open, so that no two of them make a pair
UNUSUAL = "".join(text for name, text in STRINGS.items() if name not in ALONE) + "x" * LONG + UNPAIRED


def scenarios(material: Material) -> tuple[Scenario, ...]:
    """Every scenario about credentials that are not a client's."""
    walk = neighbours(material.credentials.client_secret.reveal(), material.credentials.secret_variable)
    near = [one for one in walk if one.rank <= material.most]
    strings = _all_strings(material)
    return (
        Scenario("wrong.unknown-client", "A client nobody knows", tuple(_unknown(material))),
        Scenario(NEAR, "The true client id with secrets near the true one", tuple(_secrets(material, near))),
        Scenario(
            "wrong.normalised",
            "The true client id with what normalisation makes the secret",
            tuple(_normalised(material, near)),
        ),
        Scenario("wrong.client-id", "The true secret with client ids near the true one", tuple(_ids(material))),
        Scenario("wrong.swapped", "The true pair, exchanged, doubled or in part", tuple(_swapped(material))),
        Scenario(
            "wrong.suspicious",
            "Credentials that mean something to an interpreter",
            tuple(_suspicious(material, strings)),
            frozenset({"fuzz"}),  # a firewall takes them for the attack that they are
        ),
        Scenario("wrong.strings", "Credentials of unusual characters and lengths", tuple(_strings(material, strings))),
    )


def _unknown(material: Material) -> list[Probe]:
    ranks = [Rank.NIGHTLY for _ in material.times(200, Rank.NIGHTLY)]
    decoy = material.decoy("unknown", "uuid")
    # an id that may be a client's: of another form than the rest, it is looked up where they are not
    digits = hashlib.blake2b(decoy[CLIENT_ID].encode(), digest_size=16).hexdigest()
    of_version_4 = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
    looked_up = Probe(material.json({**decoy, CLIENT_ID: of_version_4}))
    # no number of 64 bits: a column of numbers, or a cast, has no room for it
    of_digits = Probe(material.json({**decoy, CLIENT_ID: str(int(digits, base=16))}))
    made_up = [Probe(material.json(material.decoy("unknown", at)), rank) for at, rank in enumerate(ranks)]
    return [looked_up, of_digits, *made_up]


def _secrets(material: Material, neighbourhood: list[Neighbour]) -> list[Probe]:
    """Near misses; a plain wrong secret besides, and in the smallest profile only where a near miss gets a token."""
    plain = material.true(clientSecret=material.decoy("secret")[CLIENT_SECRET])
    # at once again: what was refused may be remembered as what was tried last
    probes = [Probe(plain), Probe(plain)]
    probes += [
        Probe(_with(material, CLIENT_SECRET, near), near.rank, (Probe(plain),) if near.rank is Rank.SMOKE else ())
        for near in neighbourhood
        if near.how != FULL_WIDTH
    ]
    empty = material.true(clientSecret="")
    probes += [
        Probe(material.true(clientSecret=material.decoy("secret", at)[CLIENT_SECRET]), Rank.NIGHTLY)
        for at in range(DECOYS)
    ]
    return [*probes, Probe(replace(empty, headers=(*JSON, *TRUSTED)), Rank.SPARE, (Probe(empty),))]


def returning(material: Material) -> Probe:
    """The true client id with a wrong secret, for whoever has been given a cookie to send back with it."""
    return Probe(material.true(clientSecret=material.decoy("returning")[CLIENT_SECRET]), Rank.SMOKE)


def _normalised(material: Material, neighbourhood: list[Neighbour]) -> list[Probe]:
    plain = Probe(material.true(clientSecret=material.decoy("secret")[CLIENT_SECRET]))
    return [
        Probe(_with(material, CLIENT_SECRET, near), near.rank, (plain,))
        for near in neighbourhood
        if near.how == FULL_WIDTH
    ]


def _ids(material: Material) -> list[Probe]:
    unknown = {**material.pair, CLIENT_ID: material.decoy("id")[CLIENT_ID]}
    probes = [Probe(material.json(unknown)), Probe(material.json(unknown, (*JSON, *FOREIGN)), Rank.NIGHTLY)]
    probes += [
        Probe(_with(material, CLIENT_ID, near, ASKING if rank is Rank.SMOKE else JSON), rank)
        for near in neighbours(material.credentials.client_id, material.credentials.id_variable)
        if (rank := ID_RANKS.get(near.how, Rank.NIGHTLY)) <= material.most
    ]
    probes.append(Probe(material.true(clientId="")))
    return probes


def _with(material: Material, member: str, near: Neighbour, headers: HeaderPairs = JSON) -> Request:
    disguise = near.disguise(of_secret=member == CLIENT_SECRET)
    return material.json({**material.pair, member: near.text}, headers, disguises=(disguise,))


def _swapped(material: Material) -> list[Probe]:
    own = material.credentials
    secret = own.client_secret.reveal()
    return [
        # neither is refused as malformed, the one for its length or letters, the other because it is short and blank
        Probe(material.json({CLIENT_ID: secret, CLIENT_SECRET: " "}), Rank.SMOKE),
        Probe(material.json({CLIENT_ID: secret, CLIENT_SECRET: own.client_id})),
        Probe(material.json({CLIENT_ID: own.client_id, CLIENT_SECRET: own.client_id})),
        Probe(material.json({CLIENT_ID: secret, CLIENT_SECRET: secret}), Rank.NIGHTLY),
        Probe(material.json({CLIENT_ID: f"{own.client_id}:{secret}", CLIENT_SECRET: ""}), Rank.NIGHTLY),
        # where the two are joined without a mark between them, the boundary may be anywhere
        Probe(material.json({CLIENT_ID: own.client_id + secret[:1], CLIENT_SECRET: secret[1:]})),
        Probe(material.json({CLIENT_ID: own.client_id[:-1], CLIENT_SECRET: own.client_id[-1:] + secret})),
    ]


def _suspicious(material: Material, strings: Probe) -> list[Probe]:
    """What an interpreter takes for a command: all at once for those that choke on it, one by one for those that obey.

    In the smallest profile with all that is unusual besides: only where that trips, either is asked for by itself.
    """
    each = {text: Probe(material.json({CLIENT_ID: text, CLIENT_SECRET: text})) for text in SUSPICIOUS}
    decoy = material.decoy("suspicious")
    every = " ".join(SUSPICIOUS)

    def of(some: Sequence[str]) -> Request:
        if len(some) == 1:
            return each[some[0]].request
        return material.json({name: f"{value} {' '.join(some)}" for name, value in decoy.items()})

    commands = grouped(of, tuple(SUSPICIOUS))
    # What ends a text comes first: who cuts what is too long before repeating it, repeats that. With four octets and another
    # two before the long row, the places at which that is cut stay inside a character. An apostrophe more: odd in number again
    everything = {name: f"\"\\é{STRINGS['long astral']}{value} {every}'{UNUSUAL}" for name, value in decoy.items()}
    injected = material.true(clientSecret=TAUTOLOGY)
    always = replace(material.true(clientSecret=ALWAYS), headers=(*JSON, *TRUSTED))
    probes = [
        # between two clients that nobody knows: what they and this one are told takes turns then
        Probe(always, Rank.SMOKE, (Probe(injected), Probe(material.true(clientSecret=PATTERN)))),
        Probe(material.json(everything), Rank.SMOKE, (strings, commands)),
        commands,
        *(each[text] if text in OBEYED else replace(each[text], rank=Rank.NIGHTLY) for text in SUSPICIOUS),
    ]
    probes += [
        Probe(material.json({CLIENT_ID: text, CLIENT_SECRET: text}), Rank.RELEASE if at < 1 else Rank.NIGHTLY)
        for at, text in enumerate(INHERITED)
    ]
    probes += [Probe(material.json({CLIENT_ID: "", CLIENT_SECRET: ""}), Rank.NIGHTLY)]
    probes += [
        Probe(material.true(clientSecret=text), Rank.RELEASE if text in TRIED else Rank.NIGHTLY)
        for text in dict.fromkeys((*TRIED, *GUESSES))
        if text != TAUTOLOGY
    ]
    probes.append(Probe(injected, Rank.NIGHTLY))
    probes += [Probe(material.true(clientId=text)) for text in NAMELESS]
    probes += [Probe(material.true(clientId=text), Rank.NIGHTLY) for text in ANYONE]
    # what is made of the secret of a client that is not found; the first by an id that every object has in one runtime
    ids = ("__proto__", decoy[CLIENT_ID], decoy[CLIENT_ID])
    probes += [
        Probe(material.json({CLIENT_ID: client_id, CLIENT_SECRET: text}))
        for client_id, text in zip(ids, ABSENT, strict=True)
    ]
    own = material.credentials
    secret = own.client_secret.reveal()
    joined = f"{own.client_id}:{secret}"
    digest = hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
    probes += [Probe(material.true(clientSecret=text)) for text in (joined, digest)]
    probes += [
        Probe(material.true(clientSecret=text), Rank.NIGHTLY)
        for text in (own.client_id + secret, secret + own.client_id)
    ]
    # a body that is bound to a record of the server's as it is
    probes.append(Probe(material.true(**{CLIENT_SECRET: material.decoy("assigned")[CLIENT_SECRET], **ASSIGNED})))
    probes += [
        Probe(material.json({**material.decoy("comment"), CLIENT_ID: own.client_id + mark}), Rank.NIGHTLY)
        for mark in ("'--", "' --", "' #", "'/*", '"--', ")--")
    ]
    return probes


def _asked(
    material: Material,
    salt: str,
    client_id: str,
    secret: str,
    rank: Rank = Rank.RELEASE,
    parts: tuple[Probe, ...] = (),
) -> Probe:
    """A made-up pair with these behind it; in front of it where no other string is there."""
    decoy = material.decoy("strings", salt)
    each = ((CLIENT_ID, client_id), (CLIENT_SECRET, secret))
    asked = {name: text + decoy[name] if salt in ALONE else decoy[name] + text for name, text in each}
    return Probe(material.json(asked), rank, parts)


def _all_strings(material: Material) -> Probe:
    """All that is unusual and means nothing to an interpreter, in one request."""
    parts = [
        _asked(material, name, text, text, Rank.RELEASE if name in ALONE else Rank.NIGHTLY)
        for name, text in STRINGS.items()
    ]
    long = _asked(material, "long", "x" * LONG, "y" * LONG)
    return _asked(material, "all", UNUSUAL, UNUSUAL, Rank.SPARE, (*parts, long))


def _strings(material: Material, every: Probe) -> list[Probe]:
    asked = partial(_asked, material)
    codes = tuple(asked(f"control {ord(code)}", code, code) for code in "\x00\n\x1b\x7f")
    control = asked("control", "\x00\x01\x1f\x7f", "\x00\x01\x1f\x7f", parts=codes)
    # apart from U+0000, which many refuse at the door
    breaks = asked("breaks", "\r\n\t", "\r\n\t")
    surrogate = asked("surrogate", "\ud800", "\udfff")
    # no characters, and I-JSON has none of them (RFC 7493, section 2.1): who refuses them does it with 400
    nothing = asked("noncharacters", "\uffff\ufffe", "\ufffe\ufdd0")
    halves = asked("halves", "\x00", "\ufffe\udfff", Rank.SMOKE, (control, surrogate, nothing))
    lengths = [asked("length 4097", "x" * 4097, "y" * 4097)]
    lengths += [
        asked(f"length {length}", "x" * length, "y" * length, Rank.NIGHTLY) for length in (73, 256, 1025, 20_000)
    ]
    lengths += [asked("id 70k", "x" * 70_000, ""), asked("secret 150k", "", "y" * 150_000)]
    each = [
        asked(f"each {code}", chr(code), chr(code), Rank.NIGHTLY)
        for code in (*range(32), 0x80, 0x85, 0xA0, 0xAD, 0x1680, 0x2000, 0x200B, 0x3000, 0xE000, 0x1F600, 0x10FFFF)
        for _ in material.times(1, Rank.NIGHTLY)
    ]
    return [every, halves, control, breaks, surrogate, nothing, *every.parts[: len(STRINGS)], *lengths, *each]
