"""Scores an answer against the right ones: exact match and token F1, as in SQuAD.

Follows the normalisation and the two scores of the official SQuAD v1.1 evaluation (Rajpurkar
et al., 2016, https://arxiv.org/abs/1606.05250), with the articles of Spanish beside those of
English and the punctuation of Unicode (`¿`, `¡`, `«`, dashes) beside that of ASCII.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

ARTICLES = frozenset(["el", "la", "los", "las", "un", "una", "unos", "unas", "a", "an", "the"])
# An answer counts as right from this token F1.
RIGHT = 0.8


def normalise(text: str) -> list[str]:
    """Words without case, punctuation, symbols and articles.

    A text of nothing but articles keeps them: for a question whose answer is "A" it is a word.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(c for c in folded if unicodedata.category(c)[0] not in "PS").split()
    return [word for word in words if word not in ARTICLES] or words


def token_f1(answer: str, accepted: Sequence[str]) -> float:
    """Harmonic mean of the precision and recall of words, best over the right answers."""
    return max((_f1(normalise(answer), normalise(right)) for right in accepted), default=0.0)


def exact_match(answer: str, accepted: Sequence[str]) -> bool:
    """Whether the normalised answer is one of the right ones."""
    return any(normalise(answer) == normalise(right) for right in accepted)


def is_right(answer: str, accepted: Sequence[str], value: str = "") -> bool:
    """Token F1 of 0.8 and more, and the value that matters, if one is named, word for word.

    Without the second condition a sentence with the wrong price would pass: in "the jam costs
    16.45 euros" four words of five are right whatever the number.
    """
    if token_f1(answer, accepted) < RIGHT:
        return False
    said, wanted = normalise(answer), normalise(value)
    places = range(len(said) - len(wanted) + 1)
    return not value or any(said[i : i + len(wanted)] == wanted for i in places)


def _f1(answer: list[str], right: list[str]) -> float:
    if not answer or not right:
        return float(answer == right)
    shared = sum((Counter(answer) & Counter(right)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(answer), shared / len(right)
    return 2 * precision * recall / (precision + recall)
