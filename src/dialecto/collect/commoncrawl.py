"""Common Crawl: whole WARC or WET files of a crawl, or the captures of some addresses.

The crawl's index says in which file, and where in it, the capture of an address lies; each is a
gzip member of its own and is fetched by its range. What the pages say about their use is asked
when the corpus stage reads the files.
"""

from __future__ import annotations

import fnmatch
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from dialecto.collect.download import NotThere, download, fetch, opened
from dialecto.collect.snapshot import DISK_FULL, Findings, Job, disk_is_full
from dialecto.recipe import CommonCrawlSource

_FILE_BYTES = 64_000_000
_LONGEST = 50_000_000  # bytes of a capture
_LISTS = ("warc", "wet")
_PICTURES = ("image/", "video/", "audio/", "font/")


@dataclass(frozen=True)
class Capture:
    """Where the capture of an address lies."""

    url: str
    path: str
    offset: int
    length: int
    media_type: str

    @property
    def key(self) -> str:
        return f"{self.path}:{self.offset}"


def collect_commoncrawl(job: Job, section: CommonCrawlSource) -> Findings:
    """Files first, then captures. Raises DialectoError when Common Crawl gives nothing."""
    found = Findings()
    job.record("collect.open", {"source": job.name, "base": section.base, "index": section.index})
    try:
        _collect_files(job, section, found)
        _collect_captures(job, section, found)
    except NotThere as error:
        raise job.fail(f"{error}. Is there a crawl {section.crawl}?") from None
    except (OSError, HTTPException) as error:
        if isinstance(error, OSError) and disk_is_full(error):
            raise job.fail(DISK_FULL) from None
        raise job.fail(
            f"Common Crawl cannot be reached ({type(error).__name__}). Run again: it goes on "
            "from where it was."
        ) from None
    return found


def _collect_files(job: Job, section: CommonCrawlSource, found: Findings) -> None:
    paths = list(_paths(section)) if section.paths else []
    for path in paths:
        target = job.files / path  # where it is in Common Crawl, too
        if not target.exists():
            job.progress.begin(f"collect: {job.name}: {target.name}", None, "MB")
            try:
                for size in download(f"{section.base}/{quote(path)}", target):
                    job.progress.advance(size / 1e6)
            finally:
                job.progress.end()
        found.counts["archives"] += 1
    if paths:
        found.facts["paths"] = paths


def _paths(section: CommonCrawlSource) -> Iterator[str]:
    """The files that are named, and those of the crawl's lists that fit; at most the limit."""
    named = [path for path in section.paths if not _is_pattern(path)]
    patterns = [path for path in section.paths if _is_pattern(path)]
    yield from named[: section.limit]
    left = section.limit - len(named)
    for kind in _LISTS if patterns else ():
        with opened(f"{section.base}/crawl-data/{section.crawl}/{kind}.paths.gz") as answer:
            for line in gzip.GzipFile(fileobj=answer):
                path = line.decode("utf-8", "replace").strip()
                if left <= 0:
                    return
                if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns):
                    left -= 1
                    yield path


def _is_pattern(path: str) -> bool:
    return "*" in path or "?" in path


def _collect_captures(job: Job, section: CommonCrawlSource, found: Findings) -> None:
    store = _Store(job.files, job.state / "captures.jsonl")
    job.progress.begin(f"collect: {job.name}", section.limit, "captures")
    try:
        for capture in _captures(section):
            if store.kept >= section.limit:
                found.facts["stopped_by"] = "limit"
                break
            if capture.key not in store.seen:
                store.add(capture, *_fetched(section, capture))
                job.progress.advance(1)
    finally:
        job.progress.end()
    if section.urls:
        found.counts["captures"] = store.kept
    for url, reason in store.refused:
        found.refuse(url, reason)


def _fetched(section: CommonCrawlSource, capture: Capture) -> tuple[bytes, str]:
    """(the gzip member, "") or (nothing, why it cannot be had)."""
    if capture.media_type.startswith(_PICTURES):
        return b"", "format"
    if not 0 < capture.length <= _LONGEST:
        return b"", "too_large"
    try:
        data = fetch(f"{section.base}/{quote(capture.path)}", capture.offset, capture.length)
    except NotThere as error:
        return b"", f"http_{error.status}"
    return (data, "") if _is_one_record(data) else (b"", "broken")


def _is_one_record(data: bytes) -> bool:
    """Whether the bytes are one whole gzip member that begins as a WARC record does."""
    decoder = zlib.decompressobj(wbits=31)
    try:
        head = decoder.decompress(data, 64)
        while not decoder.eof and (rest := decoder.unconsumed_tail):
            decoder.decompress(rest, 1 << 20)
    except zlib.error:
        return False
    return head.startswith(b"WARC/") and decoder.eof and not decoder.unused_data


def _captures(section: CommonCrawlSource) -> Iterator[Capture]:
    """What the index has for the addresses, in its order, a page at a time."""
    for pattern in section.urls:
        base = {"url": pattern, "output": "json"}
        for page in range(_pages(section, base)):
            asked = {**base, "filter": "=status:200", "page": str(page)}
            with opened(_index(section, asked)) as answer:
                for line in answer:
                    capture = _capture(line)
                    if capture:
                        yield capture


def _pages(section: CommonCrawlSource, base: dict[str, str]) -> int:
    try:
        with opened(_index(section, {**base, "showNumPages": "true"})) as answer:
            return int(json.loads(answer.read(10_000))["pages"])
    except NotThere as error:
        if error.status == 404:  # the index' way of saying that it has none
            return 0
        raise
    except (ValueError, KeyError, TypeError):
        return 1


def _index(section: CommonCrawlSource, fields: dict[str, str]) -> str:
    return f"{section.index}/{section.crawl}-index?{urlencode(fields)}"


def _capture(line: bytes) -> Capture | None:
    try:
        entry: dict[str, Any] = json.loads(line)
        path = str(entry["filename"])
        if ".." in path.split("/") or "://" in path:
            return None
        kind = str(entry.get("mime-detected") or entry.get("mime") or "")
        return Capture(str(entry["url"]), path, int(entry["offset"]), int(entry["length"]), kind)
    except (ValueError, KeyError, TypeError):
        return None


class _Store:
    """Captures appended to `captures-NNNNN.warc.gz`, with a journal of where each of them ends,
    so that a collection that was stopped goes on after the last whole one."""

    def __init__(self, folder: Path, journal: Path) -> None:
        self.folder, self.journal = folder, journal
        self.seen: set[str] = set()
        self.refused: list[tuple[str, str]] = []
        self.kept = self.number = self.end = 0
        for entry in self._entries():
            self.seen.add(entry["key"])
            if entry["refused"]:
                self.refused.append((entry["url"], entry["refused"]))
            else:
                self.kept += 1
                self.number, self.end = entry["number"], entry["end"]
        if self._path.exists():
            os.truncate(self._path, self.end)

    @property
    def _path(self) -> Path:
        return self.folder / f"captures-{self.number:05d}.warc.gz"

    def _entries(self) -> Iterator[dict[str, Any]]:
        """The journal's lines; a half one at its end is cut off."""
        if not self.journal.is_file():
            return
        whole = 0
        for line in self.journal.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                whole += len(line)
                yield json.loads(line)
        os.truncate(self.journal, whole)

    def add(self, capture: Capture, data: bytes, refused: str) -> None:
        if data:
            if self.end >= _FILE_BYTES:
                self.number, self.end = self.number + 1, 0
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(data)
            self.end += len(data)
            self.kept += 1
        else:
            self.refused.append((capture.url, refused))
        self.seen.add(capture.key)
        entry = {"key": capture.key, "url": capture.url, "refused": refused}
        with self.journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps({**entry, "number": self.number, "end": self.end}) + "\n")
