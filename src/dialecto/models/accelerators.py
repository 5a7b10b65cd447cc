"""Accelerators by their datasheets, and the share of their peak that training reaches.

Rates are dense (no sparsity) bf16 tensor TFLOP/s with fp32 accumulation (fp16 where the chip has
no bf16), memory in GB, board power in watts: NVIDIA's, AMD's and Google's datasheets. The
efficiency is what well-kept public training code reached on that generation, as the published
runs in tests/models/published.py show: near 0.4 on A100, somewhat less of H100's larger peak.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from dialecto.runtime import BadUsage


@dataclass(frozen=True)
class Accelerator:
    """One device. `teraflops`: dense bf16 peak; `efficiency`: share of it that steps reach."""

    name: str
    teraflops: float
    gigabytes: float
    watts: float
    efficiency: float


ACCELERATORS = {
    device.name: device
    for device in (
        Accelerator("T4", 65, 16, 70, 0.30),
        Accelerator("V100-32GB", 125, 32, 300, 0.35),
        Accelerator("A10", 125, 24, 150, 0.35),
        Accelerator("L4", 121, 24, 72, 0.35),
        Accelerator("L40S", 362, 48, 350, 0.35),
        Accelerator("A6000", 155, 48, 300, 0.40),
        Accelerator("RTX3090", 71, 24, 350, 0.45),
        Accelerator("RTX4090", 165, 24, 450, 0.45),
        Accelerator("RTX5090", 209, 32, 575, 0.45),
        Accelerator("A100-40GB", 312, 40, 400, 0.38),
        Accelerator("A100-80GB", 312, 80, 400, 0.40),
        Accelerator("H100-PCIe", 756, 80, 350, 0.33),
        Accelerator("H100", 989, 80, 700, 0.36),
        Accelerator("H200", 989, 141, 700, 0.38),
        Accelerator("B200", 2250, 180, 1000, 0.33),
        Accelerator("MI250X", 383, 128, 560, 0.30),
        Accelerator("MI300X", 1307, 192, 750, 0.30),
        Accelerator("TPUv4", 275, 32, 192, 0.45),
    )
}
_SHORT = {
    "A100": "A100-80GB",
    "V100": "V100-32GB",
    "H100-80GB": "H100",
    "H100-SXM": "H100",
    "H200-141GB": "H200",
}
_ON = re.compile(r"(?:(\d+)\s*[x×*]\s*)?(.+)", re.IGNORECASE)


def _plain(name: str) -> str:
    """A name without what people write differently: `rtx 4090`, `A100 80GB`, `h100_sxm`."""
    return re.sub(r"[\s_-]", "", name).upper()


def parse_machine(text: str) -> tuple[int, Accelerator]:
    """`8xA100-80GB` -> (8, A100-80GB); `H200` -> (1, H200). Raises BadUsage."""
    match = _ON.fullmatch(text.strip())
    count = int(match[1] or 1) if match else 0
    wanted = _plain(match[2]) if match else ""
    names = {_plain(name): name for name in ACCELERATORS} | {
        _plain(short): name for short, name in _SHORT.items()
    }
    if count < 1 or wanted not in names:
        close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
        hint = f"Did you mean {names[close[0]]}? " if close else ""
        known = ", ".join(ACCELERATORS)
        raise BadUsage(f"'{text}' is no machine that is known here. {hint}Known: {known}; "
                       "write several as 8xA100-80GB.")  # fmt: skip
    return count, ACCELERATORS[names[wanted]]
