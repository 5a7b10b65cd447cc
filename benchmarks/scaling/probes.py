"""What can be measured of a text before training: how a 5-gram model reads its held-out part.

    python benchmarks/scaling/probes.py --corpora FOLDER [--rows sweep.csv] [--out probes.csv]

One line for each text and vocabulary of the sweep: bits per byte of held-out text by the product's
5-gram model (`dialecto.models.ngram`) counted on all of the training text, on a quarter and on a
sixteenth of it, by its bigrams, and by the whole one mixed with what repeats within a document
(`dialecto.models.repeats`); and the seconds that the last took.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from sweep import HERE, Text, load_text

from dialecto.models.ngram import train_ngram
from dialecto.models.repeats import Repeats, find_repeats, with_repeats

COLUMNS = (
    "corpus", "one_in", "vocabulary", "unique_tokens", "train_bytes", "held_tokens", "ngram2",
    "ngram5", "ngram5_quarter", "ngram5_sixteenth", "repeats5", "seconds",
)  # fmt: skip


def ngram_bpb(text: Text, one_in: int = 1, order: int = 5, repeats: Repeats | None = None) -> float:
    """Of the held-out documents, counted on every `one_in`-th training document; mixed with what
    repeats within a document, if that is given."""
    model = train_ngram(text.train[::one_in], vocabulary=text.vocabulary, order=order)
    found = model.probabilities(text.held)
    if repeats is not None:
        found = with_repeats(found, repeats)
    return float(-np.log2(found).sum()) / text.held_bytes


def probe(corpus: Path, one_in: int, vocabulary: int) -> list[float]:
    text = load_text(corpus, one_in, vocabulary)
    started = time.process_time()
    repeats = find_repeats(text.held)
    whole = ngram_bpb(text, repeats=repeats)
    seconds = time.process_time() - started
    return [
        text.unique, text.train_bytes, sum(len(document) - 1 for document in text.held),
        ngram_bpb(text, order=2), ngram_bpb(text), ngram_bpb(text, 4), ngram_bpb(text, 16), whole,
        round(seconds, 2),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--rows", type=Path, default=HERE / "sweep.csv")
    parser.add_argument("--out", type=Path, default=HERE / "probes.csv")
    options = parser.parse_args()
    with options.rows.open(newline="") as file:
        wanted = {
            (row["corpus"], round(1 / float(row["fraction"])), int(row["vocabulary"]))
            for row in csv.DictReader(file)
        }
    done: set[tuple[str, int, int]] = set()
    if options.out.is_file():
        with options.out.open(newline="") as file:
            lines = csv.DictReader(file)
            done = {(r["corpus"], int(r["one_in"]), int(r["vocabulary"])) for r in lines}
    else:
        options.out.write_text(",".join(COLUMNS) + "\n")
    for corpus, one_in, vocabulary in sorted(wanted - done):
        folder = options.corpora / corpus / "project" / "artifacts" / "corpus" / "current"
        facts = probe(folder.resolve(), one_in, vocabulary)
        shown = [fact if fact == int(fact) else round(fact, 4) for fact in facts]
        with options.out.open("a", newline="") as file:
            csv.writer(file).writerow([corpus, one_in, vocabulary, *shown])


if __name__ == "__main__":
    main()
