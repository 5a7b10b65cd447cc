"""Sentence patterns: files of written sentences with slots and choices, and their expansion.

One pattern a line. `{slot}` is filled by the caller's values or from `slots.yaml`;
`{slot_cap}` starts with a capital; `[one|other]` is a choice. Spanish contractions (`de el`)
are made afterwards, so that slots can carry their article.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from dialecto.sample.markup import capitalise

Slots = dict[str, str | tuple[str, ...] | Callable[[Random], str]]
_PIECE = re.compile(r"\{(\w+)\}|\[([^\[\]]*)\]")
_CONTRACT = re.compile(r"\b([DdAa])(e?) el(?= )")


@dataclass(frozen=True)
class Pattern:
    """A sentence as (kind, payload) parts: a text, the name of a slot, or the choices."""

    parts: tuple[tuple[str, tuple[str, ...]], ...]


def parse_pattern(line: str) -> Pattern:
    parts: list[tuple[str, tuple[str, ...]]] = []
    position = 0
    for match in _PIECE.finditer(line):
        if match.start() > position:
            parts.append(("text", (line[position : match.start()],)))
        if match[1]:
            parts.append(("slot", (match[1],)))
        else:
            parts.append(("choice", tuple(match[2].split("|"))))
        position = match.end()
    if position < len(line):
        parts.append(("text", (line[position:],)))
    return Pattern(tuple(parts))


def _folder(lang: str) -> Any:
    return files("dialecto.sample") / "patterns" / lang


@cache
def load_yaml(lang: str, name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((_folder(lang) / f"{name}.yaml").read_text(encoding="utf-8"), Loader=loader)


@cache
def load_lines(lang: str, name: str) -> tuple[str, ...]:
    text = (_folder(lang) / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def load_pool(lang: str, name: str) -> tuple[Pattern, ...]:
    return tuple(parse_pattern(line) for line in load_lines(lang, name))


@cache
def compiled(line: str) -> Pattern:
    """A pattern that comes from a YAML file."""
    return parse_pattern(line)


def count_patterns(lang: str) -> int:
    """Distinct sentence patterns of a language: pools, and the statements of facts."""
    lines = {
        line
        for entry in _folder(lang).iterdir()
        if entry.name.endswith(".txt") and not entry.name.startswith("off_")
        for line in load_lines(lang, entry.name[:-4])
    }
    for group in load_yaml(lang, "facts")["classes"].values():
        for relation in group["relations"].values():
            lines.update(relation.get("states", ()))
    return len(lines)


def contract(text: str, lang: str) -> str:
    """Spanish `de el` -> `del`, `a el` -> `al`; other languages are left alone."""
    if lang != "es":
        return text
    return _CONTRACT.sub(
        lambda m: f"{m[1]}{'el' if m[2] else 'l'}" if m[2] or m[1] in "aA" else m[0], text
    )


def expand(pattern: Pattern, rng: Random, slots: Slots, lang: str) -> str:
    """A sentence. Raises KeyError for a slot nobody fills: a mistake in a pattern file."""
    out: list[str] = []
    used: set[str] = set()
    for kind, payload in pattern.parts:
        if kind == "text":
            out.append(payload[0])
        elif kind == "choice":
            out.append(payload[int(rng.random() * len(payload))])
        else:
            out.append(_fill(payload[0], rng, slots, used))
    return capitalise(contract("".join(out), lang))


def _fill(name: str, rng: Random, slots: Slots, used: set[str]) -> str:
    if name not in slots and name.endswith("_cap"):
        return capitalise(_fill(name[:-4], rng, slots, used))
    value = slots[name if name in slots else name.rstrip("23456789")]
    if isinstance(value, str):
        return value
    if not isinstance(value, tuple):
        return value(rng)
    place = int(rng.random() * len(value))
    while value[place] in used and len(used) < len(value):  # no thing twice in a sentence
        place = (place + 1) % len(value)
    used.add(value[place])
    return value[place]
