"""Token F1 and exact match, against the official SQuAD rules and by hand."""

from __future__ import annotations

import re
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.evaluation.answers import RIGHT, exact_match, is_right, normalise, token_f1


def squad_normalise(text: str) -> list[str]:
    """The official script's rules, in English and ASCII."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split()).split()


def squad_f1(answer: str, right: str) -> float:
    got, want = squad_normalise(answer), squad_normalise(right)
    same = sum((Counter(got) & Counter(want)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(got), same / len(want)
    return 2 * precision * recall / (precision + recall)


# Words without Spanish articles, so that both normalisations must agree.
words = st.lists(
    st.sampled_from(["the", "cat", "sat", "on", "Mat,", "an", "1,000", "well-known", "it's", "A"]),
    max_size=8,
).map(" ".join)


@given(words, words)
def test_agrees_with_squad_where_squad_has_words(answer: str, right: str) -> None:
    if squad_normalise(answer) and squad_normalise(right):
        assert token_f1(answer, [right]) == pytest.approx(squad_f1(answer, right))


@given(st.text(max_size=40), st.text(max_size=40))
def test_f1_is_a_symmetric_share(one: str, other: str) -> None:
    score = token_f1(one, [other])
    assert 0 <= score <= 1
    assert score == pytest.approx(token_f1(other, [one]))
    assert token_f1(one, [one]) == 1
    assert not exact_match(one, [other]) or score == 1


@pytest.mark.parametrize(
    ("answer", "right", "f1"),
    [
        ("El queso curado.", "queso curado", 1),
        ("¿Las nueve?", "a las nueve", 1),
        ("de nueve a dos", "De nueve a dos de la tarde", 6 / 8),
        ("NÚÑEZ", "núñez", 1),
        ("«Unos zapatos»", "zapatos", 1),
        ("aceite", "queso", 0),
        ("", "queso", 0),
        ("el", "queso", 0),
        ("45 €", "€45", 1),
        ("cafe\u0301", "café", 1),
    ],
)
def test_by_hand(answer: str, right: str, f1: float) -> None:
    # "de nueve a dos": [de nueve dos] against [de nueve dos de tarde]: 2 * 1 * 3/5 / (8/5).
    assert token_f1(answer, [right]) == pytest.approx(f1)


def test_the_best_of_several_right_answers_counts() -> None:
    assert token_f1("lunes", ["martes", "el lunes"]) == 1
    assert exact_match("Lunes", ["martes", "el lunes"])
    assert token_f1("lunes", []) == 0


def test_an_answer_of_only_an_article_is_a_word() -> None:
    assert normalise("A.") == ["a"]
    assert exact_match("a", ["A"])
    assert not exact_match("B", ["A"])


def test_a_sentence_with_the_wrong_value_is_not_right() -> None:
    right = ["La mermelada Ojaral cuesta 16,45 euros.", "16,45 euros"]
    wrong = "La mermelada Ojaral cuesta 12,85 euros."
    assert token_f1(wrong, right) >= RIGHT
    assert not is_right(wrong, right, "16,45 euros")
    assert is_right("La mermelada cuesta 16,45 euros.", right, "16,45 euros")
    assert is_right(wrong, right)
    assert not is_right("nada", right, "")
