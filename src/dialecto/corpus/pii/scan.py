"""What `dialecto pii scan` shows: the texts of files with the personal data in them marked.

Secrets are found but never shown: each of their characters is a dot.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dialecto.corpus.pii.entity import DEFAULT_TYPES, Entity
from dialecto.corpus.pii.finder import find_entities
from dialecto.corpus.pii.own_model import OwnModel
from dialecto.corpus.pii.recogniser import Recogniser
from dialecto.corpus.pii.which_language import by_language
from dialecto.runtime.errors import DialectoError

_COLOURS = {
    **{"NAME": 31, "ID": 35, "RECORD": 35, "IBAN": 35, "CARD": 35, "PHONE": 32, "EMAIL": 32},
    **{"ADDRESS": 33, "PLACE": 33, "SECRET": 41},
}
_OTHER_COLOUR = 36
# A document could otherwise move the cursor or change the terminal's title.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Search:
    """What to look for, and how."""

    regions: Sequence[str]
    lang: str
    types: Collection[str] = DEFAULT_TYPES
    model: OwnModel | None = None
    extra: Sequence[Recogniser] = ()


@dataclass(frozen=True)
class Scanned:
    """A document, what was found in it, or the reason why it could not be read."""

    file: str
    text: str
    entities: tuple[Entity, ...] = ()
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        if self.problem:
            return {"file": self.file, "problem": self.problem}
        return {
            "file": self.file,
            "text": self.text,
            "entities": [asdict(entity) for entity in self.entities],
        }


def scan(path: Path, search: Search) -> Iterator[Scanned]:
    """Every document of a file, or of the files of a folder, one at a time.

    Raises DialectoError when there is nothing at `path`.
    """
    from dialecto.runtime.walk import walk

    if path.is_dir():
        for relative in walk(path):
            yield from _scan_file(path / relative, relative, search)
    elif path.is_file():
        yield from _scan_file(path, path.name, search)
    else:
        raise DialectoError(f"{path}: no such file or folder.")


def _scan_file(file: Path, name: str, search: Search) -> Iterator[Scanned]:
    from dialecto.corpus.extract import extract
    from dialecto.corpus.extract.piece import failure

    try:
        for piece in extract(file):
            if piece.problem:
                yield Scanned(name + piece.place, "", problem=piece.problem)
            else:
                yield scan_text(name + piece.place, piece.text, search)
    except BaseException as error:
        yield Scanned(name, "", problem=str(failure(error)))


def scan_text(name: str, text: str, search: Search) -> Scanned:
    """The findings in a text, secrets dotted out of both."""
    ((lang, _),) = by_language([text], search.lang)
    found = find_entities(
        text,
        regions=search.regions,
        lang=lang,
        types=search.types,
        model=search.model,
        extra=search.extra,
    )
    parts, last, shown = [], 0, []
    for entity in found:
        if entity.type == "SECRET":
            dots = "•" * (entity.end - entity.start)
            parts += [text[last : entity.start], dots]
            last, entity = entity.end, replace(entity, text=dots)
        shown.append(entity)
    return Scanned(name, "".join([*parts, text[last:]]), tuple(shown))


def totals(scanned: Sequence[Scanned]) -> Counter[str]:
    """Findings by type."""
    return Counter(entity.type for one in scanned for entity in one.entities)


def painted(scanned: Scanned, *, colour: bool) -> str:
    """The text with `[NAME Ana Gil]` marks, coloured by type when `colour`."""
    if scanned.problem:
        return f"cannot be read: {scanned.problem}"
    parts, last = [], 0
    for entity in scanned.entities:
        value = entity.text if entity.type != "SECRET" else "•" * 8
        mark = f"[{entity.type} {_CONTROL.sub('', value)}]"
        if colour:
            mark = f"\x1b[{_COLOURS.get(entity.type, _OTHER_COLOUR)}m{mark}\x1b[0m"
        parts += [_CONTROL.sub("", scanned.text[last : entity.start]), mark]
        last = entity.end
    return "".join([*parts, _CONTROL.sub("", scanned.text[last:])])
