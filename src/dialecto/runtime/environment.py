"""Switches in the process environment that keep libraries quiet and off the network.

Set when `dialecto.runtime` is imported, that is before any stage imports torch or
transformers, because these libraries read them once. What the user has set stays.
"""

from __future__ import annotations

import os

PRIVATE = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "DISABLE_TELEMETRY": "1",
    "WANDB_MODE": "disabled",
    "TQDM_DISABLE": "1",  # progress is told by our own bars
    # Named so that `tokenizers` neither warns nor guesses when a process was forked.
    "TOKENIZERS_PARALLELISM": "true",
}


def keep_private() -> None:
    """Telemetry off, hubs off, for this process and those it starts."""
    for name, value in PRIVATE.items():
        os.environ.setdefault(name, value)
