"""Models trained on a user's own labelled pages: how they are made, kept and used.

A trained model reads every line, with the findings of the recognisers among its features, and
decides on all the types that the pages label. Types that they never label are left to the
recognisers. It stays on the user's machine: it can repeat words of the pages.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dialecto.corpus.pii import sequence
from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.gold import GoldDocument
from dialecto.corpus.pii.names import MODEL, sentences
from dialecto.runtime.errors import DialectoError
from dialecto.runtime.files import read_json, sha256_file, write_json
from dialecto.runtime.home import user_home

MODEL_FILE, FACTS_FILE = "model.crfsuite", "model.json"


@dataclass(frozen=True)
class OwnModel:
    """A trained model's folder holds `model.crfsuite` and these facts in `model.json`."""

    folder: str
    types: tuple[str, ...]
    documents: int
    entities: int
    regions: tuple[str, ...]
    lang: str
    sha256: str
    seconds: float


def default_folder() -> Path:
    """Where `pii train` leaves its model and `pii scan` and `pii evaluate` look for it."""
    return user_home() / "pii"


def train_model(
    documents: Sequence[GoldDocument],
    folder: Path,
    *,
    regions: Sequence[str] = (),
    lang: str = "es",
    iterations: int = 100,
) -> OwnModel:
    """Train on annotated documents and write the model to `folder`.

    Raises DialectoError when nothing is labelled in them.
    """
    from dialecto.corpus.pii.finder import rule_entities

    count = sum(len(document.entities) for document in documents)
    if not count:
        raise DialectoError("The annotations label nothing: there is nothing to learn from.")
    started = time.monotonic()

    def sequences() -> Iterator[tuple[list[list[str]], list[str]]]:
        for document in documents:
            labels = sequence.rule_labels(rule_entities(document.text, regions, lang))
            for tokens in lines_of_tokens(document.text):
                yield (
                    _rows(document.text, tokens, labels),
                    sequence.tags_of(tokens, document.entities),
                )

    path = folder / MODEL_FILE
    temporary = folder / f".{MODEL_FILE}.tmp"
    sequence.train(
        sequences(), temporary, iterations=iterations, l1=0.06, l2=0.015, minimum_count=1
    )
    temporary.replace(path)
    model = OwnModel(
        folder=str(folder),
        types=tuple(sorted({e.type for d in documents for e in d.entities})),
        documents=len(documents),
        entities=count,
        regions=tuple(regions),
        lang=lang,
        sha256=sha256_file(path),
        seconds=round(time.monotonic() - started, 2),
    )
    write_json(folder / FACTS_FILE, asdict(model))
    return model


def lines_of_tokens(text: str) -> Iterator[list[sequence.Token]]:
    """The sequences that a model reads: lines, or the sentences of long ones."""
    for start, end in sentences(text):
        if tokens := sequence.tokens_of(text, start, end):
            yield tokens


def _rows(text: str, tokens: Sequence[sequence.Token], labels: dict[int, str]) -> list[list[str]]:
    """Features, among them what the shipped model would say: it has seen more names and places."""
    rows = sequence.features(text, tokens, {})
    advice = sequence.load(MODEL).tag(rows)
    richer = sequence.features(text, tokens, labels, rich=True)
    for i, row in enumerate(richer):
        row.append(f"m={advice[i]}")
        row.append(f"1:m={advice[i + 1] if i + 1 < len(advice) else ''}")
        row.append(f"-1:m={advice[i - 1] if i else ''}")
    return richer


def load_own_model(folder: Path) -> OwnModel:
    """Raises DialectoError when there is none, or its file is not the one that was trained."""
    facts = folder / FACTS_FILE
    if not facts.exists():
        raise DialectoError(
            f"{folder}: no trained model here. Train one with `dialecto pii train`."
        )
    values = read_json(facts)
    model = OwnModel(
        **{
            **values,
            "folder": str(folder),
            "types": tuple(values["types"]),
            "regions": tuple(values["regions"]),
        }
    )
    if sha256_file(folder / MODEL_FILE) != model.sha256:
        raise DialectoError(
            f"{folder / MODEL_FILE}: not the file that was trained; train it again."
        )
    return model


def find_with_model(text: str, rules: Sequence[Entity], model: OwnModel) -> list[Entity]:
    """What the model finds, and what the rules find of the types that it does not know."""
    tagger = sequence.load(Path(model.folder) / MODEL_FILE)
    labels = sequence.rule_labels(rules)
    found: list[Entity] = []
    for tokens in lines_of_tokens(text):
        tags = tagger.tag(_rows(text, tokens, labels))
        found += sequence.entities_of(text, tokens, tags, "own_model", 0.995)
    others = [rule for rule in _as_labelled(rules, model) if is_trusted(rule, model)]
    return without_overlaps([*found, *others])


def _as_labelled(rules: Sequence[Entity], model: OwnModel) -> list[Entity]:
    """Pages that label no BIRTH_DATE call those DATE."""
    if "BIRTH_DATE" in model.types or "DATE" not in model.types:
        return list(rules)
    return [replace(r, type="DATE") if r.type == "BIRTH_DATE" else r for r in rules]


# A rule of these that fires where the model saw nothing is seldom wrong.
_TRUSTED = frozenset({"EMAIL", "PHONE", "DATE", "BIRTH_DATE", "ID", "RECORD"})


def is_trusted(rule: Entity, model: OwnModel) -> bool:
    """Whether a rule's finding counts beside the model: unknown types always, sure ones too."""
    return rule.type not in model.types or (rule.type in _TRUSTED and rule.score >= 0.8)
