"""The number format of a training step: bf16 where the machine computes in it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from dialecto.runtime import DialectoError

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def choose_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_precision(wanted: str, device: torch.device) -> str:
    """`bf16`, `fp16` or `fp32`. A CPU without bf16 instructions emulates them more slowly than
    fp32. Raises DialectoError for fp16 on a CPU that would emulate it."""
    if wanted == "fp16" and device.type == "cpu" and not _computes_fp16():
        raise DialectoError(
            "`precision: fp16` is for accelerators: this processor has no instructions for it and "
            "would be many times slower than in fp32. Leave `precision: auto` in the recipe"
        )
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if computes_bf16() and _has_bf16() else "fp32"


def computes_bf16() -> bool:
    """Whether torch has products in bf16 for this processor, native or emulated by wide fp32."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _computes_fp16() -> bool:
    """Whether the processor multiplies fp16 natively (AVX512-FP16, AMX-FP16, Arm FP16)."""
    return bool(torch.ops.mkldnn._is_mkldnn_fp16_supported())


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
    return torch.autocast(device.type, dtype=DTYPES[precision])


def make_scaler(precision: str, device: torch.device) -> torch.amp.GradScaler | None:
    """What keeps fp16's gradients from vanishing: the loss is scaled up, as far as they do not
    overflow [arXiv 1710.03740]. The other formats need none."""
    return torch.amp.GradScaler(device.type) if precision == "fp16" else None
