"""Energy of a stage is that of all its sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto.project.sessions import total_energy, used_energy
from dialecto.runtime.energy import Energy
from dialecto.security import Ledger


def test_sessions_add_up(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db")
    ledger.append("stage.interrupted", {"digest": "a", **used_energy(Energy(9.0))})
    ledger.append("stage.done", {"digest": "a"})
    ledger.append("stage.interrupted", {"digest": "a", **used_energy(Energy(0.25))})
    ledger.append("stage.interrupted", {"digest": "b", **used_energy(Energy(5.0))})
    ledger.append("stage.failed", {"digest": "a", "error": "x", **used_energy(Energy(0.5))})
    ledger.append("stage.interrupted", {"digest": "a", **used_energy(Energy(None))})
    assert total_energy(ledger, "a", Energy(1.0)) == pytest.approx(1.75)
    assert total_energy(ledger, "c", Energy(1.0)) == 1.0
    assert total_energy(ledger, "a", Energy(None)) is None
