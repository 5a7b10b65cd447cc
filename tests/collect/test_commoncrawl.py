"""Common Crawl on loopback: an index, ranges of WARC files, and whole files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dialecto.collect import commoncrawl, download
from dialecto.collect.warc import Page, PageStore
from dialecto.runtime import DialectoError, SilentProgress
from tests.collect.conftest import Collect
from tests.collect.site import Answer, Site, serve

CRAWL = "CC-MAIN-2026-30"
WARC = f"crawl-data/{CRAWL}/segments/1.2/warc/{CRAWL}-00000.warc.gz"
WET = f"crawl-data/{CRAWL}/segments/1.2/wet/{CRAWL}-00000.warc.wet.gz"


@pytest.fixture
def crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A crawl of twelve captures in a WARC file, written by the same hand as ours."""
    monkeypatch.setattr(download, "PAUSE", 0.01)
    store = PageStore(tmp_path / "theirs", "prueba")
    kinds = ["text/html"] * 11 + ["image/png"]
    for number, kind in enumerate(kinds):
        body = f"<p>Página {number}".encode() + b" larga" * number
        store.add(Page(f"https://x.es/{number}", 200, (("Content-Type", kind),), body))
    data = store.path(0).read_bytes()
    places = sorted((offset, url) for url, (_, offset) in store.places.items())
    ends = [*(offset for offset, _ in places[1:]), len(data)]
    index = [
        {"url": url, "mime": kind, "status": "200", "filename": WARC, "offset": str(offset),
         "length": str(end - offset)}
        for (offset, url), end, kind in zip(places, ends, kinds, strict=True)
    ]  # fmt: skip
    index[3]["length"] = str(int(index[3]["length"]) - 2)  # not a whole record
    lines = [json.dumps(entry) for entry in index]
    query = f"/{CRAWL}-index?url=x.es%2F%2A&output=json"
    pages = {
        f"/{WARC}": Answer(data, "application/octet-stream"),
        f"/{WET}": Answer(gzip.compress(b"WET"), "application/octet-stream"),
        f"/crawl-data/{CRAWL}/warc.paths.gz": Answer(gzip.compress(f"{WARC}\n".encode())),
        f"/crawl-data/{CRAWL}/wet.paths.gz": Answer(gzip.compress(f"{WET}\n".encode())),
        f"{query}&showNumPages=true": Answer(b'{"pages": 2, "pageSize": 5, "blocks": 2}'),
        f"{query}&filter=%3Dstatus%3A200&page=0": Answer("\n".join(lines[:6]).encode()),
        f"{query}&filter=%3Dstatus%3A200&page=1": Answer("\n".join([*lines[5:], "{"]).encode()),
    }
    with serve(pages) as site:
        yield site


def source(site: Site, **fields: Any) -> dict[str, Any]:
    base = {"crawl": CRAWL, "base": site.url, "index": site.url}
    return {"commoncrawl": {**base, **fields}}


def stored(folder: Path) -> list[str]:
    store = PageStore(folder / "copy", "x")
    for file in sorted((folder / "datos" / "files").glob("captures-*")):
        (folder / "copy" / file.name.replace("captures", "pages")).write_bytes(file.read_bytes())
    store = PageStore(folder / "copy", "x")
    return [url.rpartition("/")[2] for url in store.places]


def test_captures_of_an_address(crawl: Site, collect: Collect, tmp_path: Path) -> None:
    snapshot = collect(**source(crawl, urls=["x.es/*", "nada.es/*"]))
    assert stored(tmp_path / "out") == ["0", "1", "2", "4", "5", "6", "7", "8", "9", "10"]
    assert snapshot["counts"] == {"captures": 10}
    assert snapshot["refused"]["list"] == [
        {"what": "https://x.es/11", "reason": "format"},
        {"what": "https://x.es/3", "reason": "broken"},
    ]


def test_a_limit_asks_for_no_more(crawl: Site, collect: Collect, tmp_path: Path) -> None:
    snapshot = collect(**source(crawl, urls=["x.es/*"], limit=3))
    assert stored(tmp_path / "out") == ["0", "1", "2"]
    assert snapshot["stopped_by"] == "limit"
    assert not any("page=1" in path for path in crawl.asked)


def test_stopped_and_resumed(
    crawl: Site, collect: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(**source(crawl, urls=["x.es/*"]), work="calm")
    monkeypatch.setattr(commoncrawl, "_FILE_BYTES", 600)
    left = 5

    def stop(*_: Any, **__: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SilentProgress, "advance", stop)
        with pytest.raises(KeyboardInterrupt):
            collect(**source(crawl, urls=["x.es/*"]))
    state = tmp_path / "out" / "datos"
    last = sorted((state / "files").iterdir())[-1]
    last.write_bytes(last.read_bytes() + b"\x1f\x8bmedio")
    with (state / ".state" / "captures.jsonl").open("a") as journal:
        journal.write('{"key": "medi')
    crawl.asked.clear()
    collect(**source(crawl, urls=["x.es/*"]))
    assert stored(tmp_path / "out") == stored(tmp_path / "calm")
    assert crawl.asked.count(f"/{WARC}") == 11 - 5


def test_whole_files(crawl: Site, collect: Collect, tmp_path: Path) -> None:
    target = tmp_path / "out" / "datos" / "files" / WARC
    part = target.with_name(f".{target.name}.part")
    part.parent.mkdir(parents=True)
    whole = crawl.pages[f"/{WARC}"].body
    part.write_bytes(whole[:100])
    snapshot = collect(**source(crawl, paths=[WARC, "*/wet/*"]))
    assert sorted(snapshot["files"]) == [WARC, WET]
    assert target.read_bytes() == whole
    assert {"Range": "bytes=100-"}.items() <= crawl.headers[crawl.asked.index(f"/{WARC}")].items()


def test_a_busy_server_is_waited_for(crawl: Site, collect: Collect, tmp_path: Path) -> None:
    busy = crawl.pages[f"/{WARC}"]
    busy.status = 503

    class Counting(list[str]):
        def append(self, path: str) -> None:
            super().append(path)
            if self.count(f"/{WARC}") == 3:
                busy.status = 200

    crawl.asked = Counting()
    collect(**source(crawl, urls=["x.es/*"], limit=1))
    assert stored(tmp_path / "out") == ["0"]


def test_errors_say_what_to_do(crawl: Site, collect: Collect) -> None:
    with pytest.raises(DialectoError, match=r"404. Is there a crawl CC-MAIN-2026-30\?"):
        collect(**source(crawl, paths=["crawl-data/nada.warc.gz"]))
    crawl.pages[f"/{WARC}"] = Answer(status=302, headers={"Location": "http://x.invalid/"})
    with pytest.raises(DialectoError, match="the answer is 302"):
        collect(**source(crawl, paths=[WARC]))
    with pytest.raises(DialectoError, match="nothing came of it"):
        collect(**source(crawl, urls=["nada.es/*"]), work="b")
