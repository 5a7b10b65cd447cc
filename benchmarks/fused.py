"""A training step with plain and with fused blocks, in turn in one process.

python benchmarks/fused.py [--threads 2] [--steps 12]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.shape import default_shape
from dialecto.training.allocator import keep_freed_memory
from dialecto.training.attention import use_for_training
from dialecto.training.fused.blocks import use_fused, use_plain
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.pieces import Examples, RowStream
from dialecto.training.run import LoopPlan
from dialecto.training.step import train_step

CPU = torch.device("cpu")
SHAPES = ((2, 128), (3, 192), (4, 256))
VOCABULARY, CONTEXT, ROWS, WARM = 4096, 256, 8, 3


def step_of(layers: int, width: int) -> tuple[Any, Callable[[], float], float]:
    """The model, a step that tells its milliseconds, and its FLOPs (the model's own)."""
    shape = default_shape(layers, width, VOCABULARY, CONTEXT)
    model = build_model(build_config(shape, end_of_text=0, pad=1), seed=0)
    use_for_training(model, CPU, CONTEXT)
    model.train()
    optimizers = make_optimizers(model, "muon", muon_rates(width))
    random = np.random.default_rng(0)
    documents = [random.integers(2, VOCABULARY, CONTEXT, dtype=np.int64) for _ in range(64)]
    stream = RowStream(Examples(documents, 0), context=CONTEXT, rows=ROWS, pad=1, seed=0)
    plan = LoopPlan(1, ROWS, 0.1, 0.1, "bf16", None, 1e9, 10**9, 1.0)

    def step() -> float:
        batch = next(stream)
        started = time.perf_counter()
        train_step(model, batch, optimizers, plan, CPU)
        return 1000 * (time.perf_counter() - started)

    return model, step, ROWS * CONTEXT * shape.training_flops_per_token


def peak() -> float:
    """FLOP/s of products of 2,048 by 2,048 in bf16, the upper quartile of twelve."""
    matrix = torch.ones(2048, 2048, dtype=torch.bfloat16)
    times = []
    for _ in range(12):
        started = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - started)
    return 2 * 2048**3 / sorted(times)[3]


def profile(step: Callable[[], float], steps: int) -> dict[str, float]:
    """Milliseconds of a step in products with weights, in stacked products of the model's attention
    and of Muon, and in all."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as record

    for _ in range(WARM):
        step()
    with record(activities=[ProfilerActivity.CPU]) as recorded:
        for _ in range(steps):
            step()
    spent = {
        event.key: event.self_cpu_time_total / 1e3 / steps for event in recorded.key_averages()
    }
    return {
        "products with weights": spent["aten::mm"],
        "attention and Muon": spent["aten::bmm"] + spent["aten::baddbmm"],
        "all": sum(spent.values()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--steps", type=int, default=12, help="of each kind")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    if options.profile:
        for layers, width in SHAPES:
            _, step, _ = step_of(layers, width)
            found = profile(step, options.steps)
            told = ", ".join(f"{name} {ms:.0f} ms" for name, ms in found.items())
            print(f"{layers} x {width}: {told}")
        return
    print("| layers x width | plain ms | fused ms | plain / fused | of matmul peak |")
    print("|---|---|---|---|---|")
    for layers, width in SHAPES:
        model, step, flops = step_of(layers, width)
        times: dict[Any, list[float]] = {use_plain: [], use_fused: []}
        for number in range(WARM + options.steps):
            for use, kept in times.items():
                use(model)
                took = step()
                if number >= WARM:
                    kept.append(took)
        plain, fused = times.values()
        ratios = sorted(a / b for a, b in zip(plain, fused, strict=True))
        before, after = statistics.median(plain), statistics.median(fused)
        spread = f"{ratios[len(ratios) // 4]:.2f}-{ratios[-1 - len(ratios) // 4]:.2f}"
        share = flops / (after / 1000) / peak()
        print(
            f"| {layers} x {width} | {before:.0f} | {after:.0f} "
            f"| {statistics.median(ratios):.2f} ({spread}) | {share:.0%} |"
        )


if __name__ == "__main__":
    main()
