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


# Names the switches that were set here and not by the user, for this process and those below.
_OURS = "DIALECTO_KEEPS_PRIVATE"


def keep_private() -> None:
    """Telemetry off, hubs off, for this process and those it starts."""
    ours = set(os.environ.get(_OURS, "").split())
    for name, value in PRIVATE.items():
        if name not in os.environ:
            os.environ[name] = value
            ours.add(name)
    os.environ[_OURS] = " ".join(sorted(ours))


def user_is_offline() -> bool:
    """Whether the user, and not this program, has said that no hub is to be asked."""
    ours = os.environ.get(_OURS, "").split()
    return any(
        os.environ.get(name, "0").lower() in ("1", "true", "yes", "on") and name not in ours
        for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
    )
