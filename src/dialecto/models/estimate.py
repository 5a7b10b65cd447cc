"""What a training run would take on a machine that is not here: time, memory, energy, money.

Arithmetic only, checked against published runs (tests/models/test_published.py). FLOPs are 6 per
parameter and token and the attention's [PaLM, arXiv 2204.02311, appendix B]; memory is that of
mixed precision with AdamW, 16 bytes a parameter [ZeRO, arXiv 1910.02054, section 3.1], and
activations by layer [arXiv 2205.05198, equations 2 and 5, without the attention matrix, which
fused attention does not keep].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dialecto.models.accelerators import Accelerator
from dialecto.models.shape import ModelShape

STATE_BYTES = 16  # a parameter: bf16 weight and gradient, fp32 weight and two moments
_RESERVE = 0.9  # of a device's memory: the rest is the framework's
# Recomputing what checkpointing drops: authors of large runs recompute only what is cheap
# [arXiv 2205.05198 reports 4% for selective recomputation, 30 to 40% for all of it].
_RECOMPUTE = 0.9
POWER_SHARE = 0.85  # of the board power that training draws on average
# Parameters from which a model fills an accelerator; smaller ones are held up by everything around
# the arithmetic (no published run that the table was checked with is smaller).
FILLS = 1e8
PUE = 1.2  # power usage effectiveness of a good data centre


@dataclass(frozen=True)
class Workload:
    """A decoder to train. `parameters` with embeddings; `tokens` seen, repetitions counted."""

    parameters: float
    layers: int
    width: int
    context: int
    tokens: float

    @property
    def flops_per_token(self) -> float:
        return 6.0 * self.parameters + 6.0 * self.layers * self.width * self.context

    @property
    def flops(self) -> float:
        return self.flops_per_token * self.tokens


@dataclass(frozen=True)
class Memory:
    """Bytes on each device, and how the model is laid out over them."""

    layout: str  # data_parallel, sharded or too_large
    checkpointing: bool
    bytes: float
    least_devices: int


@dataclass(frozen=True)
class Estimate:
    """What a run takes. `hours` is wall-clock; energy includes the data centre's share."""

    flops: float
    hours: float
    device_hours: float
    tokens_per_second: float
    memory: Memory
    kilowatt_hours: float


def estimate(work: Workload, device: Accelerator, count: int) -> Estimate:
    """Time, memory and energy of the run on `count` devices."""
    memory = memory_on(work, device, count)
    # The published runs on thousands of devices are no slower, for each, than those on eight.
    efficiency = device.efficiency * (_RECOMPUTE if memory.checkpointing else 1.0)
    rate = device.teraflops * 1e12 * count * efficiency
    seconds = work.flops / rate
    device_hours = seconds / 3600 * count
    return Estimate(
        flops=work.flops,
        hours=seconds / 3600,
        device_hours=device_hours,
        tokens_per_second=rate / work.flops_per_token,
        memory=memory,
        kilowatt_hours=device_hours * device.watts / 1000 * POWER_SHARE * PUE,
    )


def memory_on(work: Workload, device: Accelerator, count: int) -> Memory:
    """The simplest layout that fits: whole copies, then sharded, then with checkpointing."""
    room = device.gigabytes * 1e9 * _RESERVE
    state = STATE_BYTES * work.parameters
    kept = 34.0 * work.width * work.layers * work.context  # of one row, all activations
    least = 2.0 * work.width * work.layers * work.context + 34.0 * work.width * work.context
    for layout, share in (("data_parallel", 1), ("sharded", count)):
        for checkpointing, activations in ((False, kept), (True, least)):
            # Sharded, one layer at a time is whole on each device.
            whole = 4.0 * work.parameters / work.layers if layout == "sharded" else 0.0
            needed = state / share + whole + activations
            if needed <= room:
                return Memory(layout, checkpointing, needed, _least(state, least, room))
    return Memory("too_large", True, state / count + least, _least(state, least, room))


def _least(state: float, activations: float, room: float) -> int:
    """Devices without which it cannot be trained, however it is sharded."""
    left = room - activations
    return math.ceil(state / left) if left > 0 else 0


def of_shape(shape: ModelShape, tokens: float) -> Workload:
    """A decoder of a known shape."""
    return Workload(shape.parameters, shape.layers, shape.width, shape.context, tokens)


def workload(parameters: float, tokens: float, context: int = 2048) -> Workload:
    """A decoder of usual proportions with so many parameters: depth follows width as in Llama."""
    # parameters ~ 12 * layers * width^2 and width ~ 128 * layers near the published families
    layers = max(round((parameters / (12 * 128**2)) ** (1 / 3)), 2)
    width = max(round(math.sqrt(parameters / (12 * layers)) / 64) * 64, 64)
    return Workload(parameters, layers, width, context, tokens)
