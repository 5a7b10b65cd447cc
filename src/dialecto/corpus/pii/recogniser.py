"""What a recogniser is, and the usual way to make one: a shape, a check and words of context.

A recogniser is a plug-in: a name, the types it finds, the regions where it makes sense, and a
function that finds entities in a part of a text. Those that look for digits are only shown
the parts of a text that hold enough of them, so that forty of them cost little more than one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from dialecto.corpus.pii.cues import Cues, cue_places, cues_among
from dialecto.corpus.pii.entity import Entity

Find = Callable[[str, int, int], Iterable[Entity]]
Check = Callable[[str], bool]

CONTEXT_CHARACTERS = 48
_SIGNS = re.compile(r"[^0-9A-Za-zÑñ&]")


@dataclass(frozen=True)
class Recogniser:
    """`find(text, start, end)` gives the entities within `text[start:end]`.

    It may look at the text around that part. `digits` is the least number of digits that the
    part must hold; 0 means that the recogniser looks at the whole text by itself. `regions`
    are ISO 3166 codes; empty means everywhere. `check` says whether a value is well formed;
    surrogates are drawn until it accepts them. `fixed` counts leading letters or digits that a
    surrogate keeps (a country code, a card's issuer), `letters` says whether it changes letters
    too. `cues` are folded words of which one must stand in the part or near it; empty when it
    needs none. `find_cued` finds what is only found near a cue, and then `find` needs none.
    `find_at(text, place)` replaces `find` for those that begin with a cue: it is called at each.
    `shape` is an expression without groups: where nothing that stands alone matches it, `find`
    finds nothing.
    """

    name: str
    types: tuple[str, ...]
    find: Find
    digits: int = 0
    regions: frozenset[str] = frozenset()
    check: Check | None = None
    fixed: int = 0
    cues: frozenset[str] = frozenset()
    letters: bool = True
    find_cued: Find | None = None
    find_at: Callable[[str, int], Iterable[Entity]] | None = None
    shape: str = ""


def standing_alone(shape: str) -> str:
    """Not a part of a longer number or code: 163.996-7 of 10.163.996-7."""
    return rf"(?<![\w@/=])(?<!\d[-.])(?<!\b\w[-.])(?:{shape})(?![\w@]|[-/.]\d)"


def digits_of(value: str) -> str:
    return "".join(c for c in value if c.isdigit())


def words(*alternatives: str) -> re.Pattern[str]:
    """Words of context, matched in lower-case text, each standing alone."""
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)")


def context_distance(text: str, start: int, context: re.Pattern[str]) -> int | None:
    """Characters between the nearest context word before `start` and it; None if none is near."""
    before = text[max(0, start - CONTEXT_CHARACTERS) : start].lower()
    last = None
    for last in context.finditer(before):  # noqa: B007 - the last match is the nearest
        pass
    return None if last is None else len(before) - last.end()


def pattern(
    name: str,
    type: str,
    *,
    strong: str = "",
    weak: str = "",
    context: re.Pattern[str] | Cues | None = None,
    check: Check | None = None,
    digits: int = 7,
    regions: Iterable[str] = (),
    score: float = 0.9,
    fixed: int = 0,
    flags: int = 0,
    hint: str = "",
    as_written: bool = False,
) -> Recogniser:
    """A recogniser from shapes.

    `check` is given the value without spaces and signs, or `as_written`. A `strong` shape is
    accepted when `check` accepts it; a `weak` one also needs a word of `context` just before it.
    The nearer the word, the higher the score, so that of two labels before a number the nearer one
    names it. A group called `v` in a shape is the entity. `hint` is a part, in lower case, of every
    word of a context that has no cues.
    """

    searched = context.pattern if isinstance(context, Cues) else context
    cues = context.words if isinstance(context, Cues) and weak else frozenset[str]()

    def compact_check(value: str) -> bool:
        return check is None or check(value if as_written else _SIGNS.sub("", value))

    def finder(shape: str, needs_context: bool) -> Find:
        compiled = re.compile(standing_alone(shape), flags)
        group = "v" if "v" in compiled.groupindex else 0

        def find(text: str, start: int, end: int) -> Iterator[Entity]:
            if hint and hint not in text[max(0, start - CONTEXT_CHARACTERS) : end].lower():
                return
            for match in compiled.finditer(text, start, end):
                value, (begin, stop) = match.group(group), match.span(group)
                if not compact_check(value):
                    continue
                near = context_distance(text, begin, searched) if searched else None
                if near is None and needs_context:
                    continue
                bonus = 0.09 - near / 1000 if near is not None else 0.0
                if needs_context and check is None:
                    bonus -= 0.05
                yield Entity(begin, stop, type, value, min(score + bonus, 0.999), name)

        return find

    found = [finder(shape, needs) for shape, needs in ((strong, False), (weak, True)) if shape]
    known_check = compact_check if check is not None else None
    rule = Recogniser(name, (type,), found[0], digits, frozenset(regions), known_check, fixed, cues)
    if strong and (not weak or cues) and not re.compile(strong).groups:
        rule = replace(rule, shape=f"(?i:{strong})" if flags & re.IGNORECASE else strong)
    if len(found) == 1:
        return rule
    if cues:
        return replace(rule, find_cued=found[1])
    return replace(
        rule, find=lambda text, start, end: [e for f in found for e in f(text, start, end)]
    )


def at_cues(
    name: str,
    types: tuple[str, ...],
    find_at: Callable[[str, int], Iterable[Entity]],
    cues: frozenset[str],
) -> Recogniser:
    """A recogniser of what begins with one of these folded words."""

    cue_of = cues_among(cues)

    def find(text: str, start: int, end: int) -> Iterator[Entity]:
        for place, _ in cue_places(text[:end], cue_of):
            if place >= start:
                yield from find_at(text, place)

    return Recogniser(name, types, find, cues=cues, find_at=find_at)
