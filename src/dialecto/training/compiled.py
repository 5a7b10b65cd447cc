"""`torch.compile`, where it pays: a run long enough to earn back the time it costs.

The modules are compiled in place, so weights keep their names; only forward and backward of
training are compiled, held-out text is read as before. A run that is started again finds the
decision in its plan, and so computes what it would have computed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch

from dialecto.runtime import DialectoError
from dialecto.training.attention import EXPLICIT
from dialecto.training.fused.blocks import use_fused, use_plain

# Seconds that compiling takes and the share of speed it adds, about. CPU: measured on small
# decoders (docs/benchmarks.md); CUDA: an 8B Llama on H100s as torchtitan's README has it.
COST = {"cpu": 60.0, "cuda": 90.0}
GAIN = {"cpu": 0.10, "cuda": 0.15}
MARGIN = 2.0  # what is won must be so many times what is spent
LEAST_GAIN = 1.02  # measured; below it, the plain model trains
STEPS = 4  # timed, of each


@dataclass(frozen=True)
class Compile:
    """Whether a run is compiled, and why; the seconds that it took to find out."""

    on: bool
    why: str
    spent: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def worth_trying(wanted: bool | str, seconds: float | None, device: str) -> Compile:
    """The decision before anything is tried; `on` means that it shall be tried.

    wanted: the recipe's `auto`, true or false; seconds: of the run, None when only its steps are
    known.
    """
    if wanted != "auto":
        return Compile(bool(wanted), "from the recipe")
    if seconds is None:
        return Compile(False, "not compiled: how long the run takes is not planned")
    gain = GAIN[device] / (1.0 + GAIN[device])
    least = MARGIN * COST[device] / gain
    if seconds < least:
        return Compile(
            False,
            f"not compiled: it costs about {COST[device]:.0f} s and adds some {GAIN[device]:.0%}, "
            f"which pays from {least:.0f} s on",
        )
    return Compile(True, "worth a trial")


def try_compile(
    model: Any, wanted: bool | str, step: Callable[[], Any], backend: Any = "inductor"
) -> Compile:
    """Compile the model's blocks in place, and keep that if it is faster or asked for.

    step: a forward and backward pass that leaves nothing behind. Raises DialectoError if the
    recipe asks for it and it cannot be had.
    """
    began = time.perf_counter()
    plain = _time(step)
    started = time.perf_counter()
    try:
        compile_model(model, backend)
        step()
        spent = time.perf_counter() - started
        compiled = _time(step)
    except Exception as error:  # whatever the compiler's tool chain raises
        _undo(model)
        reason = " ".join(str(error).split("\n")[:2])[:200] or repr(error)
        if wanted is True:
            raise DialectoError(
                f"`compile: true`, but torch cannot compile this model here: {reason}. A C++ "
                "compiler is needed; `compile: auto` trains without it where it is missing"
            ) from error
        return Compile(False, f"not compiled: it failed ({reason})", _since(began))
    facts = (
        f"{spent:.0f} s to compile, then {plain / compiled:.2f} times the speed of the plain model"
    )
    if wanted == "auto" and plain / compiled < LEAST_GAIN:
        _undo(model)
        return Compile(False, f"not compiled: {facts}", _since(began))
    return Compile(True, f"compiled: {facts}", _since(began))


def compile_model(model: Any, backend: Any = "inductor") -> None:
    """Compile each step's forward pass in place, for the shapes that training has."""
    use_plain(model)
    model.base_model.compile(dynamic=False, backend=backend)


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 1)


def _undo(model: Any) -> None:
    model.base_model._compiled_call_impl = None
    if model.config._attn_implementation == EXPLICIT:
        use_fused(model)


def uncompiled(model: Any) -> AbstractContextManager[Any]:
    """Inside, a compiled model runs as it was written: shapes there change from call to call."""
    if model.base_model._compiled_call_impl is None:
        return nullcontext()
    made: AbstractContextManager[Any] = torch.compiler.set_stance("force_eager")
    return made


def _time(step: Callable[[], Any]) -> float:
    """Seconds of a pass, the median."""
    times = []
    for _ in range(STEPS):
        started = time.perf_counter()
        step()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return median(times)
