"""The machine's profile: measured once, repeated exactly, dropped when it proves wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto.models.planner import MachineSpeed
from dialecto.runtime.files import read_json, write_json
from dialecto.training import measure


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALECTO_HOME", str(tmp_path))
    monkeypatch.setattr(measure, "_SHAPES", ((1, 64), (1, 128)))
    monkeypatch.setattr(measure, "_VOCABULARY", 64)
    monkeypatch.setattr(measure, "_SECONDS", 0.0)
    return tmp_path / "machine.json"


def test_a_profile_is_measured_once_and_repeats(quick: Path) -> None:
    first = measure.machine_speed("fp32")
    assert set(first.flops) == {64, 128}
    assert all(rate > 0 for rate in first.flops.values())
    assert measure.machine_speed("fp32") == first
    assert len(read_json(quick)) == 1


def test_a_run_far_faster_than_the_profile_drops_it(quick: Path) -> None:
    speed = measure.machine_speed("fp32")
    assert not measure.learn_speed(speed, 64, 1.2 * speed.at(64))
    assert len(read_json(quick)) == 1
    assert measure.learn_speed(speed, 64, 2.0 * speed.at(64))
    assert read_json(quick) == {}


def test_a_damaged_profile_is_measured_again(quick: Path) -> None:
    quick.write_text("{half")
    assert isinstance(measure.machine_speed("fp32"), MachineSpeed)
    write_json(quick, {"another machine": {"64": 1.0}})
    measure.machine_speed("fp32")
    assert len(read_json(quick)) == 2
