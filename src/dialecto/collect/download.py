"""Plain downloads: patient with a server that is busy, going on where a file was cut short."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dialecto import __version__

ATTEMPTS, PAUSE = 6, 2.0  # seconds before the second attempt, doubled before each other
_TIMEOUT = 60.0
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_PIECE = 1 << 18


class NotThere(Exception):
    """The server has no such thing, or does not give it; `status` is what it answered."""

    def __init__(self, url: str, status: int) -> None:
        self.url, self.status = url, status
        super().__init__(f"{url}: the answer is {status}")


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Redirects stay with the host that the recipe names."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            raise urllib.error.HTTPError(newurl, code, "a redirect to another host", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_SameHost)


@contextmanager
def opened(url: str, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
    """The answer to a GET as a stream. Raises NotThere, or OSError when nobody answers."""
    request = urllib.request.Request(
        url, headers={"User-Agent": f"dialecto/{__version__}", **(headers or {})}
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = _OPENER.open(request, timeout=_TIMEOUT)
            break
        except urllib.error.HTTPError as error:
            error.close()
            if error.code not in _BUSY or attempt == ATTEMPTS:
                raise NotThere(url, error.code) from None
        except OSError:
            if attempt == ATTEMPTS:
                raise
        time.sleep(PAUSE * 2 ** (attempt - 1))
    with answer:
        yield answer


def fetch(url: str, first: int, length: int) -> bytes:
    """A range of a file's bytes. Raises NotThere or OSError."""
    wanted = {"Range": f"bytes={first}-{first + length - 1}"}
    with opened(url, wanted) as answer:
        if answer.status != 206:
            raise NotThere(url, answer.status)
        data: bytes = answer.read(length)
    return data


def download(url: str, path: Path) -> Iterator[int]:
    """A whole file, streamed to `path`; yields how many bytes came. What an earlier attempt left
    is gone on from. Raises NotThere, or OSError when it stays incomplete."""
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        there = part.stat().st_size if part.exists() else 0
        try:
            with opened(url, {"Range": f"bytes={there}-"} if there else {}) as answer:
                mode = os.O_APPEND if answer.status == 206 else os.O_TRUNC
                size = _size(answer)
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | mode, 0o600)
                with os.fdopen(descriptor, "wb" if mode == os.O_TRUNC else "ab") as file:
                    while data := answer.read(_PIECE):
                        file.write(data)
                        yield len(data)
                    file.flush()
                    os.fsync(file.fileno())
            if size is None or part.stat().st_size == size:
                part.replace(path)
                return
        except NotThere as error:
            if error.status != 416:  # the whole of it is there, or more
                raise
            part.unlink()
        except (OSError, HTTPException):
            if attempt == ATTEMPTS:
                raise
        time.sleep(PAUSE * 2 ** (attempt - 1))
    raise OSError(f"{url} stays incomplete")


def _size(answer: Any) -> int | None:
    """The size of the whole file, as the answer tells it."""
    if answer.status == 206:
        _, _, total = str(answer.headers.get("Content-Range", "")).rpartition("/")
        return int(total) if total.isdecimal() else None
    length = answer.headers.get("Content-Length")
    return int(length) if length else None
