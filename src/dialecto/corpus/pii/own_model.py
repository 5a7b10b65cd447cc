"""Models trained on a user's own labelled pages: how they are made, kept and used.

A trained model reads every line, with the findings of the recognisers among its features, and
decides on all the types that the pages label. Types that they never label are left to the
recognisers. It stays on the user's machine: it can repeat words of the pages.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dialecto.corpus.pii import crf
from dialecto.corpus.pii.crf_tables import load, save, with_network
from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.features import Context, Line, contexts, line_of, rows_of
from dialecto.corpus.pii.gazetteer import fold, word_set
from dialecto.corpus.pii.gold import GoldDocument
from dialecto.corpus.pii.name_words import sentences
from dialecto.corpus.pii.names import MODEL, is_plausible
from dialecto.corpus.pii.sequence import entities_of, rule_labels, tags_of
from dialecto.corpus.pii.training.augment import rewritten
from dialecto.runtime.errors import DialectoError
from dialecto.runtime.files import read_json, sha256_file, write_json
from dialecto.runtime.home import user_home

MODEL_FILE, FACTS_FILE = "model.npz", "model.json"
LONGEST_LINE = 1500
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

    Raises DialectoError when nothing is labelled in them.
    """
    from dialecto.corpus.pii.convolution_training import Pages, fit_network
    from dialecto.corpus.pii.crf_training import fit, leaning

    count = sum(len(document.entities) for document in documents)
    if not count:
        raise DialectoError("The annotations label nothing: there is nothing to learn from.")
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


def lines_of(text: str) -> list[Line]:
    """What a model reads at once: lines, or the sentences of very long ones."""
    lines = []
    for match in _LINE.finditer(text):
        if len(match.group()) <= LONGEST_LINE:
            lines.append(line_of(text, *match.span()))
        else:
            lines += [line_of(text, *span) for span in sentences(text, *match.span())]
    return [line for line in lines if line.words]


_LINE = re.compile(r"[^\n]*\S[^\n]*")


def _read(text: str, rules: Sequence[Entity]) -> tuple[list[Line], list[Context], list[list[str]]]:
    """The lines of a text, their contexts, and what the shipped model says of them, which is a
    part of the contexts: it has seen more names and places.
    """
    lines = lines_of(text)
    advice = crf.tag(load(MODEL), lines, contexts(text, lines, {}))
    return lines, contexts(text, lines, rule_labels(rules), advice, rich=True), advice


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
    lines, around, advice = _read(text, rules)
    tagged = crf.tag(load(Path(model.folder) / MODEL_FILE), lines, around)
    found = [
        entity
        for line, tags in zip(lines, tagged, strict=True)
        for entity in entities_of(text, line, tags, "own_model", 0.995)
    ]
    known = _as_labelled(rules, model)
    found = [*_mended(text, found, known), *_again(text, found)]
    others = [rule for rule in known if is_trusted(rule, model)]
    if "FAMILY" in model.types:
        # Pages name too few relatives to learn them all; the shipped model seldom errs in them.
        others += _of_family(text, lines, advice)
    return without_overlaps([*found, *others])


def _of_family(text: str, lines: Sequence[Line], advice: Sequence[list[str]]) -> list[Entity]:
    return [
        entity
        for line, tags in zip(lines, advice, strict=True)
        if "B-FAMILY" in tags
        for entity in entities_of(text, line, tags, "people", 0.6)
        if entity.type == "FAMILY" and is_plausible(entity)
    ]


_QUOTES = {'"': '"', "”": "“", "»": "«", "’": "‘"}
_STREETS = re.compile(
    r"\W+(?:av(?:da|enida)?|ctra|carretera|calle|c/|plaza|paseo|street|avenue|road)\W*$", re.I
)
_SIGNLESS = frozenset({"NAME", "ORGANISATION", "PLACE", "ADDRESS", "EMAIL"})
_LOOSE = re.compile(r"(?:\s+(?:del?|las?|los|el|y|en|of|the|and)|[\s/,;:(–-])+$")


def _mended(text: str, found: Sequence[Entity], rules: Sequence[Entity]) -> list[Entity]:
    """Entities without what is surely none of theirs at their end: an e-mail address, the
    closing sign of a quotation that begins before them, the first word of a street, a sign that
    joins them to what follows, or an `of` without what it is of.
    """
    mails = [rule.start for rule in rules if rule.type == "EMAIL"]
    result = []
    for entity in found:
        end = entity.end
        if entity.type != "EMAIL":
            end = min([end, *(mail for mail in mails if entity.start <= mail < end)])
        value = text[entity.start : end]
        if entity.type in {"NAME", "ORGANISATION"}:
            value = _STREETS.sub("", value)
        if entity.type in _SIGNLESS:
            value = _LOOSE.sub("", value)
        last = value[-1:]
        if last in _QUOTES and value.count(last) % 2 and _QUOTES[last] not in value[:-1]:
            value = value[:-1]
        value = value.rstrip() if len(value) < len(entity.text) else value
        if value:
            end = entity.start + len(value)
            result.append(replace(entity, end=end, text=value))
    return result


_SHORTEST_AGAIN = 4


def _again(text: str, found: Sequence[Entity]) -> list[Entity]:
    """Names that were found, wherever else they stand in the document as they are."""
    covered = {p for entity in found for p in range(entity.start, entity.end)}
    values = {e.text for e in found if e.type == "NAME" and len(e.text) >= _SHORTEST_AGAIN}
    values = {value for value in values if value[0].isupper() and not _is_common(value)}
    if not values:
        return []
    longest_first = sorted(values, key=lambda value: (-len(value), value))
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"
    return [
        Entity(*match.span(), "NAME", match.group(), 0.9, "own_model.again")
        for match in re.finditer(pattern, text)
        if covered.isdisjoint(range(*match.span()))
    ]


def _is_common(value: str) -> bool:
    return fold(value) in word_set("common_words") or fold(value) in word_set("places")


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
