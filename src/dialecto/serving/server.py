"""Starts the server: loopback only, one model in memory, until Ctrl-C."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import uvicorn
from fastapi import FastAPI

from dialecto.project import Project
from dialecto.runtime import DialectoError
from dialecto.serving.app import build_app, guarded
from dialecto.serving.audit import Audit
from dialecto.serving.guard import MAX_BODY
from dialecto.serving.keys import Credentials, open_credentials
from dialecto.serving.model import ServedModel, open_model
from dialecto.serving.queue import EngineQueue
from dialecto.serving.service import Service
from dialecto.serving.sessions import Sessions

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Start:
    """What whoever starts the server must know. `key` only when it was made now."""

    url: str
    model: str
    digest: str
    key_id: str
    key: str | None
    link: str


def serve(
    project: Project,
    *,
    port: int | None = None,
    new_key: bool = False,
    add_pages: Callable[[FastAPI, Service], None] = lambda _app, _service: None,
    started: Callable[[Start], None] = lambda _start: None,
) -> None:
    """Serve the project's model until SIGINT or SIGTERM, then return.

    `port` None takes the recipe's, 0 a free one. Raises DialectoError when the port is
    taken or the project has no model.
    """
    listener = _listen(project.recipe.serve.port if port is None else port)
    with listener:
        model = open_model(project)
        credentials, key = open_credentials(project.root, renew=new_key)
        service = make_service(project, model, credentials)
        app = build_app(service)
        add_pages(app, service)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        project.ledger.append(
            "serve.start", {"model": model.digest, "url": url, "key": credentials.id}
        )
        server = uvicorn.Server(
            uvicorn.Config(
                guarded(app, service),
                log_level="warning",
                access_log=False,  # a log of addresses would hold login links
                server_header=False,
                ws_max_size=MAX_BODY,
                timeout_graceful_shutdown=3,
            )
        )
        link = f"{url}/login?token={service.sessions.new_link()}"
        # Connections made from now on wait in the socket until the server reads them.
        started(Start(url, model.name, model.digest, credentials.id, key, link))
        with _signals_end_quietly(server):
            server.run(sockets=[listener])
        project.ledger.append("serve.stop", {"model": model.digest, "url": url})


def make_service(project: Project, model: ServedModel, credentials: Credentials) -> Service:
    """The parts that requests share, with the project's ledger as the audit's end."""
    return Service(
        model=model,
        queue=EngineQueue(model.engine),
        audit=Audit(project.ledger.append, credentials.fingerprint),
        credentials=credentials,
        sessions=Sessions(),
        max_tokens=project.recipe.serve.max_tokens,
        lang=project.recipe.lang,
        created=int((project.model_folder().parent / "manifest.json").stat().st_mtime),
    )


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise DialectoError(
            f"port {port} cannot be used ({error}). Choose another with `--port`, or "
            "`--port 0` for any free one."
        ) from error
    listener.listen(128)
    return listener


@contextmanager
def _signals_end_quietly(server: uvicorn.Server) -> Iterator[None]:
    """uvicorn raises the signal that ended it once more; for a server that is no failure.

    A signal that comes before uvicorn listens to them must not be lost either.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    previous = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
    for number in previous:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
