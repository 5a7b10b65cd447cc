"""What the report says of models that fill text in instead of writing it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dialecto.reporting.texts import Words

KINDS = ("masked", "span")


def filling_cards(scores: Mapping[str, float], t: Words) -> list[tuple[str, str, str]]:
    """(label, figure, note) of the scorecard; none for a decoder."""
    cards = []
    for kind in KINDS:
        if f"{kind}_loss" not in scores:
            continue
        name = f"fill.{kind}_accuracy"
        note = t(f"{name}.note")
        if f"{kind}_accuracy.unigram" in scores:
            note = t(f"{name}.unigram", percent=t.percent(scores[f"{kind}_accuracy.unigram"], 1))
        cards.append((t(name), t.percent(scores[f"{kind}_accuracy"], 1), note))
        for measure, digits in (("loss", 3), ("perplexity", 1)):
            label = f"fill.{kind}_{measure}"
            figure = t.number(scores[f"{kind}_{measure}"], digits)
            cards.append((t(label), figure, t(f"{label}.note")))
    return cards


def filling_summary(scores: Mapping[str, float], t: Words) -> list[str]:
    """What the scores mean, in sentences."""
    return [
        t(f"fill.summary.{kind}", percent=t.percent(scores[f"{kind}_accuracy"], 1))
        for kind in KINDS
        if f"{kind}_accuracy" in scores
    ]


def defined_words(scores: Mapping[str, float]) -> list[str]:
    """The words that the page has to explain."""
    own = [f"{kind}_loss" for kind in KINDS if f"{kind}_loss" in scores]
    return own or ["bpb", "perplexity", "f1", "ngram", "zstd", "gzip", "repetition"]


def filled_rows(samples: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The examples of a word that was hidden."""
    return [sample for sample in samples if sample.get("kind") == "masked"]
