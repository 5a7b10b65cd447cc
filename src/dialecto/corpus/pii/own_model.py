"""Models trained on a user's own labelled pages: how they are made, kept and used.

A trained model reads every line, with the findings of the recognisers among its features, and
decides on all the types that the pages label. Types that they never label are left to the
recognisers. It stays on the user's machine: it can repeat words of the pages.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from pathlib import Path

from dialecto.corpus.pii import crf
from dialecto.corpus.pii.crf_tables import Crf, load, save, with_network
from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.features import Context, Line, contexts, line_among, rows_of
from dialecto.corpus.pii.gold_page import GoldDocument
from dialecto.corpus.pii.name_words import sentences
from dialecto.corpus.pii.names import MODEL, is_plausible
from dialecto.corpus.pii.own_mending import again, mended
from dialecto.corpus.pii.reading import Reading, read
from dialecto.corpus.pii.sequence import entities_of, rule_labels, tags_of
from dialecto.corpus.pii.training.augment import rewritten
from dialecto.runtime.errors import DialectoError
from dialecto.runtime.files import read_json, sha256_file, write_json
from dialecto.runtime.home import user_home

MODEL_FILE, FACTS_FILE = "model.npz", "model.json"
LONGEST_LINE = 1500
LEAST_ENTITIES = 20
PENALTY = (0.06, 0.015)
"""Weights of the L1 and the L2 norm of the field's weights."""
NETWORK_WEIGHT = 0.4
LEAN = 1.0
"""How much less `O` weighs: on held-out pages F1 is as high from 0.5 to 1.4, and more is found."""
COPIES = 2
"""How many times the pages are read again with other names in them, long lines left out."""
LONGEST_AGAIN = 120


@dataclass(frozen=True)
class OwnModel:
    """A trained model's folder holds `model.npz` and these facts in `model.json`."""

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
    epochs: int = 10,
) -> OwnModel:
    """Train on annotated documents and write the model to `folder`.

    Raises DialectoError when nothing is labelled in them, or next to nothing.
    """
    from dialecto.corpus.pii.convolution_training import Pages, fit_network
    from dialecto.corpus.pii.crf_training import fit, leaning

    count = sum(len(document.entities) for document in documents)
    if not count:
        raise DialectoError("The annotations label nothing: there is nothing to learn from.")
    if count < LEAST_ENTITIES:
        raise DialectoError(
            f"Only {count} entities are marked: a model of so few finds names everywhere. "
            f"Mark some dozens of whole pages, with {LEAST_ENTITIES} entities at the very least."
        )
    started = time.monotonic()

    path = folder / MODEL_FILE
    pages = Pages()

    def sequences() -> Iterator[tuple[list[list[str]], list[str]]]:
        for page in training_pages(documents, regions, lang):
            pages.add(page)
            for line, context, tags in page:
                yield rows_of(line, context, True), tags

    fitted = fit(sequences(), [PENALTY], iterations=iterations, minimum_count=2, rich=True)
    network = fit_network(pages, fitted.labels, NETWORK_WEIGHT, epochs=epochs)
    save(with_network(leaning(fitted, LEAN), network), path)
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


def training_pages(
    documents: Sequence[GoldDocument], regions: Sequence[str], lang: str
) -> Iterator[list[tuple[Line, Context, list[str]]]]:
    """(line, context, tags) of each page's lines; of rewritten pages, the lines with entities."""
    for copy in range(COPIES + 1):
        read = rewritten(documents, lang, f"copy-{copy}") if copy else documents
        for document in read:
            lines, around, _ = _read(document.text, _rules(document.text, regions, lang))
            marked = {p for e in document.entities for p in range(e.start, e.end)}
            yield [
                (line, context, tags_of(line, document.entities))
                for line, context in zip(lines, around, strict=True)
                if not copy
                or (len(line.words) <= LONGEST_AGAIN and not marked.isdisjoint(line.starts))
            ]


def _rules(text: str, regions: Sequence[str], lang: str) -> list[Entity]:
    from dialecto.corpus.pii.finder import rule_entities

    return rule_entities(text, regions, lang)


def lines_of(text: str, reading: Reading) -> list[Line]:
    """What a model reads at once: lines, or the sentences of very long ones."""
    lines = []
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        long = end - start > LONGEST_LINE
        for span in sentences(text, start, end) if long else [(start, end)]:
            lines.append(line_among(reading, *span))
        start = end + 1
    return [line for line in lines if line.words]


@dataclass(frozen=True)
class _Page:
    """A text, what the rules find in it, and its lines with their contexts.

    `advice` is what the shipped model says of them, which is a part of the contexts: it has
    seen more names and places.
    """

    text: str
    rules: Sequence[Entity]
    reading: Reading
    lines: list[Line]
    contexts: list[Context]
    advice: list[list[str]]


def _read(text: str, rules: Sequence[Entity]) -> tuple[list[Line], list[Context], list[list[str]]]:
    """The lines of a text, their contexts, and what the shipped model says of them."""
    (page,) = _read_together([(text, rules)])
    return page.lines, page.contexts, page.advice


def _read_together(pages: Iterable[tuple[str, Sequence[Entity]]]) -> list[_Page]:
    """Texts and what the rules find in them, read together: a model is as slow with a line as
    with a page.
    """
    parts = []
    for text, rules in pages:
        reading = read(text)
        parts.append((text, rules, reading, lines_of(text, reading)))
    plain = [contexts(text, lines, {}) for text, *_, lines in parts]
    advice = _tagged(load(MODEL), [lines for *_, lines in parts], plain)
    return [
        _Page(*part, contexts(text, lines, rule_labels(rules), said, rich=True), said)
        for part, said in zip(parts, advice, strict=True)
        for text, rules, _, lines in [part]
    ]


def _tagged(
    model: Crf, lines: Sequence[list[Line]], around: Sequence[list[Context]]
) -> list[list[list[str]]]:
    """The tags of each page's lines, all read at once."""
    tags = iter(crf.tag(model, list(chain(*lines)), list(chain(*around))))
    return [list(islice(tags, len(page))) for page in lines]


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


def find_with_model(
    pages: Iterable[tuple[str, Sequence[Entity]]], model: OwnModel
) -> list[list[Entity]]:
    """What the model finds in each text, and what the rules have found there of the types that
    it does not know.
    """
    known = _read_together(pages)
    tables = load(Path(model.folder) / MODEL_FILE)
    tagged = _tagged(tables, [page.lines for page in known], [page.contexts for page in known])
    return [_found(page, tags, model) for page, tags in zip(known, tagged, strict=True)]


def _found(page: _Page, tagged: Sequence[list[str]], model: OwnModel) -> list[Entity]:
    text = page.text
    found = [
        entity
        for line, tags in zip(page.lines, tagged, strict=True)
        for entity in entities_of(text, line, tags, "own_model", 0.995)
    ]
    known = _as_labelled(page.rules, model)
    found = [*mended(text, found, known), *again(text, page.reading, found)]
    others = [rule for rule in known if is_trusted(rule, model)]
    if "FAMILY" in model.types:
        # Pages name too few relatives to learn them all; the shipped model seldom errs in them.
        others += _of_family(text, page.lines, page.advice)
    return without_overlaps([*found, *others])


def _of_family(text: str, lines: Sequence[Line], advice: Sequence[list[str]]) -> list[Entity]:
    return [
        entity
        for line, tags in zip(lines, advice, strict=True)
        if "B-FAMILY" in tags
        for entity in entities_of(text, line, tags, "people", 0.6)
        if entity.type == "FAMILY" and is_plausible(entity)
    ]


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
