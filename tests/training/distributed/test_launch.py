"""Several processes train what one process would, and a process that dies does not end a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dialecto.training.journal import read_metrics
from tests.training.distributed.alike import assert_trained_as_one
from tests.training.distributed.together import start

# `near`: what losses may differ by. Muon rounds to bf16 and Adam divides small by small, so with
# them a gradient's last digit grows from step to step; a router's loss is by micro-batch.
CASES: dict[str, dict[str, Any]] = {
    "ddp": {"engine": "ddp", "optimizer": "sgd", "micro_rows": 2, "near": 1e-5},
    "fsdp": {"engine": "fsdp", "optimizer": "sgd", "micro_rows": 2, "near": 1e-5},
    "fsdp-zero2": {
        "engine": "fsdp", "optimizer": "sgd", "micro_rows": 2, "zero_stage": 2, "near": 1e-5
    },
    "ddp-muon": {"engine": "ddp", "near": 3e-3},
    "fsdp-muon": {"engine": "fsdp", "near": 3e-3},
    "fsdp-clip": {"engine": "fsdp", "optimizer": "adamw", "clip": 0.5, "near": 3e-3},
    "fsdp-gpt2": {"engine": "fsdp", "optimizer": "sgd", "architecture": "gpt2", "near": 1e-5},
    "fsdp-moe": {
        "engine": "fsdp", "optimizer": "sgd", "architecture": "qwen3_moe", "near": 3e-2
    },
    "ddp-t5": {
        "engine": "ddp", "optimizer": "sgd", "architecture": "t5", "steps": 2, "validate": False,
        "near": 1e-4,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every case, trained by the same two processes one after the other."""
    folder = tmp_path_factory.mktemp("together")
    start(folder, CASES)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_two_processes_train_as_one(together: Path, tmp_path: Path, case: str) -> None:
    """Losses, gradient norms, held-out text and weights; five rows, so the shares are uneven."""
    assert_trained_as_one(together / case, tmp_path, CASES[case])


def test_sharded_matrices_move_as_whole_ones(together: Path) -> None:
    """Muon's steps under FSDP and under DDP: the same sums, gathered before or after."""
    ddp, fsdp = (read_metrics(together / f"{e}-muon" / "metrics.jsonl") for e in ("ddp", "fsdp"))
    losses = [line["loss"] for line in ddp]
    assert [line["loss"] for line in fsdp] == pytest.approx(losses, rel=1e-6)


def test_zero_stage_2_keeps_blocks_whole(together: Path) -> None:
    """Until the backward pass; at stage 3 only what is outside the blocks. Sums are the same."""
    two, three = (
        json.loads((together / name / "found.json").read_text()) for name in ("fsdp-zero2", "fsdp")
    )
    assert two["held"] == two["parameters"] > three["held"] > 0
    assert two["loss"] == three["loss"]
    assert two["weights"] == three["weights"]
