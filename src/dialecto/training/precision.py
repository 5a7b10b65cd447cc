"""The number format of a training step: bf16 where the machine computes in it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch


def choose_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_precision(wanted: str, device: torch.device) -> str:
    """`bf16` or `fp32`. A CPU without bf16 instructions emulates them more slowly than fp32."""
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() and _has_bf16() else "fp32"


def _has_bf16() -> bool:
    """Whether the processor multiplies bf16 natively (AVX512-BF16, AMX, Arm BF16)."""
    from pathlib import Path

    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return any(flag in flags for flag in ("avx512_bf16", "amx_bf16", " bf16"))


def autocast(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    """Weights stay float32; matrix products run in the precision."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)
