"""How well answers to held-out questions match, as flat metrics and as rows to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dialecto.evaluation.answers import exact_match, is_right, token_f1
from dialecto.evaluation.questions import Question


def score_facts(
    questions: Sequence[Question], answers: Sequence[str], suffix: str = ""
) -> dict[str, float]:
    """`facts.asked`, `facts.token_f1`, `facts.accuracy`, `facts.exact`.

    Accuracy is the share of answers with a token F1 of 0.8 and more that hold the question's
    `value`, if it names one. Where the questions say
    whether their pattern was seen in training, also `.seen` and `.unseen` of each.
    """
    pairs = list(zip(questions, answers, strict=True))
    scores = _scores(pairs, suffix)
    for part, seen in ((".seen", True), (".unseen", False)):
        some = [(q, a) for q, a in pairs if q.pattern_seen is seen]
        if some:
            scores |= _scores(some, suffix + part)
    return scores


def answer_rows(
    questions: Sequence[Question], answers: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """One row for each question; `answers` maps "" (the model) and "base" to their answers."""
    rows = []
    for i, question in enumerate(questions):
        row: dict[str, Any] = {
            "question": question.question,
            "expected": question.answer,
            "accepted": list(question.accepted),
            "answer": answers[""][i],
            "f1": round(token_f1(answers[""][i], question.accepted), 6),
            "exact": exact_match(answers[""][i], question.accepted),
            "right": is_right(answers[""][i], question.accepted, question.value),
            "fact": question.fact,
            "pattern_seen": question.pattern_seen,
        }
        if "base" in answers:
            row["base_answer"] = answers["base"][i]
            row["base_f1"] = round(token_f1(answers["base"][i], question.accepted), 6)
        rows.append(row)
    return rows


def _scores(pairs: Sequence[tuple[Question, str]], suffix: str) -> dict[str, float]:
    f1 = [token_f1(answer, question.accepted) for question, answer in pairs]
    exact = [exact_match(answer, question.accepted) for question, answer in pairs]
    right = [is_right(answer, question.accepted, question.value) for question, answer in pairs]
    count = len(pairs)
    return {
        f"facts.asked{suffix}": float(count),
        f"facts.token_f1{suffix}": sum(f1) / count,
        f"facts.accuracy{suffix}": sum(right) / count,
        f"facts.exact{suffix}": sum(exact) / count,
    }
