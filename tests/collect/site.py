"""A web server on loopback with the pages of a test, and a list of what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Site:
    port: int
    pages: dict[str, Answer]
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def html(*links: str, text: str = "Texto de la página.", head: str = "") -> Answer:
    anchors = "".join(f'<p><a href="{link}">enlace</a></p>' for link in links)
    page = f"<!doctype html><html><head>{head}</head><body><p>{text}</p>{anchors}</body></html>"
    return Answer(page.encode())


@contextmanager
def serve(pages: dict[str, Answer] | None = None) -> Iterator[Site]:
    site: Site

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers.append(dict(self.headers))
            site.agents.add(self.headers.get("User-Agent", ""))
            plain = self.path.partition("?")[0]
            answer = site.pages.get(self.path) or site.pages.get(plain) or Answer(b"", status=404)
            body, status = answer.body, answer.status
            wanted = self.headers.get("Range", "")
            if wanted.startswith("bytes=") and status == 200:
                first, _, last = wanted.removeprefix("bytes=").partition("-")
                end = int(last) + 1 if last else len(body)
                body, status = body[int(first) : end], 206
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if answer.kind:
                self.send_header("Content-Type", answer.kind)
            if status == 206:
                self.send_header("Content-Range", f"bytes {first}-{end - 1}/{len(answer.body)}")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.do_GET()

        def log_message(self, *_: Any) -> None: ...

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A crawler that hangs up on a film is no error."""

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(server.server_address[1], pages or {})
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
