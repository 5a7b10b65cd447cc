"""Samples are written while the model learns, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dialecto.recipe import PretrainSection
from dialecto.runtime import Interrupted, StageContext
from dialecto.training import stage
from dialecto.training.journal import read_metrics
from tests.artefacts import spent
from tests.training.running import Told
from tests.training.test_stage_options import PLAIN, tokenizer  # noqa: F401

PROMPTS = ["The shop sells", "jam"]


def pretrain(tokens: Path, work: Path, progress: Any = None, **options: Any) -> list[float]:
    work.mkdir(exist_ok=True)
    section = PretrainSection.model_validate(
        {**PLAIN, "steps": 20, "tensorboard": False, **options}
    )
    context = StageContext(work, progress or Told())
    stage.run(context, {"tokenizer": tokens}, section=section, **spent("60s"))
    return [line["loss"] for line in read_metrics(work / "metrics.jsonl")]


def test_samples_are_seeded_shown_and_harmless(tokenizer: Path, tmp_path: Path) -> None:  # noqa: F811
    plain = pretrain(tokenizer, tmp_path / "plain", dropout=0.1)
    options: dict[str, Any] = {"sample_prompts": PROMPTS, "sample_every": 2, "dropout": 0.1}
    told = Told()
    assert pretrain(tokenizer, tmp_path / "whole", told, **options) == plain
    lines: list[Any] = list(read_metrics(tmp_path / "whole" / "samples.jsonl"))
    assert [line["step"] for line in lines] == [s for s in (4, 8, 12, 16, 20) for _ in PROMPTS]
    assert [line["prompt"] for line in lines[:2]] == PROMPTS
    assert len({line["text"] for line in lines}) > 5
    assert any(note.startswith("pretrain: step 4: The shop sells") for note in told.notes)
    with pytest.raises(Interrupted):
        pretrain(tokenizer, tmp_path / "parts", Told(9), **options)
    assert pretrain(tokenizer, tmp_path / "parts", **options) == plain
    texts = [(tmp_path / work / "samples.jsonl").read_bytes() for work in ("whole", "parts")]
    assert texts[0] == texts[1]


def test_only_decoders_continue_a_text() -> None:
    with pytest.raises(ValueError, match="are for decoders; `bert` is none"):
        PretrainSection.model_validate({"architecture": "bert", "sample_prompts": ["a"]})
