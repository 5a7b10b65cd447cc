"""Two processes over gloo that train a tiny model: run by torch's launcher, not by pytest."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from dialecto.runtime import SilentProgress
from dialecto.training.distributed.ranks import Ranks
from dialecto.training.distributed.sharding import distribute, is_sharded, whole_weights
from dialecto.training.heldout import token_bits
from dialecto.training.loop import train
from dialecto.training.optimizer import default_rates, make_optimizers
from tests.training.tiny import CONTEXT, tiny_documents, tiny_model, tiny_plan, tiny_stream


class DieAt(SilentProgress):
    """Kills this process once, when the run has come so far."""

    def __init__(self, step: int, mark: Path) -> None:
        self.left, self.mark = step, mark

    def advance(self, amount: float = 1, **_facts: float | str) -> None:
        self.left -= int(amount)
        if self.left == 0 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def train_tiny(work: Path, engine: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Train, in one process or as one of several; the losses and the weights."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    ranks = Ranks(int(os.environ.get("RANK", "0")), count, engine)
    model = tiny_model(architecture=facts.get("architecture", "qwen3"), random_outputs=True)
    ranks = distribute(model, ranks, facts.get("zero_stage", 3))
    kind = facts.get("optimizer", "muon")
    documents = tiny_documents(5, seed=3)

    def validate() -> float:
        return ranks.read(model, lambda m: token_bits(m, documents, context=CONTEXT))

    progress: Any = SilentProgress()
    if ranks.number == count - 1 and "die" in facts:
        progress = DieAt(facts["die"], work / "died")
    plan = tiny_plan(
        facts.get("steps", 6), micro_rows=facts.get("micro_rows", 4), clip=facts.get("clip")
    )
    result = train(
        model,
        tiny_stream(rows=facts.get("rows", 5), architecture=facts.get("architecture", "qwen3")),
        make_optimizers(model, kind, default_rates(kind, 32)),
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
        found = train_tiny(folder, facts["engine"], facts)
        if os.environ["RANK"] == "0":
            (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
