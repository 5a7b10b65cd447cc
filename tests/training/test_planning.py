"""A recorded plan is repeated, and refused where it cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM

from dialecto.models import overhead
from dialecto.models.speed import MachineSpeed
from dialecto.recipe import PretrainSection
from dialecto.recipe.pretrain import Shape
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import read_json, sha256_file, write_json
from dialecto.training import planning, stage
from dialecto.training.heldout import token_bits
from dialecto.training.journal import read_metrics
from dialecto.training.model_folder import load_tokenizer
from tests.artefacts import spent
from tests.training.test_stage_options import tokenizer

__all__ = ["tokenizer"]  # the fixture
SECTION = PretrainSection(context=32, batch_tokens=256, tensorboard=False, precision="fp32")


def pretrain(tokenizer: Path, work: Path, **more: Any) -> dict[str, Any]:
    work.mkdir()
    stage.run(
        StageContext(work), {"tokenizer": tokenizer}, section=SECTION, **spent("2e9flops"), **more
    )
    return {"plan": read_json(work / "plan.json"), "model": work / "model" / "model.safetensors"}


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    speed = MachineSpeed("cpu", "fp32", {64: 1e9})
    monkeypatch.setattr(planning, "machine_speed", lambda *_: speed)


def test_a_recorded_plan_is_repeated_bit_for_bit(tokenizer: Path, tmp_path: Path) -> None:
    first = pretrain(tokenizer, tmp_path / "first")
    assert first["plan"]["seconds"] is None
    assert first["plan"]["budget"] == {"text": "2e9flops", "unit": "flops", "amount": 2e9,
                                       "flops": 2e9}  # fmt: skip
    assert first["plan"]["predicted_bpb"] > 0
    again = pretrain(tokenizer, tmp_path / "again", recorded=tmp_path / "first" / "plan.json")
    assert again["plan"] == {**first["plan"], "most_steps": first["plan"]["steps"]}
    assert sha256_file(again["model"]) == sha256_file(first["model"])


def test_a_plan_of_another_tokenizer_is_refused(tokenizer: Path, tmp_path: Path) -> None:
    recorded = tmp_path / "plan.json"
    plan = pretrain(tokenizer, tmp_path / "first")["plan"]
    write_json(recorded, {**plan, "shape": {**plan["shape"], "vocabulary": 77}})
    with pytest.raises(DialectoError, match=r"vocabulary of 77 .*vocabulary: 77"):
        pretrain(tokenizer, tmp_path / "again", recorded=recorded)
    recorded.write_text("{}")
    with pytest.raises(DialectoError, match="not a recorded plan"):
        pretrain(tokenizer, tmp_path / "third", recorded=recorded)


def test_a_short_run_looks_at_a_part_and_reads_all_of_it_at_the_end(
    tokenizer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = MachineSpeed("cpu", "fp32", {64: 1e8})
    for module in (planning, stage):
        monkeypatch.setattr(module, "machine_speed", lambda *_: slow)
    monkeypatch.setattr(overhead, "LEAST_HELD", 100)
    work = tmp_path / "work"
    work.mkdir()
    section = SECTION.model_copy(update={"shape": Shape(layers=1, width=32)})
    metrics = stage.run(
        StageContext(work), {"tokenizer": tokenizer}, section=section, **spent("2s")
    )
    plan = read_json(work / "plan.json")
    model = AutoModelForCausalLM.from_pretrained(work / "model")
    fast = load_tokenizer(tokenizer)

    def measured(wanted: int) -> float:
        held, size = planning.validation_text(tokenizer / "shards", fast, wanted)
        return token_bits(model, held, context=32) / size

    every, part = measured(10**6), measured(plan["held_bytes"])
    assert 100 <= plan["held_bytes"] < planning.validation_text(tokenizer / "shards", fast)[1]
    assert metrics["bpb.validation"] == pytest.approx(every, rel=1e-5)
    lines = read_metrics(work / "metrics.jsonl")
    looks = [line["validation_bpb"] for line in lines if "validation_bpb" in line]
    assert min(looks) == pytest.approx(part, rel=1e-5)  # the best weights are kept
    assert part != pytest.approx(every, rel=1e-3)


def test_a_corpus_too_small_to_hold_anything_out_is_trained_on(
    tokenizer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By time, of which the held-out text gets a share for each of its bytes."""
    slow = MachineSpeed("cpu", "fp32", {64: 1e8})
    for module in (planning, stage):
        monkeypatch.setattr(module, "machine_speed", lambda *_: slow)
    small = shutil.copytree(tokenizer, tmp_path / "tokenizer")
    index = read_json(small / "shards" / "index.json")
    nothing = dict.fromkeys(("documents", "tokens", "bytes", "words"), 0)
    index["splits"]["validation"] |= {**nothing, "files": []}
    write_json(small / "shards" / "index.json", index)
    work = tmp_path / "work"
    work.mkdir()
    section = SECTION.model_copy(update={"shape": Shape(layers=1, width=32)})
    stage.run(StageContext(work), {"tokenizer": small}, section=section, **spent("2s"))
    assert read_json(work / "plan.json")["held_bytes"] == 0
    assert "validation_bpb" not in read_metrics(work / "metrics.jsonl")[-1]
