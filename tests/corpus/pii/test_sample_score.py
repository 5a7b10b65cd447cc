"""The number of the demo: what a sample planted and how much of it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto.corpus.pii.sample_score import gold_entities, score_sample
from dialecto.sample.write import write_sample

REGIONS = ["ES", "AR", "CL", "MX", "CO", "PE", "BR", "UY"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_sample_that_nobody_tuned_on(tmp_path: Path, lang: str) -> None:
    write_sample(tmp_path, lang=lang, documents=60, seed=90210, workers=1)
    result = score_sample(
        tmp_path / "truth.jsonl", tmp_path / "documents", regions=REGIONS, lang=lang
    )
    assert result.covered.gold > 150
    assert result.recall >= 0.98
    assert result.precision >= 0.95


def test_planted_values_are_found_across_broken_lines_and_longest_first() -> None:
    values = [("NAME", "Gil"), ("NAME", "Ana Gil Paz")]
    found = gold_entities("Ana Gil\nPaz y Gil, no Gilda", values)
    assert [e.text for e in found] == ["Ana Gil\nPaz", "Gil"]
