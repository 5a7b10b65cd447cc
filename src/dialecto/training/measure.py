"""How fast this machine trains: a few real steps on models of several widths.

Measured once for a machine and kept in the user's folder, so that plans, and with them whole
runs, repeat exactly; `dialecto plan --measure` does it anew.
"""

from __future__ import annotations

import math
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
_VOCABULARY, _CONTEXT, _ROWS = 4096, 256, 8
_SECONDS, _STEPS = 2.5, 6  # for one shape: at least so long and so many steps
# A run faster than its plan by this much shows that the machine was busy when measured.
_FASTER = 1.5


def machine_speed(precision: str = "auto", *, fresh: bool = False) -> MachineSpeed:
    """The machine's training speed, from its profile or measured now (some 12 s)."""
    device = choose_device()
    chosen = choose_precision(precision, device)
    path, key = _profile_path(), _profile_key(device, chosen)
    profile = _read_profile(path)
    if fresh or key not in profile:
        profile[key] = {
            str(width): _measure(layers, width, device, chosen) for layers, width in _SHAPES
        }
        write_json(path, profile)
    return MachineSpeed(
        device.type, chosen, {int(width): float(rate) for width, rate in profile[key].items()}
    )


def unmeasured_speed(precision: str = "auto") -> MachineSpeed:
    """The machine without its speed, for plans in which the recipe decides everything."""
    device = choose_device()
    return MachineSpeed(device.type, choose_precision(precision, device), {1: math.nan})


def learn_speed(speed: MachineSpeed, width: int, achieved: float) -> bool:
    """Drop the machine's profile when a run reached far more FLOP/s than it promised.

    The next plan then measures anew. Smaller differences change nothing, so that plans and
    runs repeat. Returns whether the profile was dropped.
    """
    if achieved < _FASTER * speed.at(width):
        return False
    path = _profile_path()
    profile = _read_profile(path)
    profile.pop(_profile_key(choose_device(), speed.precision), None)
    write_json(path, profile)
    return True


def _profile_path() -> Path:
    return user_home() / "machine.json"


def _profile_key(device: torch.device, precision: str) -> str:
    return f"{machine_name(device)}, {torch.get_num_threads()} threads, {precision}"


def _read_profile(path: Path) -> dict[str, Any]:
    try:
        profile: dict[str, Any] = read_json(path)
    except (OSError, ValueError):
        return {}
    return profile


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
    """Training FLOP/s of one shape, from the lower quartile of its steps' times: the fastest
    step promises too much, and whatever else the machine does makes steps only slower."""
    shape = default_shape(layers, width, _VOCABULARY, _CONTEXT)
    model = build_model(build_config(shape, end_of_text=0, pad=1), seed=0).to(device)
    use_for_training(model, device, _CONTEXT)
    model.train()
    optimizers = make_optimizers(model, "muon", muon_rates(width))
    random = np.random.default_rng(0)
    documents = [random.integers(2, _VOCABULARY, _CONTEXT, dtype=np.int64) for _ in range(64)]
    stream = RowStream(Examples(documents, 0), context=_CONTEXT, rows=_ROWS, pad=1, seed=0)
    plan = LoopPlan(1, _ROWS, 0.1, 0.1, precision, None, 1e9, 10**9, 1.0)
    times: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(times) < _STEPS or time.perf_counter() < end:
        batch = next(stream)
        started = time.perf_counter()
        train_step(model, batch, optimizers, plan, device)
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    typical = sorted(times)[len(times) // 4]
    return _ROWS * _CONTEXT * shape.training_flops_per_token / typical
