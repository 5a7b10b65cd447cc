"""Two processes over gloo that train a tiny model: run by torch's launcher, not by pytest."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from dialecto.runtime import SilentProgress
from dialecto.training.distributed.on_deepspeed import release, slice_optimizer
from dialecto.training.distributed.ranks import Ranks
from dialecto.training.distributed.sharding import distribute, is_sharded, whole_weights
from dialecto.training.heldout import token_bits
from dialecto.training.loop import train
from dialecto.training.optimizer import default_rates, make_optimizers
from tests.training.tiny import CONTEXT, tiny_documents, tiny_model, tiny_plan, tiny_stream

ROOT = Path(__file__).parents[3]


class DieAt(SilentProgress):
    """Kills this process once, when the run has come so far."""

    def __init__(self, step: int, mark: Path) -> None:
        self.left, self.mark = step, mark

    def advance(self, amount: float = 1, **_facts: float | str) -> None:
        self.left -= int(amount)
        if self.left == 0 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


class Stopped(Exception):
    """A run was left in the middle of it."""


class StopAt(SilentProgress):
    """Leaves the run once it has come so far; the step before has a checkpoint."""

    def __init__(self, step: int) -> None:
        self.left = step

    def advance(self, amount: float = 1, **_facts: float | str) -> None:
        self.left -= int(amount)
        if self.left == 0:
            raise Stopped


class SpoilAt(SilentProgress):
    """Spoils the head's weights once, when the run has come so far."""

    def __init__(self, step: int, model: Any) -> None:
        self.left, self.model, self.done = step, model, False

    def advance(self, amount: float = 1, **_facts: float | str) -> None:
        self.left -= int(amount)
        if self.left == 0 and not self.done:
            self.done = True
            self.model.get_output_embeddings().weight.data.fill_(float("nan"))


def train_tiny(work: Path, engine: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Train, in one process or as one of several; the losses and the weights."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    ranks = Ranks(int(os.environ.get("RANK", "0")), count, engine)
    model = tiny_model(architecture=facts.get("architecture", "qwen3"), random_outputs=True)
    ranks = distribute(model, ranks, facts.get("zero_stage", 3))
    kind = facts.get("optimizer", "muon")
    optimizers = make_optimizers(model, kind, default_rates(kind, 32))
    if ranks.engine == "deepspeed":
        optimizers, ranks = slice_optimizer(
            model, optimizers, ranks, facts["zero_stage"], facts.get("clip")
        )
    documents = tiny_documents(5, seed=3)

    def validate() -> float:
        return ranks.read(model, lambda m: token_bits(m, documents, context=CONTEXT))

    progress: Any = SilentProgress()
    if ranks.number == count - 1 and "die" in facts:
        progress = DieAt(facts["die"], work / "died")
    if "spoil" in facts:
        progress = SpoilAt(facts["spoil"], model)
    if "stop" in facts:
        progress = StopAt(facts["stop"])
    plan = tiny_plan(
        facts.get("steps", 6),
        micro_rows=facts.get("micro_rows", 4),
        clip=facts.get("clip"),
        checkpoint_seconds=0.0 if "stop" in facts else 1e9,
    )
    result = train(
        model,
        tiny_stream(rows=facts.get("rows", 5), architecture=facts.get("architecture", "qwen3")),
        optimizers,
        plan,
        work=work,
        progress=progress,
        label="test",
        validate=validate if facts.get("validate", True) else None,
        ranks=ranks,
    )
    weights = whole_weights(model)
    held = 0
    if engine == "fsdp":  # weights that a rank holds whole after a forward pass
        with torch.no_grad():
            ranks.within(lambda m: m(input_ids=torch.zeros(1, 8, dtype=torch.long)).logits)
        held = sum(not is_sharded(parameter) for parameter in model.parameters())
    return {
        "held": held,
        "parameters": len(list(model.parameters())),
        "loss": result.loss,
        "returns": result.returns,
        "validation": result.validation,
        "weights": {n: [float(t.sum()), float(t.square().sum())] for n, t in weights.items()},
    }


def main() -> None:
    work, cases = Path(sys.argv[1]), json.loads(sys.argv[2])
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    for name, facts in cases.items():
        folder = work / name
        folder.mkdir(exist_ok=True)
        if "stop" in facts:
            with contextlib.suppress(Stopped):
                train_tiny(folder, facts["engine"], facts)
            if "then" not in facts:
                continue
            facts = {name: value for name, value in facts.items() if name != "stop"}
        found = train_tiny(folder, facts.get("then", facts["engine"]), facts)
        if os.environ["RANK"] == "0":
            (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")
        if "deepspeed" in sys.modules:
            release()
    dist.destroy_process_group()


def start(folder: Path, cases: dict[str, dict[str, Any]]) -> None:
    """All cases by the same two processes, one after the other; each has a folder of its name."""
    program = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    program += ["--nproc-per-node", "2", "-m", "tests.training.distributed.together"]
    paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [*program, str(folder), json.dumps(cases)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "GLOO_SOCKET_IFNAME": "lo"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]


if __name__ == "__main__":
    main()
