"""Data sets of the hub: the real client against a small hub on loopback."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from dialecto.runtime import DialectoError
from tests.collect.conftest import Collect, rows
from tests.collect.site import Answer, Site, serve

SHA = "0123456789abcdef0123456789abcdef01234567"


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def add_files(site: Site, files: dict[str, bytes], name: str = "dueña/cosas") -> None:
    """A data set at one commit, as the hub's API shows it."""
    tree = []
    for path, body in files.items():
        sha = hashlib.sha256(body).hexdigest()
        entry: dict[str, Any] = {"type": "file", "path": path, "size": len(body), "oid": sha[:40]}
        if not path.endswith((".md", ".py")):
            entry["lfs"] = {"oid": sha, "size": len(body), "pointerSize": 100}
        tree.append(entry)
        site.pages[f"/datasets/{name}/resolve/{SHA}/{path}"] = Answer(
            body, "application/octet-stream",
            headers={"ETag": f'"{sha}"', "X-Repo-Commit": SHA, "Accept-Ranges": "bytes"},
        )  # fmt: skip
    api = f"/api/datasets/{name}"
    site.pages[f"{api}/tree/{SHA}"] = Answer(json.dumps(tree).encode(), "application/json")
    about = {"id": name, "sha": SHA, "siblings": [{"rfilename": path} for path in files]}
    site.pages[f"{api}/revision/{SHA}"] = Answer(json.dumps(about).encode(), "application/json")
    site.pages[f"{api}/paths-info/{SHA}"] = Answer(json.dumps(tree).encode(), "application/json")


PILE = zstandard.compress(lines(*({"text": f"Texto {n}", "meta": {"set": "x"}} for n in range(40))))
OSCAR = zstandard.compress(lines({"id": 1, "content": "uno"})) + zstandard.compress(
    b"esto no es JSON\n" + lines({"id": 2, "content": "dos"}, ["lista"])
)


def table(count: int) -> bytes:
    data = io.BytesIO()
    pq.write_table(
        pa.table({"título": [f"T{n}" for n in range(count)], "cuerpo": ["c"] * count}), data,
        row_group_size=100,
    )  # fmt: skip
    return data.getvalue()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serve() as site:
        monkeypatch.setenv("HF_ENDPOINT", site.url)
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield site


def source(**fields: Any) -> dict[str, Any]:
    return {"hub": {"dataset": "org/cosas", "revision": SHA, **fields}}


def test_files_as_they_were_published(hub: Site, collect: Collect, tmp_path: Path) -> None:
    files = {
        "README.md": b"# nada", "cosas.py": b"raise SystemExit", "train/a.jsonl.zst": PILE,
        "train/b.parquet": table(3), "otra.bin": b"x", ".gitattributes": b"x",
    }  # fmt: skip
    add_files(hub, files, "org/cosas")
    snapshot = collect(**source())
    there = tmp_path / "out" / "datos" / "files"
    assert {p.relative_to(there).as_posix(): p.read_bytes() for p in there.rglob("*.*")} == {
        path: files[path] for path in ("train/a.jsonl.zst", "train/b.parquet")
    }
    assert snapshot["asked"]["revision"] == SHA
    for path in snapshot["files"]:
        assert snapshot["files"][path]["sha256"] == hashlib.sha256(files[path]).hexdigest()
    paths = {path.partition("?")[0] for path in hub.asked}
    assert paths == {
        f"/api/datasets/org/cosas/tree/{SHA}",
        *(f"/datasets/org/cosas/resolve/{SHA}/{path}" for path in snapshot["files"]),
    }
    assert not any("authorization" in {k.lower() for k in headers} for headers in hub.headers)


def test_rows_of_the_piles_and_oscars_kind(hub: Site, collect: Collect, tmp_path: Path) -> None:
    files = {"es/a.jsonl.zst": OSCAR, "es/b.jsonl.gz": gzip.compress(lines({"content": "tres"})),
             "es/c4.json.gz": gzip.compress(lines({"content": "cuatro"})), "es/notas.txt": b"x",
             "en/c.jsonl": lines({"content": "four"})}  # fmt: skip
    add_files(hub, files, "org/cosas")
    snapshot = collect(**source(files=["es/*.json*"], text="content"))
    assert rows(tmp_path / "out" / "datos") == [
        {"text": "uno", "dialecto:id": "1"},
        {"text": "dos", "dialecto:id": "3"},
        {"text": "tres", "dialecto:id": "1"},
        {"text": "cuatro", "dialecto:id": "1"},
    ]
    assert snapshot["counts"] == {"files_read": 3, "rows": 4}
    refused = [(entry["what"], entry["reason"]) for entry in snapshot["refused"]["list"]]
    assert refused == [("es/a.jsonl.zst:2", "malformed"), ("es/a.jsonl.zst:4", "malformed")]
    assert snapshot["origin"]["es/a.jsonl.zst"]["sha256"] == hashlib.sha256(OSCAR).hexdigest()


def test_a_limit_reads_no_further(hub: Site, collect: Collect, tmp_path: Path) -> None:
    files = {"a.jsonl.zst": PILE, "b.parquet": table(400), "c.jsonl": lines({"text": "no"})}
    add_files(hub, files, "org/cosas")
    snapshot = collect(**source(limit=45))
    found = rows(tmp_path / "out" / "datos")
    assert len(found) == 45
    assert found[0] == {"text": "Texto 0", "meta": {"set": "x"}, "dialecto:id": "1"}
    assert found[44] == {"título": "T4", "cuerpo": "c", "dialecto:id": "5"}
    assert snapshot["stopped_by"] == "limit"
    assert not any("c.jsonl" in path for path in hub.asked if "resolve" in path)


def test_a_template_over_parquet(hub: Site, collect: Collect, tmp_path: Path) -> None:
    add_files(hub, {"b.parquet": table(250)}, "org/cosas")
    collect(**source(text="{título}: {cuerpo}"))
    found = rows(tmp_path / "out" / "datos")
    assert len(found) == 250
    assert found[249] == {"text": "T249: c", "dialecto:id": "250"}


def test_a_token_only_from_the_environment(
    hub: Site, collect: Collect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add_files(hub, {"a.txt": b"hola"}, "org/cosas")
    monkeypatch.setenv("HF_TOKEN", "hf_secretísimo".encode().hex())
    collect(**source())
    assert any("authorization" in {k.lower() for k in headers} for headers in hub.headers)
    token = "hf_secretísimo".encode().hex().encode()
    assert not any(token in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_stopped_and_resumed_by_file(hub: Site, collect: Collect) -> None:
    files = {"a.jsonl": lines({"text": "a"}), "b.jsonl": lines({"text": "b"})}
    add_files(hub, files, "org/cosas")
    last = hub.pages.pop(f"/datasets/org/cosas/resolve/{SHA}/b.jsonl")
    with pytest.raises(DialectoError, match="source 'datos'"):
        collect(**source(text="text"))
    hub.pages[f"/datasets/org/cosas/resolve/{SHA}/b.jsonl"] = last
    hub.asked.clear()
    snapshot = collect(**source(text="text"))
    assert snapshot["counts"]["rows"] == 2
    assert not any("a.jsonl" in path for path in hub.asked)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"dataset": "org/nada"}, "there is no data set org/nada at 0123"),
        ({"files": ["*.zip"]}, "no data file fits"),
        ({"text": "titulo"}, "column `titulo`, which is not there. Columns: text"),
        ({"files": ["*.csv"], "limit": 3}, "no rows to take"),
        ({"files": ["mal.jsonl"]}, "is not what the hub says"),
        ({"files": ["lista.json"], "text": "text"}, "lista.json is not JSON Lines"),
    ],
)
def test_errors_say_what_to_do(
    hub: Site, collect: Collect, fields: dict[str, Any], says: str
) -> None:
    files = {"a.jsonl": lines({"text": "a"}), "t.csv": b"a,b", "mal.jsonl": lines({"text": "x"}),
             "lista.json": b"[\n1]"}  # fmt: skip
    add_files(hub, files, "org/cosas")
    changed = hub.pages[f"/datasets/org/cosas/resolve/{SHA}/mal.jsonl"]
    changed.body = changed.body.replace(b"x", b"y")
    with pytest.raises(DialectoError, match="source 'datos'") as error:
        collect(**source(**fields))
    assert says in str(error.value)


def test_offline_stays_offline(
    hub: Site, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DialectoError, match="HF_HUB_OFFLINE says"):
        collect(**source())
    assert hub.asked == []
