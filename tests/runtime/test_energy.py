"""Energy is measured without network, output or files, and never gets in a stage's way."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import pytest

from dialecto.runtime.energy import measured_energy


def test_it_measures_without_network_files_or_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(tmp_path)
    # A configuration file that would switch everything on.
    config = "[codecarbon]\nsave_to_api = true\nsave_to_file = true\nlog_level = debug\n"
    (tmp_path / ".codecarbon.config").write_text(config, encoding="utf-8")
    with measured_energy() as energy:
        time.sleep(0.3)
    assert energy.kilowatt_hours is None or 0 < energy.kilowatt_hours < 0.01
    assert [p.name for p in tmp_path.iterdir()] == [".codecarbon.config"]
    assert capfd.readouterr() == ("", "")


def test_a_machine_that_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    with measured_energy() as energy:
        pass
    assert energy.kilowatt_hours is None


def test_the_stages_own_error_comes_through() -> None:
    with pytest.raises(ZeroDivisionError), measured_energy():
        raise ZeroDivisionError
