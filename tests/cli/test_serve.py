"""`dialecto serve` as its own process, as a user starts and stops it."""

from __future__ import annotations

import json
import os
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
from dialecto.serving.server import serve
from tests.tiny_model import make_project, save_tiny_model

START = "import typer; from dialecto.cli.serve import serve; typer.run(serve)"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    return make_project(folder / "project", save_tiny_model(folder / "model"))


@contextmanager
def started(project: Path, *words: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-c", START, "--project", str(project), "--port", "0", "--json", *words],
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_starts_answers_and_ends_cleanly(project: Path, number: int) -> None:
    with started(project, "--new-key") as (start, process):
        assert start["pid"] == process.pid
        assert start["url"].startswith("http://127.0.0.1:")
        assert models(start, start["key"]) == 200
        process.send_signal(number)
        rest, notes = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == ""
    assert "Traceback" not in notes
    assert notes.count(start["key"]) == 1
    actions = [entry.action for entry in Project.open(project).ledger.entries()]
    assert actions[-3:] == ["serve.start", "serve.request", "serve.stop"]


def test_the_key_is_shown_once_and_a_new_one_replaces_it(tmp_path: Path, project: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(project, copy, symlinks=True, ignore=shutil.ignore_patterns(".keys"))
    with started(copy) as (first, _):
        assert models(first, first["key"]) == 200
    with started(copy) as (second, _):
        assert second["key"] is None
        assert second["key_id"] == first["key_id"]
        assert models(second, first["key"]) == 200
    with started(copy, "--new-key") as (third, _):
        assert models(third, first["key"]) == 401
        assert models(third, third["key"]) == 200
    stored = b"".join(p.read_bytes() for p in copy.rglob("*") if p.is_file())
    assert first["key"].encode() not in stored


def test_only_this_machine_can_connect(project: Path) -> None:
    with started(project) as (start, _):
        port = int(start["url"].rpartition(":")[2])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))  # sends nothing; tells the outer address
                outer = probe.getsockname()[0]
            except OSError:
                outer = "127.0.0.1"
        if not outer.startswith("127."):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((outer, port), timeout=2).close()
        if os.path.isdir("/proc/net"):  # noqa: PTH112
            rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
            addresses = {row.split()[1] for row in rows if row.split()[3] == "0A"}
            assert f"0100007F:{port:04X}" in addresses
            assert f"00000000:{port:04X}" not in addresses


def test_a_port_in_use_says_what_to_do(project: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(DialectoError, match="--port"):
            serve(Project.open(project), port=other.getsockname()[1])
