from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from dialecto.project import Project
from dialecto.serving.app import build_app, guarded
from dialecto.serving.keys import open_credentials
from dialecto.serving.model import open_model
from dialecto.serving.server import make_service
from dialecto.serving.service import Service
from tests.tiny_model import make_project, save_tiny_model


@dataclass(frozen=True)
class Running:
    """A server on loopback, in a thread."""

    url: str
    key: str
    service: Service
    app: FastAPI
    project: Project
    server: uvicorn.Server

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def recorded(self) -> list[dict[str, object]]:
        """The records of all requests so far; each is written when its answer has been sent."""
        deadline = time.monotonic() + 10
        while self.server.server_state.tasks and time.monotonic() < deadline:
            time.sleep(0.01)
        entries = self.project.ledger.entries()
        return [e.as_dict()["facts"] for e in entries if e.action == "serve.request"]


@contextmanager
def running(
    folder: Path, add_pages: Callable[[FastAPI, Service], None] | None = None
) -> Iterator[Running]:
    project = Project.open(folder)
    credentials, key = open_credentials(project.root, renew=True)
    service = make_service(project, open_model(project), credentials)
    app = build_app(service)
    if add_pages:
        add_pages(app, service)
    config = uvicorn.Config(guarded(app, service), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Running(url, key or "", service, app, project, server)
        finally:
            server.should_exit = True
            thread.join(timeout=10)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Running]:
    folder = make_project(tmp_path_factory.mktemp("served") / "project", tiny_model)
    with running(folder) as started:
        yield started
