"""Runs the recognisers on annotated documents, scores them and measures their speed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dialecto.corpus.pii.entity import ALL_TYPES, DEFAULT_TYPES, DIRECT_TYPES, Entity
from dialecto.corpus.pii.finder import find_in
from dialecto.corpus.pii.gold_page import GoldDocument
from dialecto.corpus.pii.own_model import OwnModel
from dialecto.corpus.pii.score import PiiScore, score
from dialecto.corpus.pii.which_language import by_language

_WARM_UP = "Nombre: Ana Gil. DNI 12345678Z, teléfono 612 345 678."


@dataclass(frozen=True)
class Evaluation:
    """Scores, and megabytes of UTF-8 text a second of processor time on one core.

    `seconds` is the time to find everything that the gold labels. The speed is that of finding
    as the corpus stage does it: the types that are replaced by default (all of them with a
    trained model, which reads every line anyway), documents read together. It is measured on a
    second reading: loading lists and models is left out, and words are known, as they are
    after the first megabytes of a corpus.
    """

    score: PiiScore
    documents: int
    megabytes: float
    seconds: float
    megabytes_per_second: float

    def as_dict(self) -> dict[str, Any]:
        """The JSON of `dialecto pii evaluate`."""
        return {
            **self.score.as_dict(),
            "documents": self.documents,
            "megabytes": round(self.megabytes, 4),
            "seconds": round(self.seconds, 3),
            "megabytes_per_second": round(self.megabytes_per_second, 3),
        }


def evaluate(
    documents: Sequence[GoldDocument],
    *,
    regions: Sequence[str] = (),
    lang: str = "es",
    model: OwnModel | None = None,
) -> Evaluation:
    """Score what is found in annotated documents.

    `lang` is es, en, or auto: each document's by its commonest words.
    """
    labelled = {entity.type for document in documents for entity in document.entities}
    wanted = (
        ALL_TYPES | labelled
        if labelled - DEFAULT_TYPES - {"DATE"}
        else DEFAULT_TYPES | DIRECT_TYPES
    )
    texts = [document.text for document in documents]

    def seconds_for(types: frozenset[str]) -> tuple[float, list[list[Entity]]]:
        # Time of this process: others on the machine do not count against the speed.
        started = time.process_time()
        found: list[list[Entity]] = [[]] * len(texts)
        for language, numbers in by_language(texts, lang):
            group = [texts[number] for number in numbers]
            results = find_in(group, regions=regions, lang=language, types=types, model=model)
            for number, entities in zip(numbers, results, strict=True):
                found[number] = entities
        return max(time.process_time() - started, 1e-9), found

    list(find_in([_WARM_UP], regions=regions, model=model))  # lists and models are read
    seconds, found = seconds_for(frozenset(wanted))
    usual, _ = seconds_for(frozenset(wanted) if model is not None else DEFAULT_TYPES)
    megabytes = sum(len(d.text.encode("utf-8", "replace")) for d in documents) / 1e6
    return Evaluation(
        score=score(
            (document.entities, entities)
            for document, entities in zip(documents, found, strict=True)
        ),
        documents=len(documents),
        megabytes=megabytes,
        seconds=seconds,
        megabytes_per_second=megabytes / usual,
    )
