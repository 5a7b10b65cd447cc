"""What the sessions of a stage that was stopped and run again used together.

A session that ends by a signal or an error leaves its energy in the ledger; one that was killed
leaves nothing, and is missing from the sum.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from dialecto.runtime.energy import Energy
from dialecto.security import Ledger

_FIELD = "kilowatt_hours"


def used_energy(energy: Energy) -> dict[str, float]:
    """What a session that did not come to its end adds to its entry."""
    used = energy.kilowatt_hours
    return {} if used is None else {_FIELD: used}


def total_energy(ledger: Ledger, digest: str, energy: Energy) -> float | None:
    """kWh of the session that ends now and of those before it that made the same artefact."""
    if energy.kilowatt_hours is None:
        return None
    earlier = 0.0
    for entry in ledger.entries():
        facts: dict[str, Any] = {}
        with suppress(ValueError):  # a damaged entry is `ledger verify`'s to tell
            facts = json.loads(entry.facts)
        if facts.get("digest") != digest:
            continue
        if entry.action == "stage.done":  # what comes after it is another making
            earlier = 0.0
        elif entry.action in ("stage.interrupted", "stage.failed"):
            earlier += float(facts.get(_FIELD, 0.0))
    return earlier + energy.kilowatt_hours
