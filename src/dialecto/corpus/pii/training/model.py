"""Trains the shipped model on the project's own sentences.

    python -m dialecto.corpus.pii.training.model

Writes `data/people.npz` and its SHA-256 in `data/people.sha256`. Same code and data, same
model. A fifth of the name parts is hidden from the lists while training, so that the model
learns to know names that no list has by their form and by what stands around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from dialecto.corpus.pii.crf_tables import save
from dialecto.corpus.pii.crf_training import fit
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.features import contexts, line_of, rows_of
from dialecto.corpus.pii.gazetteer import DATA, fold, gazetteer
from dialecto.corpus.pii.names import MODEL
from dialecto.corpus.pii.sequence import tags_of
from dialecto.corpus.pii.training.generate import sentences
from dialecto.runtime.files import sha256_file, write_text

SENTENCES = 16_000
SEED = 1
HIDDEN_SHARE = 0.2


def hidden_names() -> frozenset[str]:
    """The name parts that the lists do not know while training."""
    random = Random(f"hidden-{SEED}")
    folded = sorted({fold(part) for part, _ in gazetteer().spellings})
    return frozenset(part for part in folded if random.random() < HIDDEN_SHARE)


def training_sequences(
    texts: Sequence[tuple[str, list[Entity]]],
) -> Iterator[tuple[list[list[str]], list[str]]]:
    hidden = hidden_names()
    for text, entities in texts:
        line = line_of(text, 0, len(text))
        (context,) = contexts(text, [line], {})
        yield rows_of(line, context, False, hidden), tags_of(line, entities)


def main() -> None:
    texts = [s for lang in ("es", "en") for s in sentences(lang, SENTENCES, SEED)]
    model = fit(
        training_sequences(texts), [(0.4, 0.02)], iterations=80, minimum_count=3, rich=False
    )
    save(model, MODEL)
    write_text(DATA / "people.sha256", f"{sha256_file(MODEL)}  {MODEL.name}\n")


if __name__ == "__main__":
    main()
