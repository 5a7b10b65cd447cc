"""What each engine costs two processes of one machine: memory, processor time.

    python benchmarks/distributed.py [--layers 8 --width 512 --steps 4]

One model and one optimizer (AdamW, fp32) by each engine in turn, a short batch: what is compared
is what the engines hold and send, not how fast a processor multiplies. Memory is a process's, less
what it had when all libraries were imported: the highest, and what is left between steps. Time is
the two processes' own, user and system, for the median step; a tensor's memory is asked of the
system anew each time, which costs some of it. Needs Linux (/proc).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent
ENGINES: dict[str, tuple[str, int]] = {
    "ddp": ("ddp", 3),
    "fsdp": ("fsdp", 3),
    "fsdp, zero_stage 2": ("fsdp", 2),
    "deepspeed, zero_stage 1": ("deepspeed", 1),
    "deepspeed, zero_stage 2": ("deepspeed", 2),
}
# Tensors go back to the system when they are freed: what counts is what is held.
SETTINGS = {
    "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "65536"
}  # fmt: skip
MEASURES = {"highest": "VmHWM", "between": "VmRSS"}
VOCABULARY, CONTEXT, ROWS = 8192, 64, 4


def train(engine: str, stage: int, layers: int, width: int, steps: int) -> dict[str, Any] | None:
    """One of two processes; the first one's figures."""
    import numpy as np
    import torch
    import torch._inductor.compile_fx
    import torch.distributed as dist

    from dialecto.models.architecture import build_config, build_model
    from dialecto.models.shape import default_shape
    from dialecto.training.attention import use_for_training
    from dialecto.training.distributed.on_deepspeed import slice_optimizer
    from dialecto.training.distributed.ranks import Ranks
    from dialecto.training.distributed.sharding import distribute
    from dialecto.training.optimizer import default_rates, make_optimizers
    from dialecto.training.pieces import Batch
    from dialecto.training.run import LoopPlan
    from dialecto.training.step import train_step

    if engine == "deepspeed":
        os.environ["DS_ACCELERATOR"] = "cpu"
        import deepspeed

        assert deepspeed.__version__
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    ranks = Ranks(dist.get_rank(), dist.get_world_size(), engine)

    def new_model(layers: int, width: int) -> Any:
        shape = default_shape(layers, width, VOCABULARY, CONTEXT, "qwen3")
        model = build_model(build_config(shape, end_of_text=0, pad=1), 1)
        use_for_training(model, torch.device("cpu"), CONTEXT)
        return model

    new_model(1, 32)  # what it imports is there from now on
    before = _told("VmRSS")
    model = new_model(layers, width)
    parameters = model.num_parameters()
    ranks = distribute(model, ranks, stage)
    optimizers = make_optimizers(model, "adamw", default_rates("adamw", width))
    if engine == "deepspeed":
        optimizers, ranks = slice_optimizer(model, optimizers, ranks, stage, None)
    plan = LoopPlan(
        steps=steps, micro_rows=1, warmup=0, cooldown=0, precision="fp32", seconds=None,
        checkpoint_seconds=1e9, validate_every=steps, tokens_per_byte=None,
    )  # fmt: skip
    tokens = np.random.default_rng(0).integers(2, VOCABULARY, (ROWS, CONTEXT + 1))
    ones = np.ones((ROWS, CONTEXT), dtype=np.int32)
    batch = Batch(tokens[:, :-1], tokens[:, 1:], ones)
    took, losses = [], []
    for _ in range(steps):
        began = time.process_time()
        loss, _ = train_step(model, batch, optimizers, plan, torch.device("cpu"), ranks)
        took.append(ranks.sum(time.process_time() - began))
        losses.append(loss)
    held = [round((ranks.sum(_told(m)) / ranks.count - before) / 1e6) for m in MEASURES.values()]
    dist.destroy_process_group()
    if not ranks.first:
        return None
    return {
        "parameters": parameters,
        "megabytes": dict(zip(MEASURES, held, strict=True)),
        "cpu_seconds_a_step": round(median(took), 2),
        "losses": [round(loss, 5) for loss in losses],
    }


def _told(name: str) -> int:
    """Bytes of main memory that this process has, by the system's name of the measure."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--engine", nargs=2, help="of a process that this script started")
    asked = parser.parse_args()
    if asked.engine:
        engine, stage = asked.engine
        found = train(engine, int(stage), asked.layers, asked.width, asked.steps)
        if found:
            print("FOUND", json.dumps(found))
        return
    sizes = [f"--{name}={getattr(asked, name)}" for name in ("layers", "width", "steps")]
    for title, (engine, stage) in ENGINES.items():
        program = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        program += ["--nproc-per-node=2", __file__, *sizes, "--engine", engine, str(stage)]
        done = subprocess.run(
            program,
            env={**os.environ, **SETTINGS},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
        print(f"{title:<26}", lines[0][6:] if lines else done.stderr[-2000:], flush=True)


if __name__ == "__main__":
    main()
