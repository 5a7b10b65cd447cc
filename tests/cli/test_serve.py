"""`dialecto serve` as its own process, as a user starts and stops it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dialecto.project import Project
from dialecto.runtime import DialectoError
from dialecto.serving.extra import require_packages
from dialecto.serving.server import serve
from tests.tiny_model import make_project, save_tiny_model

START = "from dialecto.cli.main import main; main()"
ALWAYS = ("--port", "0", "--json")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    return make_project(folder / "project", save_tiny_model(folder / "model"))


@contextmanager
def started(project: Path, *words: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            START,
            "serve",
            "--project",
            str(project),
            "--port",
            "0",
            "--json",
            *words,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline()), process
    finally:
        process.kill()
        process.communicate()


def models(start: dict[str, Any], key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{start['url']}/v1/models", headers=headers).status_code


def stop(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """End a server; it must do so without a failure. What it wrote for people."""
    process.send_signal(number)
    rest, notes = process.communicate(timeout=30)
    assert process.returncode == 0
    assert rest == ""
    assert "Traceback" not in notes
    return notes


def listening_addresses(port: int) -> set[str]:
    """The local addresses, in hexadecimal, that take connections on a port (Linux)."""
    tables = [Path(f"/proc/net/{name}") for name in ("tcp", "tcp6")]
    rows = [row.split() for t in tables if t.exists() for row in t.read_text().splitlines()[1:]]
    found = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, number in found if int(number, 16) == port}


def test_a_server_s_life_and_its_key(project: Path) -> None:
    with started(project) as (first, process):
        assert first["pid"] == process.pid
        assert first["model"] == "prueba"
        assert first["url"].startswith("http://127.0.0.1:")
        assert models(first, first["key"]) == 200
        assert listening_addresses(int(first["url"].rpartition(":")[2])) <= {"0100007F"}
        notes = stop(process, signal.SIGINT)
    assert notes.count(first["key"]) == 1  # shown once, now
    actions = [entry.action for entry in Project.open(project).ledger.entries()]
    assert actions == ["serve.start", "serve.request", "serve.stop"]

    with started(project) as (second, process):
        assert second["key"] is None
        assert second["key_id"] == first["key_id"]
        assert models(second, first["key"]) == 200
        stop(process, signal.SIGTERM)

    with started(project, "--new-key") as (third, process):
        assert models(third, first["key"]) == 401
        assert models(third, third["key"]) == 200
        stop(process, signal.SIGINT)
    stored = b"".join(p.read_bytes() for p in project.rglob("*") if p.is_file())
    assert first["key"].encode() not in stored
    assert third["key"].encode() not in stored


def test_missing_packages_are_named_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialecto.serving.extra.PACKAGES", ("json", "not_installed_at_all"))
    with pytest.raises(DialectoError, match=r"\(not_installed_at_all\): pip install 'dialecto"):
        require_packages()


def test_a_port_in_use_says_what_to_do(project: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(DialectoError, match="--port"):
            serve(Project.open(project), port=other.getsockname()[1])
