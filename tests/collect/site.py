"""A web server on loopback with the pages of a test, and a list of what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


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
    scheme: str = "http"
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


def html(*links: str, text: str = "Texto de la página.", head: str = "") -> Answer:
    anchors = "".join(f'<p><a href="{link}">enlace</a></p>' for link in links)
    page = f"<!doctype html><html><head>{head}</head><body><p>{text}</p>{anchors}</body></html>"
    return Answer(page.encode())


def certificate(folder: Path) -> Path:
    """A certificate of our own for 127.0.0.1, with its key, that no machine trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "prueba")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificado.pem"
    encoding = serialization.Encoding.PEM
    secret = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(encoding) + secret)
    return file


@contextmanager
def serve(pages: dict[str, Answer] | None = None, tls: Path | None = None) -> Iterator[Site]:
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
    if tls:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(tls)
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    site = Site(server.server_address[1], pages or {}, "https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
