"""How much of what a sample planted is found in the text that the corpus stage reads from it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.finder import find_entities
from dialecto.corpus.pii.score import PiiScore, score
from dialecto.runtime.files import files_below

Planted = dict[str, list[tuple[str, str]]]


def score_sample(
    truth_path: Path, documents: Path, *, regions: Sequence[str], lang: str
) -> PiiScore:
    """Score the recognisers on a sample's files, each read with the corpus' own extractors.

    Gold is every occurrence of a planted value in the text of the file it was planted in. A
    value that extraction did not bring (a header of an e-mail) is in nobody's text, and so is
    not counted. `recall` and `precision` of the result are the two numbers of the demo.
    """
    planted = read_planted(truth_path)
    return score(
        (
            gold_entities(text, planted.get(name, [])),
            find_entities(text, regions=regions, lang=lang),
        )
        for name, text in texts_below(documents)
    )


def read_planted(truth_path: Path) -> Planted:
    """Path -> (type, value) of the personal data planted in that file."""
    planted: Planted = defaultdict(list)
    with truth_path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("kind") == "pii":
                planted[row["path"]].append((row["type"], row["text"]))
    return planted


def texts_below(documents: Path) -> Iterator[tuple[str, str]]:
    """(relative path, text) of every document in a folder that can be read."""
    from dialecto.corpus.extract import Unreadable, extract

    for path in files_below(documents):
        name = path.relative_to(documents).as_posix()
        try:
            for piece in extract(path):
                yield name, piece.text
        except (Unreadable, OSError, ValueError, UnicodeError):
            continue  # broken on purpose, and accounted for by the corpus stage


def gold_entities(text: str, values: Sequence[tuple[str, str]]) -> list[Entity]:
    """Every place where one of the values stands in the text, longer values first."""
    taken: set[int] = set()
    entities = []
    for kind, value in sorted(set(values), key=lambda v: (-len(v[1]), v)):
        # Extraction may have broken or joined the line within a value.
        form = r"\s+".join(re.escape(word) for word in value.split())
        for match in re.finditer(rf"(?<!\w){form}(?!\w)", text):
            if match.start() not in taken:
                taken.update(range(*match.span()))
                entities.append(Entity(*match.span(), kind, match.group(), 1.0, "planted"))
    return sorted(entities, key=lambda e: e.start)
