"""What `torch.compile` costs and gives on this machine, for the default model of some widths.

    python benchmarks/compiling.py [--shapes 4x256 6x384] [--context 256] [--rows 8]

Prints a Markdown table: processor seconds (without the C++ compiler's processes) and wall-clock
seconds to compile, milliseconds of processor of a step's forward and backward pass plain and
compiled (median), and whether a second model compiled anew gives the same loss bit for bit, as a
run that is started again needs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.shape import default_shape
from dialecto.training.attention import use_for_training
from dialecto.training.compiled import compile_model
from dialecto.training.pieces import Examples, RowStream
from dialecto.training.precision import choose_device, choose_precision
from dialecto.training.step import batch_loss

VOCABULARY = 4096
PASSES = 7


def step_of(layers: int, width: int, context: int, rows: int) -> tuple[Any, Callable[[], float]]:
    """A model and a forward and backward pass of it that returns the loss."""
    device = choose_device()
    precision = choose_precision("auto", device)
    shape = default_shape(layers, width, VOCABULARY, context)
    model = build_model(build_config(shape, end_of_text=0, pad=1), seed=0).to(device)
    use_for_training(model, device, context)
    model.train()
    random = np.random.default_rng(0)
    documents = [random.integers(2, VOCABULARY, context, dtype=np.int64) for _ in range(64)]
    batch = next(RowStream(Examples(documents, 0), context=context, rows=rows, pad=1, seed=0))
    arrays = (batch.inputs, batch.targets, batch.segments)
    inputs, targets, segments = (torch.from_numpy(array).to(device) for array in arrays)

    def step() -> float:
        objective, nats, _ = batch_loss(model, inputs, targets, segments, precision)
        objective.backward()
        model.zero_grad(set_to_none=True)
        return float(nats)

    return model, step


def milliseconds(step: Callable[[], float]) -> float:
    times = []
    for _ in range(PASSES):
        started = time.process_time()
        step()
        times.append(time.process_time() - started)
    return median(times) * 1e3


def row(layers: int, width: int, context: int, rows: int) -> str:
    model, step = step_of(layers, width, context, rows)
    step()
    plain = milliseconds(step)
    compile_model(model)
    wall, processor = time.perf_counter(), time.process_time()
    loss = step()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    compiled = milliseconds(step)
    torch.compiler.reset()
    again, step = step_of(layers, width, context, rows)
    compile_model(again)
    same = "yes" if step() == loss else "no"
    return (
        f"| {layers} x {width} | {processor:.0f} | {wall:.0f} | {plain:.0f} | {compiled:.0f} "
        f"| {plain / compiled:.2f} | {same} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", default=["4x256", "6x384"])
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--rows", type=int, default=8)
    options = parser.parse_args()
    print("| shape | to compile, processor s | wall s | plain ms | compiled ms | faster | same |")
    print("|---|---|---|---|---|---|---|")
    for shape in options.shapes:
        layers, width = (int(part) for part in shape.split("x"))
        print(row(layers, width, options.context, options.rows), flush=True)


if __name__ == "__main__":
    main()
