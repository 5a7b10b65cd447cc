"""What `dialecto pii scan` shows: a file's text with the personal data in it marked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dialecto.corpus.pii.entity import DEFAULT_TYPES, Entity
from dialecto.corpus.pii.finder import find_entities
from dialecto.corpus.pii.own_model import OwnModel
from dialecto.runtime.errors import DialectoError

_COLOURS = {
    **{"NAME": 31, "ID": 35, "RECORD": 35, "IBAN": 35, "CARD": 35, "PHONE": 32, "EMAIL": 32},
    **{"ADDRESS": 33, "PLACE": 33, "SECRET": 41},
}
_OTHER_COLOUR = 36


@dataclass(frozen=True)
class Scanned:
    """A document of a file and what was found in it."""

    text: str
    entities: tuple[Entity, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"text": self.text, "entities": [asdict(entity) for entity in self.entities]}


def scan_file(
    file: Path,
    *,
    regions: Sequence[str],
    lang: str,
    types: Collection[str] = DEFAULT_TYPES,
    model: OwnModel | None = None,
) -> list[Scanned]:
    """Every document in a file. Raises DialectoError when it cannot be read."""
    from dialecto.corpus.extract import Unreadable, extract

    if not file.is_file():
        raise DialectoError(f"{file}: no such file.")
    try:
        texts = [piece.text for piece in extract(file)]
    except Unreadable as error:
        raise DialectoError(f"{file}: cannot be read: {error}") from error
    return [
        Scanned(
            text,
            tuple(find_entities(text, regions=regions, lang=lang, types=types, model=model)),
        )
        for text in texts
    ]


def painted(scanned: Scanned, *, colour: bool) -> str:
    """The text with `[NAME Ana Gil]` marks, coloured by type when `colour`."""
    parts, last = [], 0
    for entity in scanned.entities:
        mark = f"[{entity.type} {entity.text}]"
        if colour:
            mark = f"\x1b[{_COLOURS.get(entity.type, _OTHER_COLOUR)}m{mark}\x1b[0m"
        parts += [scanned.text[last : entity.start], mark]
        last = entity.end
    return "".join([*parts, scanned.text[last:]])
