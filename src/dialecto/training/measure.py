"""How fast this machine trains: a few real steps on models of several widths.

Measured once for a machine and kept in the user's folder, so that plans, and with them whole
runs, repeat exactly; `dialecto plan --measure` does it anew.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.planner import MachineSpeed
from dialecto.models.shape import default_shape
from dialecto.runtime.files import read_json, write_json
from dialecto.runtime.home import user_home
from dialecto.training.attention import use_for_training
from dialecto.training.loop import LoopPlan, train_step
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.pieces import Examples, RowStream
from dialecto.training.precision import choose_device, choose_precision

_SHAPES = ((2, 128), (4, 256), (6, 384), (6, 512))
_VOCABULARY, _CONTEXT, _ROWS, _STEPS = 4096, 256, 8, 6


def machine_speed(precision: str = "auto", *, fresh: bool = False) -> MachineSpeed:
    """The machine's training speed, from its profile or measured now (some 10 s)."""
    device = choose_device()
    chosen = choose_precision(precision, device)
    path = user_home() / "machine.json"
    key = f"{machine_name(device)}, {torch.get_num_threads()} threads, {chosen}"
    profile: dict[str, Any] = read_json(path) if path.is_file() else {}
    if fresh or key not in profile:
        profile[key] = {
            str(width): _measure(layers, width, device, chosen) for layers, width in _SHAPES
        }
        write_json(path, profile)
    return MachineSpeed(
        device.type, chosen, {int(width): float(rate) for width, rate in profile[key].items()}
    )


def machine_name(device: torch.device) -> str:
    """The processor's or the accelerator's name, with torch's version."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}"
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        name = "cpu"
    return f"{name}, torch {torch.__version__}"


def _measure(layers: int, width: int, device: torch.device, precision: str) -> float:
    """Training FLOP/s of one shape: the fastest of some steps, as others disturb only slower."""
    shape = default_shape(layers, width, _VOCABULARY, _CONTEXT)
    model = build_model(build_config(shape, end_of_text=0, pad=1), seed=0).to(device)
    use_for_training(model, device, _CONTEXT)
    model.train()
    optimizers = make_optimizers(model, "muon", muon_rates(width))
    random = np.random.default_rng(0)
    documents = [random.integers(2, _VOCABULARY, _CONTEXT, dtype=np.int64) for _ in range(64)]
    stream = RowStream(Examples(documents, 0), context=_CONTEXT, rows=_ROWS, pad=1, seed=0)
    plan = LoopPlan(_STEPS, _ROWS, 0.1, 0.1, precision, None, 1e9, 10**9, 1.0)
    best = float("inf")
    for _ in range(_STEPS):
        batch = next(stream)
        started = time.perf_counter()
        train_step(model, batch, optimizers, plan, device)
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - started)
    return _ROWS * _CONTEXT * shape.training_flops_per_token / best
