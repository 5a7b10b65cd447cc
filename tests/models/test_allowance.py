"""A budget in the user's unit becomes time or FLOPs."""

from __future__ import annotations

import pytest

from dialecto.models.allowance import allow
from dialecto.recipe import MachineSection, parse_budget
from dialecto.runtime import DialectoError


def unasked() -> float:
    raise AssertionError("the watts were asked for without need")


def seconds(text: str, machine: MachineSection, watts: float | None = None) -> float | None:
    return allow(parse_budget(text), machine, lambda: watts or unasked()).seconds


def test_time_is_itself() -> None:
    assert seconds("10m", MachineSection()) == 600


def test_energy_by_stated_or_measured_watts() -> None:
    assert seconds("1kWh", MachineSection(watts=1000)) == pytest.approx(3600)
    assert seconds("1kWh", MachineSection(), watts=500) == pytest.approx(7200)


def test_money_by_the_hour_or_by_energy() -> None:
    assert seconds("3eur", MachineSection(price_per_hour=2)) == pytest.approx(5400)
    by_energy = MachineSection(price_per_kwh=0.25, watts=1000)
    assert seconds("1eur", by_energy) == pytest.approx(4 * 3600)
    with pytest.raises(DialectoError, match="price_per_hour"):
        seconds("3eur", MachineSection())


def test_flops_have_no_clock() -> None:
    found = allow(parse_budget("2e18flops"), MachineSection(), unasked)
    assert (found.seconds, found.flops) == (None, 2e18)
    assert found.as_dict()["text"] == "2e18flops"
