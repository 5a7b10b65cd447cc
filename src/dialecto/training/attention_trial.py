"""Which attention trains fastest on an accelerator: a few passes of each, timed.

On CPUs the answer is known beforehand (`attention.default_attention`). The choice is recorded in
the run's plan, so a run that is started again computes as it did.
"""

from __future__ import annotations

import time
from statistics import median
from types import SimpleNamespace
from typing import Any

import torch

from dialecto.models.shape import ModelShape
from dialecto.recipe.architectures import DECODERS
from dialecto.training.attention import (
    default_attention,
    explicit_attention,
    flex_attention,
    segment_blocks,
    segment_mask,
)
from dialecto.training.precision import DTYPES

PASSES = 5
DOCUMENTS = 3  # in a row


def choose_attention(
    wanted: str,
    shape: ModelShape,
    rows: int,
    device: torch.device,
    precision: str,
    dropout: float,
) -> tuple[str, str]:
    """(name, why). FlexAttention has no dropout here, and sees a document from one side only."""
    if wanted != "auto":
        return wanted, "from the recipe"
    if device.type == "cpu" or dropout or shape.architecture not in DECODERS:
        name = default_attention(device, shape.context)
        return name, f"{name}, the fastest on this kind of machine"
    times = {
        name: time_attention(name, shape, rows, device, DTYPES[precision])
        for name in ("sdpa", "flex")
    }
    name = min(times, key=lambda key: times[key])
    shown = ", ".join(f"{key} {seconds * 1e3:.2f} ms" for key, seconds in times.items())
    return name, f"{name}, the fastest of a trial ({shown} a layer)"


def time_attention(
    name: str, shape: ModelShape, rows: int, device: torch.device, dtype: torch.dtype
) -> float:
    """Seconds of a layer's attention, forward and backward, mask included; infinite where the
    machine cannot compute it."""
    try:
        _pass(name, shape, rows, device, dtype)  # compiles, chooses kernels
        return median(_pass(name, shape, rows, device, dtype) for _ in range(PASSES))
    except (RuntimeError, NotImplementedError):
        return float("inf")


def _pass(
    name: str, shape: ModelShape, rows: int, device: torch.device, dtype: torch.dtype
) -> float:
    heads = (shape.heads, shape.kv_heads, shape.kv_heads)
    query, key, value = (
        torch.randn(
            rows,
            count,
            shape.context,
            shape.head_width,
            dtype=dtype,
            device=device,
            requires_grad=True,
        )
        for count in heads
    )
    places = torch.arange(shape.context, device=device) * DOCUMENTS // shape.context
    segments = places.expand(rows, -1) + 1
    _wait(device)
    started = time.perf_counter()
    if name == "flex":
        found, _ = flex_attention(None, query, key, value, segment_blocks(segments))
    elif name == "explicit":
        found, _ = explicit_attention(None, query, key, value, segment_mask(segments, dtype))
    else:
        found = _sdpa(query, key, value, segment_mask(segments, dtype))
    found.sum().backward()
    _wait(device)
    return time.perf_counter() - started


def _sdpa(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor) -> Any:
    """As transformers calls it."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    module: Any = SimpleNamespace(
        num_key_value_groups=query.shape[1] // key.shape[1], training=True, is_causal=True
    )
    found, _ = sdpa_attention_forward(module, query, key, value, mask)
    return found


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
