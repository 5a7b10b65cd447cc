"""AdamW whose moments take a byte each: bitsandbytes, an extra [arXiv 2110.02861].

Moments are kept in blocks of 256 with a scale of their own; tensors of fewer than 4,096 values
stay in float32. It saves six bytes for each parameter, and is no faster than AdamW.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from dialecto.runtime import DialectoError


def adamw_8bit(
    groups: list[dict[str, Any]], *, betas: tuple[float, float], eps: float
) -> torch.optim.Optimizer:
    """Raises DialectoError where bitsandbytes is not installed."""
    library: Any
    with _without_downloads():
        try:
            import bitsandbytes.optim as library
        except ImportError as error:
            raise DialectoError(
                "`optimizer: adamw8bit` needs bitsandbytes, which is not installed: "
                "pip install 'dialecto[adamw8bit]', or choose another optimizer in the recipe"
            ) from error
    made: torch.optim.Optimizer = library.AdamW8bit(groups, betas=betas, eps=eps, weight_decay=0.0)
    return made


@contextmanager
def _without_downloads() -> Iterator[None]:
    """bitsandbytes fetches a kernel that we do not use from a hub when the package `kernels`
    is there; while it is imported, that package is hidden."""
    hidden = sys.modules.get("kernels")
    sys.modules["kernels"] = None  # type: ignore[assignment]
    log = logging.getLogger("bitsandbytes.backends.cpu.ops")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
        del sys.modules["kernels"]
        if hidden is not None:
            sys.modules["kernels"] = hidden
