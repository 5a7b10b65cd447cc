"""The stage in several processes: one is killed, all are started again, the run ends as planned."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from dialecto.recipe import PretrainSection
from dialecto.runtime import DialectoError, SilentProgress, StageContext
from dialecto.runtime.files import read_json
from dialecto.training import stage
from dialecto.training.distributed.launch import process_count
from dialecto.training.journal import read_metrics
from tests.artefacts import spent
from tests.training.test_stage_options import PLAIN
from tests.training.test_stage_options import tokenizer as tokenizer

# A rate at which plain gradients do not diverge, so that rounding stays small.
SHORT: dict[str, Any] = {
    "steps": 16, "optimizer": "sgd", "learning_rate": 0.05, "precision": "fp32"
}  # fmt: skip
TWO: dict[str, Any] = {"engine": "ddp", "processes": 2}


def section(**options: Any) -> PretrainSection:
    facts = {**PLAIN, "batch_tokens": 128, "tensorboard": False, "checkpoint_every": "0.001s"}
    return PretrainSection.model_validate({**facts, **options})


def run(tokenizer: Path, work: Path, progress: Any, **options: Any) -> dict[str, Any]:
    work.mkdir(exist_ok=True)
    context = StageContext(work, progress)
    inputs = {"tokenizer": tokenizer}
    return dict(stage.run(context, inputs, section=section(**options), **spent("60s")))


class Killer(SilentProgress):
    """Kills the second process once there is a checkpoint to go on from."""

    def __init__(self, work: Path, times: int = 1) -> None:
        self.work, self.left, self.notes = work, times, list[str]()

    def note(self, text: str) -> None:
        self.notes.append(text)

    def advance(self, _amount: float = 1, **_facts: float | str) -> None:
        if self.left and any(self.work.glob("checkpoints/[0-9]*")):
            for process in Path("/proc").glob("[0-9]*"):
                if _is_second(process):
                    self.left -= 1
                    os.kill(int(process.name), signal.SIGKILL)


def _is_second(process: Path) -> bool:
    try:
        parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return parent == os.getpid() and b"RANK=1" in environment


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the process to kill in /proc")
def test_a_killed_process_is_started_again(tokenizer: Path, tmp_path: Path) -> None:
    killer = Killer(tmp_path / "two")
    two = run(tokenizer, tmp_path / "two", killer, **SHORT, distribute=TWO)
    one = run(tokenizer, tmp_path / "one", SilentProgress(), **SHORT)
    assert killer.left == 0
    assert sum("died (exit code -9); all 2 are started again" in n for n in killer.notes) == 1
    assert any("going on from step" in note for note in killer.notes)
    lines, wanted = (read_metrics(tmp_path / name / "metrics.jsonl") for name in ("two", "one"))
    assert [line["step"] for line in lines] == list(range(1, 17))
    assert [line["loss"] for line in lines] == pytest.approx(
        [line["loss"] for line in wanted], rel=1e-3
    )
    assert two["bpb.validation"] == pytest.approx(one["bpb.validation"], rel=1e-2)
    assert two["processes"] == 2
    assert read_json(tmp_path / "two" / "plan.json")["engine"] == "ddp"
    assert (tmp_path / "two" / "model" / "model.safetensors").is_file()
    assert not (tmp_path / "two" / "checkpoints").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the process to kill in /proc")
def test_what_dies_too_often_is_told(tokenizer: Path, tmp_path: Path) -> None:
    """The last round's first death, with what to do; the checkpoint is kept."""
    killer = Killer(tmp_path)
    with pytest.raises(DialectoError, match=r"process 1 of 2 died .* started again 0 times"):
        run(tokenizer, tmp_path, killer, **SHORT, distribute={**TWO, "restarts": 0})
    assert killer.left == 0
    assert any((tmp_path / "checkpoints").glob("[0-9]*"))


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="cannot be sharded"):
        section(optimizer="adafactor", distribute={"engine": "fsdp"})
    with pytest.raises(ValueError, match="needs an `engine`"):
        section(distribute={"processes": 2})
    with pytest.raises(ValueError, match="needs `processes`"):
        section(distribute={"engine": "ray"})
    with pytest.raises(ValueError, match="not `ray://`"):
        section(distribute={"engine": "ray", "processes": 2, "address": "ray://host:10001"})
    with pytest.raises(ValueError, match="belong to `engine: ray`"):
        section(distribute={**TWO, "strategy": "fsdp"})
    with pytest.raises(ValueError, match="belongs to `fsdp` and `deepspeed`"):
        section(distribute={**TWO, "zero_stage": 2})
    ray = {"engine": "ray", "strategy": "fsdp", "processes": 2}
    with pytest.raises(ValueError, match="cannot be sharded"):
        section(optimizer="adafactor", distribute=ray)
    assert process_count(section(distribute={"engine": "ddp", "processes": 3})) == 3
    assert process_count(section(distribute={"engine": "ray", "processes": 3})) == 3
