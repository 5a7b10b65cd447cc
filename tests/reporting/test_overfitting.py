"""Overfitting is named where it is, and nowhere else."""

from __future__ import annotations

import pytest

from dialecto.reporting.charts import learning
from dialecto.reporting.facts import StageFacts
from dialecto.reporting.overfitting import find_overfitting
from dialecto.reporting.texts import Words

STEPS = 200


def journal(held: list[float], falls: float = 0.01) -> list[dict[str, float]]:
    """Training falls by so much a step; held-out text is measured at equal distances."""
    every = STEPS // len(held)
    return [
        {
            "step": step,
            "seconds": float(step),
            "tokens": step * 100,
            "loss": 5 - falls * step,
            "bpb": 4 - falls * step,
            **({"validation_bpb": held[step // every - 1]} if step % every == 0 else {}),
        }
        for step in range(1, STEPS + 1)
    ]


def test_it_is_found_with_its_epoch_and_size() -> None:
    found = find_overfitting(journal([3.0, 2.0, 2.2, 2.5]), "bpb", 8.0)
    assert found is not None
    assert found.epoch == pytest.approx(4.0)
    assert found.held_out == (2.0, 2.5)
    assert found.rise == pytest.approx(0.25)
    assert found.training == (pytest.approx(3.05), pytest.approx(2.05))


@pytest.mark.parametrize(
    ("held", "falls"),
    [
        ([3.0, 2.5, 2.2, 2.0], 0.01),  # it goes on falling
        ([3.0, 2.0, 2.01, 2.015], 0.01),  # chance
        ([3.0, 2.0, 2.2, 2.5], -0.01),  # training got worse too: another trouble
        ([3.0], 0.01),
    ],
)
def test_it_is_not_seen_where_it_is_not(held: list[float], falls: float) -> None:
    assert find_overfitting(journal(held, falls), "bpb", 8.0) is None


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["overfitting", "pass 4.0", "2.000 to 2.500", "25%", "3.05 to 2.05", "kept"]),
        ("es", ["sobreajuste", "pasada 4,0", "2,000 a 2,500", "25 %", "3,05 a 2,05", "conservan"]),
    ],
)
def test_the_report_says_it_in_both_languages(lang: str, words: list[str]) -> None:
    stage = StageFacts("pretrain", metrics={"epochs": 8.0})
    curve = learning({"pretrain": journal([3.0, 2.0, 2.2, 2.5])}, [stage], Words(lang))[0]
    note = curve.note.replace("\N{NO-BREAK SPACE}", " ")
    for word in words:
        assert word in note
    plain = learning({"pretrain": journal([3.0, 2.5, 2.2, 2.0])}, [stage], Words(lang))[0]
    assert plain.note == ""
