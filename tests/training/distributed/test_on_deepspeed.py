"""ZeRO by DeepSpeed trains what one process trains, and its checkpoints are anybody's."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from dialecto.runtime import DialectoError, SilentProgress
from dialecto.training.distributed import on_deepspeed
from dialecto.training.journal import read_metrics
from tests.training.distributed.alike import assert_trained_as_one
from tests.training.distributed.test_worker import SHORT, Killer, run
from tests.training.distributed.together import start, train_tiny
from tests.training.test_stage_options import tokenizer as tokenizer

ZERO: dict[str, Any] = {
    "engine": "deepspeed", "zero_stage": 2, "optimizer": "sgd", "micro_rows": 2, "near": 1e-5
}  # fmt: skip
ADAM: dict[str, Any] = {**ZERO, "optimizer": "adamw", "clip": 0.5, "near": 3e-3}
# `stop`: the run is left there, and goes on by the engine `then`, or not at all.
CASES: dict[str, dict[str, Any]] = {
    "zero1": {**ZERO, "zero_stage": 1},
    "zero2": ZERO,
    "adamw": ADAM,
    "gpt2": {**ZERO, "architecture": "gpt2"},
    "moe": {**ZERO, "zero_stage": 1, "architecture": "qwen3_moe", "near": 3e-2},
    "t5": {**ZERO, "architecture": "t5", "steps": 2, "validate": False, "near": 1e-4},
    "spoilt": {**ADAM, "spoil": 3},
    "resumed": {**ADAM, "stop": 4, "then": "deepspeed"},
    "by-fsdp": {**ADAM, "stop": 4, "then": "fsdp"},
    "from-ddp": {**ADAM, "engine": "ddp", "stop": 4, "then": "deepspeed"},
    "left": {**ADAM, "zero_stage": 1, "stop": 4},
}


NEEDS_IT = pytest.mark.skipif(
    find_spec("deepspeed") is None, reason="the extra `deepspeed` is not installed"
)


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every case, trained by the same two processes one after the other."""
    folder = tmp_path_factory.mktemp("deepspeed")
    start(folder, CASES)
    return folder


@NEEDS_IT
@pytest.mark.parametrize("case", [case for case in CASES if case != "left"])
def test_two_processes_train_as_one(together: Path, tmp_path: Path, case: str) -> None:
    assert_trained_as_one(together / case, tmp_path, CASES[case])


@NEEDS_IT
def test_a_resumed_run_is_the_undisturbed_one(together: Path) -> None:
    """To the bit: losses, gradients, weights."""
    found = [json.loads((together / c / "found.json").read_text()) for c in ("adamw", "resumed")]
    assert found[0] == found[1]
    steps, wanted = (read_metrics(together / c / "metrics.jsonl") for c in ("resumed", "adamw"))
    for name in ("step", "tokens", "loss", "gradient_norm"):
        assert [line[name] for line in steps] == [line[name] for line in wanted]


@NEEDS_IT
def test_one_process_goes_on_where_two_were(together: Path, tmp_path: Path) -> None:
    """From whole moments, for each weight its own."""
    (checkpoint,) = (together / "left" / "checkpoints").glob("[0-9]*3")
    weights, moments = (
        load_file(checkpoint / f"{name}.safetensors") for name in ("model", "optimizer")
    )
    shapes = sorted(t.shape for n, t in moments.items() if n.endswith(".exp_avg"))
    assert shapes == sorted(tensor.shape for tensor in weights.values())
    assert {float(t) for n, t in moments.items() if n.endswith(".step")} == {3.0}
    assert all(bool(t.any()) for n, t in moments.items() if n.endswith(".exp_avg_sq"))
    alone = train_tiny(tmp_path, "none", ADAM)
    found = train_tiny(together / "left", "none", ADAM)
    assert found["loss"] == pytest.approx(alone["loss"], rel=3e-3)
    assert found["validation"] == pytest.approx(alone["validation"], rel=3e-3)


@NEEDS_IT
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the process to kill in /proc")
def test_the_stage_leaves_a_model_that_transformers_load(tokenizer: Path, tmp_path: Path) -> None:
    """One of its processes is killed meanwhile."""
    killer = Killer(tmp_path / "two")
    zero = {"engine": "deepspeed", "zero_stage": 1, "processes": 2}
    two = run(tokenizer, tmp_path / "two", killer, **SHORT, distribute=zero)
    one = run(tokenizer, tmp_path / "one", SilentProgress(), **SHORT)
    assert killer.left == 0
    assert any("going on from step" in note for note in killer.notes)
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-3)
    assert two["bpb.validation"] == pytest.approx(one["bpb.validation"], rel=1e-2)
    models = [
        AutoModelForCausalLM.from_pretrained(tmp_path / name / "model") for name in ("two", "one")
    ]
    for found, wanted in zip(*(model.parameters() for model in models), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-2, atol=1e-3)


def test_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_deepspeed, "find_spec", lambda _name: None)
    with pytest.raises(DialectoError, match=r"pip install 'dialecto\[deepspeed\]'"):
        on_deepspeed.check_deepspeed()


def test_a_groups_vector_is_cut_into_its_tensors() -> None:
    tensors = [torch.arange(6.0).view(2, 3), torch.arange(6.0, 8.0)]
    flat = torch.cat([torch.arange(8.0), torch.zeros(2)])  # filled up to equal pieces
    cut = on_deepspeed._cut(flat, tensors)
    assert all(torch.equal(part, tensor) for part, tensor in zip(cut, tensors, strict=True))
