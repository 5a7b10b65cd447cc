"""Finds personal data in a text: every recogniser once over, then what they let slip.

A text is scanned once for runs of digits; the recognisers of numbers are shown only those.
After that a second pass takes the surnames and first names of the people found and finds
them again where they stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from dialecto.corpus.pii import (
    addresses,
    bank,
    dates,
    email,
    identifiers,
    names,
    network,
    phones,
    secrets,
)
from dialecto.corpus.pii import records as record_numbers
from dialecto.corpus.pii.cues import cue_places
from dialecto.corpus.pii.entity import DEFAULT_TYPES, Entity, without_overlaps
from dialecto.corpus.pii.own_model import OwnModel, find_with_model
from dialecto.corpus.pii.recogniser import Find, Recogniser

# A token that begins with a digit, and those after it that hold one, however they are joined.
_NUMBERS = re.compile(r"\d\w*(?:[ .,\-–/()+:]{1,3}(?:[^\W\d_]{0,6}\d\w*|[A-Z]{1,4}\b|\d))*|\bs/n\b")
_LEFT, _RIGHT = 16, 4
_CUES_BEFORE, _CUES_AFTER = 80, 64  # characters in which a word may say what numbers are


@cache
def recognisers(regions: tuple[str, ...], lang: str = "es") -> tuple[Recogniser, ...]:
    """Every recogniser that makes sense in these regions; none named means all of them.

    English texts give phones of the United States and the United Kingdom as well.
    """
    dialled = (*regions, "US", "GB") if lang == "en" else regions
    everything = (
        *email.RECOGNISERS,
        *network.RECOGNISERS,
        *secrets.RECOGNISERS,
        *dates.RECOGNISERS,
        *bank.RECOGNISERS,
        *identifiers.RECOGNISERS,
        *record_numbers.RECOGNISERS,
        *addresses.RECOGNISERS,
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
    if not text:
        return []
    rules = rule_entities(text, regions, lang, extra)
    if model is not None:
        entities = find_with_model(text, rules, model)
    else:
        entities = without_overlaps([*rules, *names.find_names(text, rules, types, lang)])
    if "PLACE" not in types:
        entities = addresses.join_places(text, entities)
    return [entity for entity in entities if entity.type in types]


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
    for match in _NUMBERS.finditer(text):
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


@dataclass(frozen=True)
class _Plan:
    """Recognisers by what makes them look: nothing, numbers, or a word near numbers or at hand."""

    whole: tuple[Recogniser, ...]
    numbers: tuple[tuple[int, Find], ...]  # (least digits, find), fewest digits first
    cued: tuple[tuple[int, Find], ...]
    by_cue: dict[str, tuple[int, ...]]  # word -> places in `cued`
    at_cue: dict[str, tuple[Recogniser, ...]]
    words: frozenset[str]


@cache
def _plan(regions: tuple[str, ...], lang: str) -> _Plan:
    return _planned(recognisers(regions, lang))


def _planned(using: Sequence[Recogniser]) -> _Plan:
    whole: list[Recogniser] = []
    numbers: list[tuple[int, Find]] = []
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
                numbers.append((rule.digits, rule.find))
            for word in rule.cues:
                by_cue[word] = (*by_cue.get(word, ()), len(cued))
            if rule.cues:
                cued.append((rule.digits, rule.find_cued or rule.find))
    numbers.sort(key=lambda pair: pair[0])
    words = frozenset((*by_cue, *at_cue))
    return _Plan(tuple(whole), tuple(numbers), tuple(cued), by_cue, at_cue, words)


def _scan(text: str, plan: _Plan) -> Iterator[Entity]:
    for recogniser in plan.whole:
        yield from recogniser.find(text, 0, len(text))
    places = cue_places(text, plan.words) if plan.words else []
    for place, word in places:
        for recogniser in plan.at_cue.get(word, ()):
            if recogniser.find_at:
                yield from recogniser.find_at(text, place)
    first = 0  # of the cues that can still be near
    for start, end, digits in number_windows(text):
        for least, find in plan.numbers:
            if least > digits:
                break
            yield from find(text, start, end)
        while first < len(places) and places[first][0] < start - _CUES_BEFORE:
            first += 1
        near: set[int] = set()
        for number in range(first, len(places)):
            place, word = places[number]
            if place >= end + _CUES_AFTER:
                break
            near.update(plan.by_cue.get(word, ()))
        for index in sorted(near):
            least, find = plan.cued[index]
            if least <= digits:
                yield from find(text, start, end)
