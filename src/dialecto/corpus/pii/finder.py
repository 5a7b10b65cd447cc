"""Finds personal data in a text: every recogniser once over, then what they let slip.

A text is read once, word by word; the recognisers of numbers are shown only the parts with
digits, and those that begin with a word only its places. After that a second pass takes the
surnames and first names of the people found and finds them again where they stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress, islice

from dialecto.corpus.pii import (
    accounts,
    addresses,
    ages,
    announced_names,
    bank,
    dates,
    email,
    english_addresses,
    identifiers,
    labelled,
    names,
    network,
    phones,
    secrets,
)
from dialecto.corpus.pii import records as record_numbers
from dialecto.corpus.pii.cues import cue_places, cues_among
from dialecto.corpus.pii.entity import DEFAULT_TYPES, Entity, without_overlaps
from dialecto.corpus.pii.own_model import OwnModel, find_with_model
from dialecto.corpus.pii.reading import PerWord, read
from dialecto.corpus.pii.recogniser import Find, Recogniser, standing_alone

# A token that begins with a digit, and those after it that hold one, however they are joined.
_NUMBERS = re.compile(r"\d\w*(?:[ .,\-–/()+:]{1,3}(?:[^\W\d_]{0,6}\d\w*|[A-Z]{1,4}\b|\d))*|s/n")
_NO_NUMBER = re.compile(r"\bs/n\b")
_LEFT, _RIGHT = 16, 4
ENOUGH_PAGES = 100
"""A model of fewer pages adds to what ships; of more, it takes its place."""
_BATCH = 32_768  # characters of the texts that the model reads at once
_CUES_BEFORE, _CUES_AFTER = 80, 64  # characters in which a word may say what numbers are


@cache
def recognisers(regions: tuple[str, ...], lang: str = "es") -> tuple[Recogniser, ...]:
    """Every recogniser that makes sense in these regions; none named means all of them.

    English texts give phones of the United States and the United Kingdom as well.
    """
    dialled = (*regions, "US", "GB") if lang == "en" else regions
    everything = (
        *email.RECOGNISERS,
        *accounts.RECOGNISERS,
        *announced_names.RECOGNISERS,
        *network.RECOGNISERS,
        *secrets.RECOGNISERS,
        *dates.RECOGNISERS,
        *bank.RECOGNISERS,
        *identifiers.RECOGNISERS,
        *labelled.RECOGNISERS,
        *record_numbers.RECOGNISERS,
        *addresses.RECOGNISERS,
        *english_addresses.RECOGNISERS,
        *ages.RECOGNISERS,
        phones.recogniser(dialled),
    )
    wanted = set(regions)
    return tuple(r for r in everything if not r.regions or not wanted or r.regions & wanted)


def find_entities(
    text: str,
    *,
    regions: Sequence[str] = (),
    lang: str = "es",
    types: Collection[str] = DEFAULT_TYPES,
    extra: Sequence[Recogniser] = (),
    model: OwnModel | None = None,
) -> list[Entity]:
    """Personal data of the given types, in order and without overlaps.

    `regions` are ISO 3166 codes; `lang` is the text's ISO 639-1 code; `extra` are the caller's
    own recognisers, `model` one trained on the caller's pages. Types that were not asked for
    still win over what they overlap: a date is not taken for a phone because dates are not
    wanted.
    """
    (found,) = find_in([text], regions=regions, lang=lang, types=types, extra=extra, model=model)
    return found


def find_in(
    texts: Iterable[str],
    *,
    regions: Sequence[str] = (),
    lang: str = "es",
    types: Collection[str] = DEFAULT_TYPES,
    extra: Sequence[Recogniser] = (),
    model: OwnModel | None = None,
) -> Iterator[list[Entity]]:
    """What `find_entities` finds in each of these texts, in order.

    Texts are read some at a time, as much as a long one holds: a model is as slow with a line
    as with a page.
    """
    asked = (network.LINKS,) if "URL" in types else ()
    for batch in _batches(texts):
        rules = (rule_entities(text, regions, lang, (*asked, *extra)) for text in batch)
        if model is None:
            found = _with_names(batch, rules, types, lang)
        else:
            known = list(rules)
            found = find_with_model(zip(batch, known, strict=True), model)
            if model.documents < ENOUGH_PAGES:
                shipped = _with_names(batch, known, types, lang)
                found = [
                    without_overlaps([*entities, *(e for e in others if e not in by_rule)])
                    for entities, others, by_rule in zip(found, shipped, known, strict=True)
                ]
        for text, entities in zip(batch, found, strict=True):
            if "PLACE" not in types:
                entities = addresses.join_places(text, entities)
            yield [entity for entity in entities if entity.type in types]


def _with_names(
    batch: Sequence[str], rules: Iterable[list[Entity]], types: Collection[str], lang: str
) -> list[list[Entity]]:
    """What the rules find in these texts and what the shipped model does.

    `rules` is asked for a text just before the text is read: it is then read only once.
    """
    pages = [names.read_lines(*page, types) for page in zip(batch, rules, strict=True)]
    named = names.find_names(pages, lang)
    return [
        without_overlaps([*page.found, *people]) for page, people in zip(pages, named, strict=True)
    ]


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def rule_entities(
    text: str, regions: Sequence[str], lang: str = "es", extra: Sequence[Recogniser] = ()
) -> list[Entity]:
    """What the recognisers find by form, check digits and context; no names of people."""
    found = list(_scan(text, _plan(tuple(regions), lang)))
    if extra:
        found += _scan(text, _planned(extra))
    return without_overlaps(found)


def number_windows(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, digits) of the parts of a text that hold numbers, with a little around them."""
    start = end = digits = -1
    done = 0
    for place in _number_places(text):
        match = _NUMBERS.match(text, place) if place >= done else None
        if match is None:
            continue
        done = match.end()
        count = sum(map(str.isdigit, match.group())) or 1
        left = max(0, match.start() - _LEFT)
        if left <= end:
            end, digits = match.end() + _RIGHT, digits + count
            continue
        if digits > 0:
            yield start, min(end, len(text)), digits
        start, end, digits = left, match.end() + _RIGHT, count
    if digits > 0:
        yield start, min(end, len(text)), digits


def _number_places(text: str) -> list[int]:
    """Where each run of digits begins, and each `s/n` of a house without a number."""
    reading = read(text)
    places = list(compress(reading.starts, map(str.isdecimal, reading.words)))
    if "s/n" in text:
        places = sorted([*places, *(match.start() for match in _NO_NUMBER.finditer(text))])
    return places


@dataclass(frozen=True)
class _Plan:
    """Recognisers by what makes them look: nothing, numbers, or a word near numbers or at hand."""

    whole: tuple[Recogniser, ...]
    numbers: tuple[tuple[int, Find], ...]  # (least digits, find), fewest digits first
    shaped: tuple[tuple[int, Find], ...]  # the same; each finds nothing where `shape` does not
    shape: re.Pattern[str]
    cued: tuple[tuple[int, Find], ...]
    by_cue: dict[str, tuple[int, ...]]  # word -> places in `cued`
    at_cue: dict[str, tuple[Recogniser, ...]]
    cue_of: PerWord[str] | None


@cache
def _plan(regions: tuple[str, ...], lang: str) -> _Plan:
    return _planned(recognisers(regions, lang))


def _planned(using: Sequence[Recogniser]) -> _Plan:
    whole: list[Recogniser] = []
    numbers: list[tuple[int, Find]] = []
    shaped: list[tuple[int, Find]] = []
    shapes: list[str] = []
    cued: list[tuple[int, Find]] = []
    by_cue: dict[str, tuple[int, ...]] = {}
    at_cue: dict[str, tuple[Recogniser, ...]] = {}
    for rule in using:
        if rule.find_at:
            for word in rule.cues:
                at_cue[word] = (*at_cue.get(word, ()), rule)
        elif not rule.digits:
            whole.append(rule)
        else:
            if rule.find_cued or not rule.cues:
                (shaped if rule.shape else numbers).append((rule.digits, rule.find))
                shapes += [rule.shape] if rule.shape else []
            for word in rule.cues:
                by_cue[word] = (*by_cue.get(word, ()), len(cued))
            if rule.cues:
                cued.append((rule.digits, rule.find_cued or rule.find))
    numbers.sort(key=lambda pair: pair[0])
    shaped.sort(key=lambda pair: pair[0])
    words = frozenset((*by_cue, *at_cue))
    return _Plan(
        whole=tuple(whole),
        numbers=tuple(numbers),
        shaped=tuple(shaped),
        shape=re.compile(standing_alone("|".join(f"(?:{shape})" for shape in shapes))),
        cued=tuple(cued),
        by_cue=by_cue,
        at_cue=at_cue,
        cue_of=cues_among(words) if words else None,
    )


def _scan(text: str, plan: _Plan) -> Iterator[Entity]:
    for recogniser in plan.whole:
        yield from recogniser.find(text, 0, len(text))
    places = cue_places(text, plan.cue_of) if plan.cue_of is not None else []
    for place, word in places:
        for recogniser in plan.at_cue.get(word, ()):
            if recogniser.find_at:
                yield from recogniser.find_at(text, place)
    by_cue = plan.by_cue
    cued = [(place, by_cue[word]) for place, word in places if word in by_cue]
    first = 0  # of the cues that can still be near
    for start, end, digits in number_windows(text):
        for least, find in plan.numbers:
            if least > digits:
                break
            yield from find(text, start, end)
        # One search for all of these: nearly every number is none of them.
        if plan.shaped and plan.shaped[0][0] <= digits and plan.shape.search(text, start, end):
            for least, find in plan.shaped:
                if least > digits:
                    break
                yield from find(text, start, end)
        while first < len(cued) and cued[first][0] < start - _CUES_BEFORE:
            first += 1
        near: set[int] = set()
        for place, indexes in islice(cued, first, None):
            if place >= end + _CUES_AFTER:
                break
            near.update(indexes)
        for index in sorted(near):
            least, find = plan.cued[index]
            if least <= digits:
                yield from find(text, start, end)
