"""Reading octets as JSON, strictly, without ever raising.

`read` answers two questions at once. Is this one strict JSON document (RFC 8259: UTF-8, no byte order mark, no `NaN`,
nothing behind it)? And what would a lenient reader make of it? A check needs the first; telling whether a request held
the true credentials needs the second, because a server may be as lenient as it likes about those.

Hostile input costs bounded time and no recursion: nesting and digits are counted before they are read.
"""

from __future__ import annotations

import codecs
import collections
import contextlib
import enum
import functools
import itertools
import json
import operator
import re
from typing import TYPE_CHECKING, Any, Final

from conformance.discreet import Discreet
from conformance.nesting import DEEPEST, depth_of, pruned

if TYPE_CHECKING:
    from collections.abc import Iterator

    Pairs = list[tuple[str, Any]]

#: Digits of an integer that are read; every CPython reads 640 whatever its `int_max_str_digits`.
LONGEST_INTEGER: Final = 600
#: Digits an integer may have and still be exact in a double (RFC 8259, section 6 and RFC 7493, section 2.2).
EXACT_DIGITS: Final = 15
#: Octets of a text of which many are remembered.
SMALL: Final = 32 << 10
#: Repeated names that are reported.
MOST_DUPLICATES: Final = 100


class Nothing(enum.Enum):
    """The type of `NOTHING`."""

    NOTHING = "nothing"

    def __repr__(self) -> str:
        return "NOTHING"


#: The value of a text in which no document could be read; distinct from JSON's null.
NOTHING: Final = Nothing.NOTHING


#: The fault of a text that would be JSON but for its numbers
NOT_A_NUMBER = "NaN or Infinity"


class JsonText(Discreet, frozen=True):
    """What octets are, read as JSON. `repr` shows no content.

    value: the document as Python values, read as leniently as can be where there is a fault, or `NOTHING`.
        An integer of more than 600 digits is read as its first 600; 1e400 as infinity.
    fault: why the octets are not one strict JSON document ("empty", "byte order mark", "not UTF-8", "trailing data",
        "NaN or Infinity", "nested deeper than 200", "not JSON: … at character 7"), or None.
    duplicates: JSON pointers (RFC 6901) of members whose name is repeated in their object, at most 100.
    pairs: the members of the outermost object, in order, repeats kept; empty if it is no object.
    bom: the text begins with a byte order mark.
    utf8: the octets are UTF-8 (RFC 8259, section 8.1).
    lone_surrogates: a string holds half of a surrogate pair (RFC 8259, section 8.2).
    depth: containers inside containers, 1 for a flat object, 0 for a scalar; counted in broken text too.
    big_numbers: a number does not fit a double: an integer of more than 15 digits, or an overflow or underflow.
    nonfinite: the text holds `NaN`, `Infinity` or `-Infinity`.
    """

    hidden = frozenset({"value", "duplicates", "pairs"})
    value: Any
    fault: str | None = None
    duplicates: tuple[str, ...] = ()
    pairs: tuple[tuple[str, Any], ...] = ()
    bom: bool = False
    utf8: bool = True
    lone_surrogates: bool = False
    depth: int = 0
    big_numbers: bool = False
    nonfinite: bool = False

    @property
    def is_object(self) -> bool:
        """Whether the document, however leniently read, is an object."""
        return isinstance(self.value, dict)

    def every(self, name: str) -> tuple[Any, ...]:
        """Every value the outermost object gives the member `name`, repeats included."""
        return tuple(value for key, value in self.pairs if key == name)


def read(content: bytes) -> JsonText:
    """Read `content` as JSON; never raises. The value is shared: it is not to be changed."""
    return (_read_small if len(content) <= SMALL else _read_large)(content)


def _read(content: bytes) -> JsonText:
    containers = content.count(b"{") + content.count(b"[")
    # What is large is read once: it is more often than not made to be odd.
    if containers <= DEEPEST and len(content) <= SMALL:
        try:
            text = content.decode()
            decoder = _PLAIN if _may_have(_ODD_NUMBERS, content) else _EXACT
            value, end = decoder.raw_decode(text, _skip(text, 0))
        except (ValueError, RecursionError, _UnusualError):
            return _read_unusual(content)
        if _skip(text, end) == len(text) and b"\\u" not in content:
            pairs = tuple(value.items()) if type(value) is dict else ()
            return JsonText(value, pairs=pairs, depth=containers if containers <= 1 else depth_of(content))
    return _read_unusual(content)


# Several judges read one request and one answer, and a server mostly sends the same ones again. A large one is remembered
# by itself, or a few requests would push it out; not many of them, because its value may take fifty times its own memory.
_read_small = functools.lru_cache(maxsize=32)(_read)
_read_large = functools.lru_cache(maxsize=2)(_read)


def strings(value: object) -> Iterator[str]:
    """Every string in a JSON value, member names included, in no particular order; any depth."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)


def _skip(text: str, start: int) -> int:
    """Where the white space that begins at `start` ends."""
    space = _SPACE.match(text, start)
    return space.end() if space else start


class _UnusualError(Exception):
    """The text holds something the quick reading keeps no account of."""


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE = re.compile(r"[ \t\n\r]*")


def _plain_object(pairs: Pairs) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _UnusualError
    return members


def _plain_integer(digits: str) -> int:
    if len(digits) > EXACT_DIGITS:
        raise _UnusualError
    return int(digits)


def _plain_float(digits: str) -> float:
    number = float(digits)
    if number in _LIMITS:
        raise _UnusualError
    return number


def _plain_constant(_name: str) -> float:
    raise _UnusualError


_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LIMITS = (0.0, float("inf"), float("-inf"))
# What every number that needs a second look has: more digits in a row than are exact, or an exponent of three digits, without
# which a fraction is beyond a double by its digits alone. Signs are dropped: they may stand before either.
_DIGITS_AND_EXPONENTS = bytes(
    0x30 if octet in b"0123456789" else 0x65 if octet in b"eE" else 0x20 for octet in range(256)
)
_ODD_NUMBERS = (b"0" * (EXACT_DIGITS + 1), b"e000")
# What a fraction beyond a double has: with fewer digits in a row an exponent of two digits leads to no more than 1e299.
_ODD_FRACTIONS = (b"0" * 200, b"e000")


def _may_have(odd: tuple[bytes, ...], content: bytes) -> bool:
    digits = content.translate(_DIGITS_AND_EXPONENTS, b"+-")
    return any(one in digits for one in odd)


_EXACT = json.JSONDecoder(object_pairs_hook=_plain_object, parse_constant=_plain_constant)
_PLAIN = json.JSONDecoder(
    object_pairs_hook=_plain_object,
    parse_int=_plain_integer,
    parse_float=_plain_float,
    parse_constant=_plain_constant,
)


class _Account:
    """Keeps account of what is unusual; one for each text."""

    def __init__(self) -> None:
        self.nonfinite = False
        self.big_numbers = False
        self.repeated: dict[int, tuple[dict[str, Any], list[str]]] = {}
        self.last: Pairs = []
        self.lost: list[Pairs] = []

    def decoder(self, *, control_characters: bool, odd_numbers: bool, odd_fractions: bool) -> json.JSONDecoder:
        """A decoder that tells this account what it meets.

        It refers to the account, and the account not to it: so what was read goes when it is no longer needed, and not when
        the collector of cycles comes by, which hundreds of megabytes in few objects do not make it do.
        """
        return json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer if odd_numbers else None,
            parse_float=self._float if odd_fractions else None,
            parse_constant=self._constant,
            strict=not control_characters,
        )

    def _object(self, pairs: Pairs) -> dict[str, Any]:
        self.last = pairs
        members = dict(pairs)
        if len(members) != len(pairs) and len(self.repeated) < MOST_DUPLICATES:
            self.lost.append(pairs)
            counts = collections.Counter(map(operator.itemgetter(0), pairs))
            self.repeated[id(members)] = (members, [name for name, count in counts.items() if count > 1])
        return members

    def _integer(self, digits: str) -> int:
        if len(digits.lstrip("-")) > EXACT_DIGITS:
            self.big_numbers = True
        return int(digits[:LONGEST_INTEGER])

    def _float(self, digits: str) -> float:
        number = float(digits)
        if number in _LIMITS:
            mantissa = re.split("[eE]", digits, maxsplit=1)[0]
            self.big_numbers |= number != 0.0 or mantissa.strip("-0.") != ""
        return number

    def _constant(self, name: str) -> float:
        self.nonfinite = True
        return float(name.replace("Infinity", "inf"))

    def duplicates(self, value: object) -> tuple[str, ...]:
        """Where in `value` the repeated names are; a repeat inside a repeat's lost value is named without its place."""
        if not self.repeated:
            return ()
        return tuple(itertools.islice(self._repeats(value), MOST_DUPLICATES))

    def _repeats(self, value: object) -> Iterator[str]:
        for pointer, item in _objects(value, stop=len(self.repeated)):
            _, names = self.repeated.pop(id(item), (None, ()))
            yield from (f"{pointer}/{_escaped(name)}" for name in names)
        for _, names in self.repeated.values():
            yield from (f"…/{_escaped(name)}" for name in names)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _objects(value: object, stop: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects in `value` with their pointers; looks at no more than twenty thousand places."""
    waiting: list[tuple[str, object]] = [("", value)]
    for _ in range(20_000 if stop else 0):
        if not waiting:
            return
        pointer, item = waiting.pop()
        if isinstance(item, dict):
            yield pointer, item
            inner = [(f"{pointer}/{_escaped(name)}", child) for name, child in item.items() if _is_container(child)]
        else:
            inner = [(f"{pointer}/{at}", child) for at, child in enumerate(_list(item)) if _is_container(child)]
        waiting.extend(reversed(inner))


def _is_container(value: object) -> bool:
    return isinstance(value, dict | list)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _read_unusual(content: bytes) -> JsonText:
    text, utf8 = _decoded(content)
    bom = text.startswith("\ufeff")
    if bom:
        text = text[1:]
    faults = [fault for fault, there in (("byte order mark", bom), ("not UTF-8", not utf8)) if there]
    if not text.strip(" \t\n\r"):
        return JsonText(NOTHING, fault="empty" if not faults else faults[0], bom=bom, utf8=utf8)
    depth = depth_of(content)
    too_deep = depth > DEEPEST
    shallow = pruned(text) if too_deep else text
    odd = not utf8 or _may_have(_ODD_NUMBERS, content)
    fractions = odd and (not utf8 or _may_have(_ODD_FRACTIONS, content))
    account, value, fault = _parsed(shallow, odd_numbers=odd, odd_fractions=fractions)
    if too_deep:
        fault = f"nested deeper than {DEEPEST}"
    if fault:
        faults.append(fault)
    if account.nonfinite:
        faults.append(NOT_A_NUMBER)
    pairs = tuple(account.last) if isinstance(value, dict) else ()
    return JsonText(
        value,
        fault=faults[0] if faults else None,
        duplicates=account.duplicates(value),
        pairs=pairs,
        bom=bom,
        utf8=utf8,
        lone_surrogates=_SURROGATE.search(text) is not None
        and any(map(_has_surrogate, strings([value, account.lost]))),
        depth=depth,
        big_numbers=account.big_numbers,
        nonfinite=account.nonfinite,
    )


def _decoded(content: bytes) -> tuple[str, bool]:
    """The text, and whether it is UTF-8; RFC 4627, section 3 tells UTF-16 and UTF-32 by their zeros."""
    if b"\0" in content[:4] or content[:2] in _UTF_16_MARKS:
        encoding = json.detect_encoding(content)
        if not encoding.startswith("utf-8"):
            with contextlib.suppress(UnicodeDecodeError):
                return content.decode(encoding), False
    try:
        return content.decode(), True
    except UnicodeDecodeError:
        return content.decode("utf-8", "replace"), False


def _parsed(
    text: str, *, odd_numbers: bool, odd_fractions: bool, control_characters: bool = False
) -> tuple[_Account, Any, str | None]:
    """The account kept, the value or NOTHING, and what is wrong with the text."""
    account = _Account()
    decoder = account.decoder(
        control_characters=control_characters, odd_numbers=odd_numbers, odd_fractions=odd_fractions
    )
    try:
        value, end = decoder.raw_decode(text, _skip(text, 0))
    except json.JSONDecodeError as error:
        fault = f"not JSON: {error.msg.removesuffix(' at').strip(' :')} at character {error.pos}"
        if control_characters:
            return account, NOTHING, fault
        account, value, _ = _parsed(text, odd_numbers=odd_numbers, odd_fractions=odd_fractions, control_characters=True)
        return account, value, fault
    except (RecursionError, ValueError):
        return account, NOTHING, f"nested deeper than {DEEPEST}"
    return account, value, None if _skip(text, end) == len(text) else "trailing data"


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
