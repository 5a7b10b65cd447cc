"""Pages in WARC files: read back, cut off where a kill left half a record, continued."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialecto.collect import warc
from dialecto.collect.warc import Page, PageStore


def page(number: int) -> Page:
    headers = (("Content-Type", "text/html; charset=utf-8"), ("X-Rara", "dos\r\nlíneas"))
    return Page(f"https://x.es/{number}", 200, headers, f"<p>Año {number}".encode(), "10.0.0.7")


def test_pages_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "FILE_BYTES", 1500)
    store = PageStore(tmp_path, "prueba")
    for number in range(12):
        store.add(page(number))
    store.add(page(3))  # there already
    assert len(store) == 12
    assert len(list(tmp_path.glob("pages-*.warc.gz"))) > 1
    again = PageStore(tmp_path, "prueba")
    for number in range(12):
        found = again.get(f"https://x.es/{number}")
        assert found.body == page(number).body
        assert ("X-Rara", "dos líneas") in found.headers
    for path in tmp_path.iterdir():
        with path.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                assert record.verify_block_digest()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0), rubbish=st.binary(max_size=60))
def test_any_cut_is_continued(tmp_path: Path, cut: int, rubbish: bytes) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    store = PageStore(tmp_path, "prueba")
    for number in range(3):
        store.add(page(number))
    path = store.path(0)
    data = path.read_bytes()
    path.write_bytes(data[: cut % (len(data) + 1)] + rubbish)
    again = PageStore(tmp_path, "prueba")
    assert len(again) <= 3
    for number in range(4):
        again.add(page(number))
    assert [PageStore(tmp_path, "x").get(f"https://x.es/{n}").body for n in range(4)] == [
        page(n).body for n in range(4)
    ]


def test_a_full_disk_leaves_no_half_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PageStore(tmp_path, "prueba")
    store.add(page(1))
    whole = store.path(0).read_bytes()
    opened = os.fdopen

    def full(*arguments: Any, **options: Any) -> Any:
        file = opened(*arguments, **options)

        class Full:
            def __enter__(self) -> Full:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def write(self, data: bytes) -> None:
                file.write(data[:20])
                file.flush()
                raise OSError(errno.ENOSPC, "full")

            tell = file.tell

        return Full()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", full)
        with pytest.raises(OSError, match="full"):
            store.add(page(2))
    assert store.path(0).read_bytes() == whole
