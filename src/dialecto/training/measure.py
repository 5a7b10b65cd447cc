"""How fast this machine trains: a few real steps on models of several widths, and its peak.

Measured once for a machine and kept in the user's folder, so that plans, and with them whole
runs, repeat exactly; `dialecto plan --measure` does it anew.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.shape import default_shape
from dialecto.models.speed import MachineSpeed, Trial
from dialecto.runtime import DialectoError
from dialecto.runtime.energy import measured_energy
from dialecto.runtime.files import read_json, write_json
from dialecto.runtime.home import user_home
from dialecto.training.allocator import keep_freed_memory
from dialecto.training.attention import use_for_training
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.pieces import Examples, RowStream
from dialecto.training.precision import choose_device, choose_precision, computes_bf16
from dialecto.training.run import LoopPlan
from dialecto.training.step import train_step
from dialecto.training.trials import better_precision, try_ways

_SHAPES = ((2, 64), (2, 128), (4, 256), (3, 512))
_VOCABULARY, _CONTEXT, _ROWS = 4096, 256, 8
_SECONDS, _STEPS = 0.8, 2  # for one shape: at least so long and so many steps
_MATMUL = 2048  # rows and columns of the products that show the machine's peak
_TRIED, _TRIAL_SECONDS = (2, 128), 0.5  # the shape on which ways to train are tried
_BUSY_SECONDS = 6.0  # of training while its watts are measured
# A run faster than its plan by this much shows that the machine was busy when measured.
_FASTER = 1.5


def machine_speed(precision: str = "auto", *, fresh: bool = False) -> MachineSpeed:
    """The machine's training speed, from its profile or measured now (some 8 s)."""
    device = choose_device()
    path = _profile_path()
    profile = _read_profile(path)
    trials = _trials(precision, device, profile, fresh)
    chosen = better_precision(trials) if trials else choose_precision(precision, device)
    key = _profile_key(device, chosen)
    if fresh or "flops" not in profile.get(key, {}):
        profile[key] = {
            "flops": {str(w): _measure(layers, w, device, chosen) for layers, w in _SHAPES},
            "matmul": _matmul(device, chosen),
        }
        write_json(path, profile)
    flops = {int(width): float(rate) for width, rate in profile[key]["flops"].items()}
    return MachineSpeed(
        device.type, chosen, flops, float(profile[key]["matmul"]), _memory(device), trials
    )


def _trials(
    precision: str, device: torch.device, profile: dict[str, Any], fresh: bool
) -> tuple[Trial, ...]:
    """The ways to train that were tried on a processor whose precision is open; they are kept in
    `profile` and its file. None where the recipe or an accelerator's kind decides."""
    if precision != "auto" or device.type != "cpu":
        return ()
    key = _profile_key(device, "tried")
    if fresh or key not in profile:
        found = try_ways(
            lambda name: _measure(*_TRIED, device, name, _TRIAL_SECONDS), bf16=computes_bf16()
        )
        profile[key] = {"trials": [asdict(trial) for trial in found]}
        write_json(_profile_path(), profile)
    return tuple(Trial(**trial) for trial in profile[key]["trials"])


def machine_watts(precision: str = "auto") -> float:
    """Watts that this machine draws in training: measured once for some seconds, then kept.

    codecarbon reads the processor's and the accelerator's counters; without them it estimates
    from their rated power. Raises DialectoError when it can tell nothing.
    """
    device = choose_device()
    chosen = machine_speed(precision).precision
    path, key = _profile_path(), _profile_key(device, chosen)
    profile = _read_profile(path)
    if "watts" not in profile[key]:
        started = time.perf_counter()
        with measured_energy() as energy:
            _measure(*_SHAPES[-1], device, chosen, _BUSY_SECONDS)
        hours = (time.perf_counter() - started) / 3600
        if energy.kilowatt_hours is None:
            raise DialectoError(
                "this machine does not tell what power it draws; write it in the recipe, as "
                "`machine: {watts: 65}`, or give the budget as time."
            )
        profile[key]["watts"] = round(energy.kilowatt_hours * 1000 / hours, 1)
        write_json(path, profile)
    return float(profile[key]["watts"])


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


def _memory(device: torch.device) -> float:
    """Bytes of the accelerator's memory, or of the machine's."""
    if device.type == "cuda":
        return float(torch.cuda.get_device_properties(device).total_memory)
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (ValueError, OSError, AttributeError):
        return math.inf


def _matmul(device: torch.device, precision: str) -> float:
    """FLOP/s of large matrix products: the peak that steps are compared with."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    matrix = torch.ones(_MATMUL, _MATMUL, dtype=dtype, device=device)
    times: list[float] = []
    for _ in range(8):
        started = time.perf_counter()
        matrix @ matrix
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return 2.0 * _MATMUL**3 / sorted(times)[len(times) // 4]


def _measure(
    layers: int, width: int, device: torch.device, precision: str, seconds: float | None = None
) -> float:
    """Training FLOP/s of one shape, from the lower quartile of its steps' times: the fastest
    step promises too much, and whatever else the machine does makes steps only slower."""
    shape = default_shape(layers, width, _VOCABULARY, _CONTEXT)
    model = build_model(build_config(shape, end_of_text=0, pad=1), seed=0).to(device)
    use_for_training(model, device, _CONTEXT)
    keep_freed_memory()
    model.train()
    optimizers = make_optimizers(model, "muon", muon_rates(width))
    random = np.random.default_rng(0)
    documents = [random.integers(2, _VOCABULARY, _CONTEXT, dtype=np.int64) for _ in range(64)]
    stream = RowStream(Examples(documents, 0), context=_CONTEXT, rows=_ROWS, pad=1, seed=0)
    plan = LoopPlan(1, _ROWS, 0.1, 0.1, precision, None, 1e9, 10**9, 1.0)
    times: list[float] = []
    wanted = _SECONDS if seconds is None else seconds
    while len(times) < _STEPS or sum(times) < wanted:
        batch = next(stream)
        started = time.perf_counter()
        train_step(model, batch, optimizers, plan, device)
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    typical = sorted(times)[len(times) // 4]
    return _ROWS * _CONTEXT * shape.training_flops_per_token / typical
