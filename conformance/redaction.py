"""Masking secrets, where an exchange is captured for the record.

Everything that reaches the record, the console or a report has been through a `Redactor`. Known secrets are masked by
value, in every encoding `conformance.masking.encodings` knows and in part; credentials nobody knows yet (tokens, cookies) by
shape and by the name that stands before them. The near-misses the suite sends are masked as what they are: all but one
letter of each is the secret.

A text is masked as a whole first and cut to size afterwards, so that no half of a secret survives at the cut.
"""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from conformance import tokens
from conformance.masking import credentials, encodings, excerpt, latecomers, plainfields, randomness, repeats
from conformance.masking.decoders import DECODERS, EVERY, views
from conformance.masking.knowledge import Knowledge
from conformance.masking.latest import Latest
from conformance.masking.marks import Mark, Parts, Rank, Sealed, apart, behind, body_of, cut, encodable, joined
from conformance.masking.needles import Find, Known, Needles
from conformance.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.masking.decoders import View
    from conformance.masking.traces import Traces
    from conformance.messages import Disguise, Exchange, Failure, Request, Response

#: Octets of a long run of one that are searched at least, where the rest of it is not.
LEAST_OF_A_RUN: Final = 1 << 10
#: Masks of one text after which a token is shown as one, and no more said of it.
DESCRIBED: Final = 32
#: What stands for a word that looks drawn at random.
RANDOM: Final = "[random characters]"
#: Masks, disguises and shown tokens that are kept at hand.
AT_HAND: Final = 256

# Octets in which nothing can be searched: gzip (RFC 1952, section 2.3.1), Zstandard (RFC 8878, section 3.1.1).
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_BASE64_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_SIMPLE_MASK = re.compile(r"\[[^\[\]\"]*+\]")
_SHOWN_JWT = re.compile(r"\[jwt sha256:([0-9a-f]{8}) ")


class Redactor:
    """Masks what it knows and what it recognises. Safe to use from several threads; it learns, and forgets nothing."""

    def __init__(self, secrets: Iterable[tuple[Secret, str]] = ()) -> None:
        """`secrets` are values and the names shown for them: "$PARTNERS_API_CLIENT_SECRET"."""
        self._knowledge = Knowledge()
        self._disguises: Latest[Disguise, Needles] = Latest(AT_HAND)
        #: by disguises and whose text it is, what was known and what is looked for
        self._together: Latest[tuple[tuple[Disguise, ...], bool], tuple[Needles | None, Needles]] = Latest(AT_HAND)
        self._tokens: Latest[int, str] = Latest(AT_HAND)
        self._shown: Latest[str, str] = Latest(AT_HAND)
        self._masks: Latest[str, None] = Latest(AT_HAND)
        for value, name in secrets:
            self.learn(value, name)

    def __repr__(self) -> str:
        return f"Redactor({self._knowledge!r})"

    @property
    def secrets(self) -> tuple[tuple[Secret, str], ...]:
        """The known secrets and their names."""
        return tuple((known.value, known.name) for known in self._knowledge.known)

    def knows_token(self, run: str) -> bool:
        """Whether `run` is the signature of a token that was seen, or an opaque token."""
        return self._knowledge.knows_token(run)

    @property
    def traces(self) -> Traces:
        """What is told by its letters and digits alone."""
        return self._knowledge.traces

    def learn(self, value: Secret, name: str) -> None:
        """Mask `value` from now on, shown as `[name]`; an empty or a known value is ignored."""
        self._knowledge.learn(value, name)

    def learn_token(self, token: str) -> None:
        """Mask the token from now on, its signature alone too."""
        self._knowledge.learn_token(token)

    def learn_response(self, response: Response) -> None:
        """Learn the tokens that a response brings, before it is shown."""
        self._learn_bare(response)
        text = excerpt.of_content(response.content)
        found: list[Mark] = []
        bare = self._signed_tokens(text, found)
        self._by_name(text, bare, bare, found)
        for view in views(text, EVERY)[1:]:
            for start, end in tokens.find_jws(view.text):
                self.learn_token(view.text[start:end])

    def _learn_bare(self, response: Response) -> None:
        for token in credentials.bare(response.content[: excerpt.CONTENT], success=200 <= response.status < 300):
            self.learn_token(token)
        for token in latecomers.find(response.content):
            self.learn_token(token)

    def text(self, text: str) -> str:
        r"""`text` with every trace of a known secret or a token masked; a lone surrogate becomes `\udXXX`."""
        return encodable(joined(cut(text, self.marks(text)))) if text else text

    def exchange(self, exchange: Exchange, url: str) -> dict[str, object]:
        """The exchange for the record; `url` is the absolute URL the request went to."""
        response, failure, request = exchange.response, exchange.failure, exchange.request
        # The answer first: the token it holds is then known wherever else it turns up.
        answer = self.response(response, request.disguises) if response else None
        sent_at = datetime.fromtimestamp(exchange.sent_at, UTC)
        return {
            "id": exchange.id,
            "number": exchange.number,
            "scenario": exchange.scenario,
            "sent_at": sent_at.isoformat(timespec="milliseconds")[:-6] + "Z",
            "seconds": round(exchange.elapsed, 6),
            "request": self.request(request, url),
            "response": answer,
            "failure": self.failure(failure) if failure else None,
        }

    def failure(self, failure: Failure) -> dict[str, object]:
        """The failure for the record."""
        return {"kind": failure.kind.value, "detail": self.text(failure.detail), "blame": failure.blame}

    def request(self, request: Request, url: str) -> dict[str, object]:
        """The request for the record, with a `curl` command that sends it again."""
        # `curl` writes what this module seals: imported where it is called, to keep the imports one-way.
        from conformance.masking import curl

        sealed = self.seal(request, url)
        return {
            "method": encodable(joined(sealed.method)),
            "url": encodable(joined(sealed.url)),
            "headers": [[encodable(joined(name)), encodable(joined(value))] for name, value in sealed.headers],
            "body": None if request.body is None else body_of(sealed.body or (), request.body),
            "curl": encodable(curl.render(sealed)),
        }

    def response(self, response: Response, disguises: tuple[Disguise, ...] = ()) -> dict[str, object]:
        """The response for the record; near-misses the request carried are masked as such."""
        content = response.content
        self._learn_bare(response)
        packed = response.coding_fault or ("compressed" if content.startswith(_PACKED) else None)
        text = "" if packed else excerpt.of_content(content)
        fields, more = excerpt.fields(response.headers)
        looked_at = plainfields.looked_at(response.headers[: len(fields)], self._knowledge.shortest)
        told = itertools.chain.from_iterable(itertools.compress(fields, looked_at))
        lines = [excerpt.Line.of(response.reason), *told]
        *sealed, shown = self._sealed([*(line.text for line in lines), text], disguises)
        reason, *masked = [
            line.text if parts == (line.text,) and line.size <= excerpt.LINE else joined(line.kept(parts))
            for line, parts in zip(lines, sealed, strict=True)
        ]
        rest = iter(masked)
        shown_fields = [
            [encodable(next(rest)), encodable(self._field(name, next(rest)))] if looked else [name, value]
            for (name, value), looked in zip(response.headers, looked_at, strict=False)
        ]
        body = body_of(excerpt.kept_of_content(shown, content), content)
        if packed:
            body = {"text": encodable(f"[not shown: {packed}]"), "size": 0, "shown": 0}
        return {
            "status": response.status,
            "reason": encodable(reason),
            "http_version": response.http_version,
            "headers": shown_fields + ([["…", f"{more} more fields"]] if more else []),
            "body": {**body, "size": len(response.body)},
        }

    def seal(self, request: Request, url: str) -> Sealed:
        """The request in parts that may be shown and parts that may not."""
        body = request.body or b""
        # What is sent again has to be whole: the body is cut where it is shown, not here.
        longest = [
            self._knowledge.needles().longest,
            *(self._disguised(disguise).longest for disguise in request.disguises),
        ]
        pieces, runs = repeats.apart(body, max(LEAST_OF_A_RUN, *longest))
        texts = [request.method, url, *itertools.chain.from_iterable(request.headers), *map(_text, pieces)]
        method, target, *rest = self._sealed(texts, request.disguises, ours=True)
        headers, (shown, *more) = rest[: -len(pieces)], rest[-len(pieces) :]
        for run, parts in zip(runs, more, strict=True):
            shown = (*shown, _text(run), *parts)
        fields = [
            (name, self._sealed_field(key, value, parts, request.disguises))
            for (key, value), name, parts in zip(request.headers, headers[::2], headers[1::2], strict=True)
        ]
        held = self._knowledge.variables(request.disguises)
        return Sealed(method, target, tuple(fields), None if request.body is None else shown, len(body), held)

    def _sealed_field(self, name: str, value: str, parts: Parts, disguises: tuple[Disguise, ...]) -> Parts:
        """A field of a request of ours: base64 of a known pair is shown as such."""
        kind = tokens.normal(name)
        if kind not in tokens.CREDENTIAL_NAMES or not value or all(isinstance(part, Mark) for part in parts):
            return parts
        scheme, space, rest = value.partition(" ")
        octets = credentials.from_base64(rest) if scheme.lower() == "basic" else None
        if octets is not None:
            inner = octets.decode("utf-8", "surrogateescape")
            pair = cut(inner, self.marks(inner, disguises, ours=True))
            mask = f"[base64 of {encodable(joined(pair))}]"
            at = len(scheme + space)
            return (scheme + space, Mark(at, len(value), mask, Rank.NAMED, text=Secret(rest), packed=pair))
        if credentials.MADE_UP in value or kind == "cookie":
            return parts  # the suite has no cookies but those it makes up
        masked = self._field(name, joined(parts))
        return parts if masked == joined(parts) else (Mark(0, len(value), masked, Rank.NAMED, text=Secret(value)),)

    def _field(self, name: str, value: str) -> str:
        """A field's value, masked by value already, with what its name says is a credential masked too."""
        kind = tokens.normal(name)
        if kind not in tokens.CREDENTIAL_NAMES or not value.strip():
            return value
        if kind in ("cookie", "setcookie"):
            return credentials.cookie(value, response=kind == "setcookie")
        rest = value.partition(" ")[2]
        masked = value in self._masks or rest in self._masks or _SHOWN_JWT.match(value) or _SHOWN_JWT.match(rest)
        return value if masked else credentials.field(value)

    def _sealed(self, texts: Sequence[str], disguises: tuple[Disguise, ...], *, ours: bool = False) -> list[Parts]:
        """Each of the texts in parts; they are searched as one, which costs a fraction of one by one."""
        marks = self.marks("\n".join(texts), disguises, ours=ours)
        if not marks:
            return [(text,) for text in texts]
        found: list[Parts] = []
        start = first = 0
        for text in texts:
            end = start + len(text)
            while first < len(marks) and marks[first].end <= start:
                first += 1
            touched = first < len(marks) and marks[first].start < end
            found.append(cut(text, marks[first:], start) if touched else (text,))
            start = end + 1
        return found

    def marks(self, text: str, disguises: tuple[Disguise, ...] = (), *, ours: bool = False) -> list[Mark]:
        """What of `text` is to be masked, in order and apart from each other.

        disguises: near-misses that are masked as what they are.
        ours: the suite wrote the text, so that a credential nobody knows is a made-up one and may be seen.
        """
        found: list[Mark] = []
        shortest = self._knowledge.needles().shortest_word
        bare, words = text, tokens.words(text, shortest)
        if "[jwt " in text or any(map(tokens.may_hold_jws, words)):
            bare = self._signed_tokens(text, found)
            words = tokens.words(bare, shortest)
        needles = self._all_needles(disguises, words, ours=ours)
        if needles.shortest_word < shortest:
            words = tokens.words(bare, needles.shortest_word)
        finds = needles.search(bare, words)
        if not ours:
            self._by_name(text, *self._apart_from_structure(bare, finds, disguises), found)
            known, needles = needles, self._all_needles(disguises, words, ours=ours)
            if needles is not known:  # a token has been learnt by its name
                finds = needles.search(bare, words)
        seen: set[tuple[int, int]] = set()
        view, *others = views(bare, DECODERS if ours else EVERY)
        found.extend(self._by_value(bare, view, finds, seen))
        if self._knowledge.knows_any(words):
            found.extend(self._by_hash(view))
        found.extend(self._by_letters(view, ours=ours))
        found.extend(self._by_looks(view, ours=ours))
        for view in others:
            finds = needles.search(view.text, [view.text])
            marks = [*self._by_value(bare, view, finds, seen), *(() if ours else self._by_hash(view))]
            marks += [*self._by_letters(view, ours=ours), *self._by_looks(view, ours=ours)]
            found += behind(marks, found) if view.is_packed else marks
        return apart(found) if found else found

    def _all_needles(self, disguises: tuple[Disguise, ...], words: list[str], *, ours: bool) -> Needles:
        known = self._knowledge.needles()
        of, needles = self._together.get((disguises, ours), (None, known)) if disguises else (known, known)
        if of is not known:
            needles = known
            # Disguises first: of two that fit equally well, the later mark is seen.
            for disguise in disguises:
                if ours or len(disguise.value.reveal()) >= encodings.SHORTEST_INSIDE_WORDS:
                    needles = self._disguised(disguise) + needles
            self._together[disguises, ours] = (known, needles)
        tokens_seen = self._knowledge.token_needles(words)
        return needles + tokens_seen if tokens_seen.longest else needles

    def _signed_tokens(self, text: str, found: list[Mark]) -> str:
        """Mark the signed tokens; the text with blanks in their place."""
        for start, end in tokens.find_jws(text):
            found.append(Mark(start, end, self._token(text[start:end], len(found)), Rank.SIGNED))
        if "[jwt sha256:" in text:
            # What has been masked before is left as it is.
            for match in _SHOWN_JWT.finditer(text):
                mask = self._shown.get(match[1])
                if mask and text.startswith(mask, match.start()):
                    found.append(Mark(match.start(), match.start() + len(mask), mask, Rank.SIGNED))
        blank, at = [], 0
        for mark in sorted(found, key=lambda mark: mark.start):
            blank += [text[at : mark.start], " " * (mark.end - max(at, mark.start))]
            at = max(at, mark.end)
        return "".join([*blank, text[at:]])

    def _apart_from_structure(self, text: str, finds: list[Find], disguises: tuple[Disguise, ...]) -> tuple[str, str]:
        """The text with blanks and with brackets in place of secrets that hold quotes and the like."""
        values = (*(known.value for known in self._knowledge.known), *(disguise.value for disguise in disguises))
        if not finds or not any(credentials.is_structure(value.reveal()) for value in values):
            return text, text
        return credentials.apart_from_structure(text, [(find.start, find.end) for find in finds])

    def _by_name(self, text: str, bare: str, shape: str, found: list[Mark]) -> None:
        """Mark credentials told by their names in `shape`, and learn tokens among them; in `bare` what is masked is blank."""
        for credential in credentials.find(shape):
            value = text[credential.start : credential.end]
            rest = bare[credential.start : credential.end]
            if not rest.strip() or not _SIMPLE_MASK.sub(lambda mask: "" if mask[0] in self._masks else mask[0], rest):
                continue
            token = credentials.unescaped(value) if credential.is_token else ""
            mask = self._token(token, len(found)) if token else self._remembered(credentials.MASKED)
            found.append(Mark(credential.start, credential.end, mask, Rank.NAMED))

    def _by_value(self, text: str, view: View, finds: list[Find], seen: set[tuple[int, int]]) -> Iterator[Mark]:
        origins = view.origin([(find.start, find.end) for find in finds])
        for find, (start, end) in zip(finds, origins, strict=True):
            known, form = find.known, find.form
            if view.steps and (text[start:end] == view.text[find.start : find.end] or (start, end) in seen):
                continue  # it was found in the text itself
            seen.add((start, end))
            label = ", ".join(filter(None, (form.label, view.label)))
            name = known.name if find.whole else f"part of {known.name}"
            mask = self._remembered(f"[{name}, {label}]" if label else f"[{name}]")
            before = after = 0
            if form.edge and not view.steps:
                # The characters on either side hold bits of the secret too.
                before = 1 if start and view.text[start - 1] in _BASE64_CHARACTERS else 0
                after = 1 if view.text[end : end + 1] in _BASE64_CHARACTERS else 0
            rank, shell = (Rank.WHOLE, known.shell) if find.whole else (Rank.PART, "")
            yield Mark(start - before, end + after, mask, rank, known.value, shell, find.exact and not view.steps)

    def _by_hash(self, view: View) -> Iterator[Mark]:
        spans = [span for span in tokens.runs(view.text) if self.knows_token(view.text[slice(*span)])]
        mask = self._remembered("[a token's signature]")
        yield from (Mark(start, end, mask, Rank.NAMED) for start, end in view.origin(spans))
        if view.steps:
            spans = list(tokens.find_jws(view.text))
            for nth, ((start, end), (first, last)) in enumerate(zip(spans, view.origin(spans), strict=True)):
                yield Mark(first, last, self._token(view.text[start:end], nth), Rank.SIGNED)

    def _by_letters(self, view: View, *, ours: bool) -> Iterator[Mark]:
        # what the suite sends holds a token as it is, if at all
        finds = self._knowledge.traces.find(view.text, tokens=not ours)
        origins = view.origin([(find.start, find.end) for find in finds])
        for find, (start, end) in zip(finds, origins, strict=True):
            name = find.trace.name if find.share == 1 else f"part of {find.trace.name}"
            yield Mark(start, end, self._remembered(f"[{name}, {find.trace.label}]"), Rank.LETTERS)

    def _by_looks(self, view: View, *, ours: bool) -> Iterator[Mark]:
        # of what is packed, the word it is packed in looks so already
        found = [] if ours or view.is_packed else list(randomness.find(view.text))
        return (Mark(start, end, self._remembered(RANDOM), Rank.LOOKS) for start, end in view.origin(found))

    def _disguised(self, disguise: Disguise) -> Needles:
        needles = self._disguises.get(disguise)
        if needles is None:
            forms = encodings.forms(disguise.value.reveal(), runs=False)
            needles = self._disguises[disguise] = Needles.of(
                [Known(disguise.value, disguise.label, disguise.shell, forms)]
            )
        return needles

    def _token(self, token: str, before: int) -> str:
        """How the token is shown, with so many masks before it in the text; it is learnt on the way."""
        if before > DESCRIBED:
            self.learn_token(token)
            return self._remembered("[a token]")
        mark = tokens.fingerprint(token)
        mask = self._tokens.get(mark)
        if mask is None:
            self.learn_token(token)
            mask = tokens.shown(token)
            # A claim that is shown may hold a secret.
            if mask.startswith("[jwt "):
                mask = encodable(joined(cut(mask, self.marks(mask, ours=True))))
            self._tokens[mark] = mask
            if match := _SHOWN_JWT.match(mask):
                self._shown[match[1]] = mask
        return mask if mask.startswith("[jwt ") else self._remembered(mask)

    def _remembered(self, mask: str) -> str:
        """The mask, remembered so that it is not masked again."""
        if mask not in self._masks:
            self._masks[mask] = None
        return mask


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")
