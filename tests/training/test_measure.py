"""The machine's profile: measured once, repeated exactly, dropped when it proves wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from dialecto.models.speed import MachineSpeed
from dialecto.runtime import DialectoError
from dialecto.runtime.energy import Energy
from dialecto.runtime.files import read_json, write_json
from dialecto.training import measure


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIALECTO_HOME", str(tmp_path))
    monkeypatch.setattr(measure, "_SHAPES", ((1, 64), (1, 128)))
    monkeypatch.setattr(measure, "_VOCABULARY", 64)
    monkeypatch.setattr(measure, "_SECONDS", 0.0)
    monkeypatch.setattr(measure, "_BUSY_SECONDS", 0.0)
    monkeypatch.setattr(measure, "_MATMUL", 64)
    monkeypatch.setattr(measure, "_TRIED", (1, 64))
    monkeypatch.setattr(measure, "_TRIAL_SECONDS", 0.0)
    return tmp_path / "machine.json"


def test_a_profile_is_measured_once_and_repeats(quick: Path) -> None:
    first = measure.machine_speed("fp32")
    assert set(first.flops) == {64, 128}
    assert all(rate > 0 for rate in first.flops.values())
    assert first.matmul > 0
    assert first.memory > 1e8
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
    write_json(quick, {"another machine": {"flops": {"64": 1.0}}})
    measure.machine_speed("fp32")
    assert len(read_json(quick)) == 2


@pytest.mark.usefixtures("quick")
def test_watts_are_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def energy() -> Iterator[Energy]:
        found = Energy()
        yield found
        found.kilowatt_hours = 1e-3

    monkeypatch.setattr(measure, "measured_energy", energy)
    watts = measure.machine_watts("fp32")
    assert watts > 0
    monkeypatch.setattr(measure, "measured_energy", None)
    assert measure.machine_watts("fp32") == watts


@pytest.mark.usefixtures("quick")
def test_a_machine_that_does_not_tell_its_power(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def nothing() -> Iterator[Energy]:
        yield Energy()

    monkeypatch.setattr(measure, "measured_energy", nothing)
    with pytest.raises(DialectoError, match="watts: 65"):
        measure.machine_watts("fp32")


def test_the_precision_of_a_processor_is_tried_once_and_kept(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "choose_device", lambda: torch.device("cpu"))
    first = measure.machine_speed()
    assert {trial.precision for trial in first.trials} >= {"fp32"}
    assert all(trial.flops > 0 for trial in first.trials)
    assert measure.machine_speed() == first
    slow = {"precision": "bf16", "threads": 1, "flops": 1.0}
    fast = {"precision": "fp32", "threads": 1, "flops": 9.0}
    profile = read_json(quick)
    key = next(name for name in profile if name.endswith("tried"))
    write_json(quick, {**profile, key: {"trials": [slow, fast]}})
    assert measure.machine_speed().precision == "fp32"
    assert measure.machine_speed("bf16").trials == ()  # the recipe decides
