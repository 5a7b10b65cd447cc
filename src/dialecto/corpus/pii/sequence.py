"""Labels the words of a text with a conditional random field: its features and its decoding.

The same features serve the shipped model (people's names, places, institutions, family,
professions) and the models that users train on their own annotated pages. Features say how a
word is written, whether the lists of names know it, what stands around it, what its line is
about (`Nombre:`), and what the recognisers of numbers have found there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, gazetteer, word_set

TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
_LINE_LABEL = re.compile(r"[ \t|*#>-]*([^\W\d_][^:\n]{0,40}?)\s?:")
NO_ENTITY = "O"


@dataclass(frozen=True)
class Token:
    """A word, a number or a sign, and where it stands."""

    text: str
    start: int
    end: int


def tokens_of(text: str, start: int, end: int) -> list[Token]:
    return [Token(m.group(), m.start(), m.end()) for m in TOKEN.finditer(text, start, end)]


@lru_cache(maxsize=65_536)
def word_features(word: str, known: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(all features of the word itself, the few that its neighbours see).

    `known=False` hides what the lists say of it: training does so for a part of the names,
    so that the model also learns to do without the lists.
    """
    folded = fold(word)
    form = shape(word)
    lists = ""
    if word[0].isalpha():
        letters = gazetteer().letters.get(folded, frozenset()) if known else frozenset()
        lists = "".join(c for c in "fms" if c in letters)
        lists += "c" if folded in word_set("common_words") else ""
        lists += "p" if folded in word_set("places") else ""
        if letters & {"e", "p", "n"}:
            lists += "+"
    near = (f"w={folded}", f"s={form}", f"g={lists}")
    own = [*near, f"gs={lists}{form}"]
    if len(word) > 3 and word[0].isalpha():
        own += [f"e2={folded[-2:]}", f"e3={folded[-3:]}", f"b3={folded[:3]}"]
    if word[0].isdigit():
        own.append(f"n={len(word)}")
    return tuple(own), near


def shape(word: str) -> str:
    """`María` -> `Xx`, `UPPER` -> `XX`, `x` for lower case, `9`, `mIx`; signs are themselves."""
    first = word[0]
    if first.isdigit():
        return "9"
    if not first.isalpha():
        return first
    if word.islower():
        return "x"
    if len(word) == 1:
        return "X"
    if word.isupper():
        return "XX"
    return "Xx" if first.isupper() and word[1:].islower() else "mIx"


@lru_cache(maxsize=262_144)
def _shifted(word: str, known: bool, offset: int) -> tuple[str, ...]:
    near = word_features(word, known)[1]
    if abs(offset) > 2:
        near = near[:1]
    return tuple(f"{offset}:{feature}" for feature in near)


def features(
    text: str,
    tokens: Sequence[Token],
    rules: dict[int, str],
    hidden: frozenset[str] = frozenset(),
    rich: bool = False,
) -> list[list[str]]:
    """One list of features for each token of a sequence (a line, or a sentence of one).

    `rules` maps a character's position to the label that a recogniser gave it. `hidden` are
    folded words that the lists shall not know. `rich` adds what pays on real pages only:
    the word as written, longer endings, what opens the line and what stood on the one before.
    """
    known = [fold(t.text) not in hidden for t in tokens] if hidden else [True] * len(tokens)
    label = line_label(text, tokens[0].start) if tokens else ""
    count = len(tokens)
    around = _around(text, tokens) if rich and tokens else []
    result = []
    for i, token in enumerate(tokens):
        row = list(word_features(token.text, known[i])[0])
        for offset in (-3, -2, -1, 1, 2, 3):
            j = i + offset
            if 0 <= j < count:
                row += _shifted(tokens[j].text, known[j], offset)
            else:
                row.append(f"{offset}:edge")
        row.append(label)
        if i:
            before, here = word_features(tokens[i - 1].text, known[i - 1])[1], row
            row.append(f"gg={before[2]}|{here[2]}")
            row.append(f"ww={before[0]}|{here[0]}")
        if i + 1 < count:
            row.append(f"gn={row[2]}|{word_features(tokens[i + 1].text, known[i + 1])[1][2]}")
        rule = rules.get(token.start)
        if rule:
            row.append(f"r={rule}")
        if i and (rule := rules.get(tokens[i - 1].start)):
            row.append(f"-1:r={rule[2:]}")
        if i + 1 < count and (rule := rules.get(tokens[i + 1].start)):
            row.append(f"1:r={rule[2:]}")
        if rich:
            row += around
            row += _rich(tokens, i)
        result.append(row)
    return result


def _around(text: str, tokens: Sequence[Token]) -> list[str]:
    """The label of the line before, and whether the line is one of a header of fields."""
    begin = text.rfind("\n", 0, tokens[0].start) + 1
    before = line_label(text, begin - 1) if begin else "L=top"
    return [f"before:{before}", f"short={len(tokens) < 16}"]


def _rich(tokens: Sequence[Token], i: int) -> list[str]:
    word = tokens[i].text
    row = [f"W={word}", f"at={min(i, 4)}", f"left={min(len(tokens) - i, 3)}"]
    if len(word) > 4 and word[0].isalpha():
        row += [f"e4={word[-4:].lower()}", f"b4={word[:4].lower()}"]
    if i > 1:
        row.append(f"w2={fold(tokens[i - 2].text)}|{fold(tokens[i - 1].text)}")
    if i + 1 < len(tokens):
        row.append(f"wn={fold(word)}|{fold(tokens[i + 1].text)}")
    if i + 2 < len(tokens):
        row.append(f"n2={fold(tokens[i + 1].text)}|{fold(tokens[i + 2].text)}")
    return row


def line_label(text: str, start: int) -> str:
    """`L=domicilio` on a line that begins with `Domicilio:`."""
    begin = text.rfind("\n", 0, start) + 1
    match = _LINE_LABEL.match(text, begin, begin + 48)
    return f"L={fold(match.group(1))}" if match else "L="


def rule_labels(entities: Iterable[Entity]) -> dict[int, str]:
    """Position -> `B-PHONE` or `I-PHONE`, for every character of the entities."""
    labels = {}
    for entity in entities:
        for position in range(entity.start, entity.end):
            labels[position] = f"I-{entity.type}"
        labels[entity.start] = f"B-{entity.type}"
    return labels


def tags_of(tokens: Sequence[Token], entities: Sequence[Entity]) -> list[str]:
    """B-, I- and O tags of the tokens; a token belongs to the entity that holds its start."""
    owner: dict[int, int] = {}
    for number, entity in enumerate(entities):
        for position in range(entity.start, entity.end):
            owner[position] = number
    tags: list[str] = []
    last: int | None = None
    for token in tokens:
        held_by = owner.get(token.start)
        if held_by is None:
            tags.append(NO_ENTITY)
        else:
            tags.append(("I-" if held_by == last else "B-") + entities[held_by].type)
        last = held_by
    return tags


def entities_of(
    text: str, tokens: Sequence[Token], tags: Sequence[str], name: str, score: float
) -> Iterator[Entity]:
    """The entities that a sequence of tags spells."""
    start = end = 0
    kind = ""
    for token, tag in zip(tokens, tags, strict=True):
        if kind and (tag[:2] != "I-" or tag[2:] != kind):
            yield Entity(start, end, kind, text[start:end], score, name)
            kind = ""
        if tag != NO_ENTITY:
            if not kind:
                start, kind = token.start, tag[2:]
            end = token.end
    if kind:
        yield Entity(start, end, kind, text[start:end], score, name)


@cache
def load(path: Path) -> Any:
    """A trained model, ready to tag; read once for each process."""
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def train(
    sequences: Iterable[tuple[list[list[str]], list[str]]],
    path: Path,
    *,
    iterations: int = 120,
    l1: float = 0.1,
    l2: float = 0.01,
    minimum_count: int = 2,
) -> None:
    """Fit a model to (features, tags) sequences by L-BFGS and write it to `path`."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    for rows, tags in sequences:
        if rows:
            trainer.append(rows, tags)
    trainer.set_params(
        {
            "c1": l1,
            "c2": l2,
            "max_iterations": iterations,
            "feature.minfreq": minimum_count,
            "feature.possible_transitions": True,
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    trainer.train(str(path))
