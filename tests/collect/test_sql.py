"""Databases: a SQLite file, and PostgreSQL where its programs are installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dialecto.collect import rows as rows_module
from dialecto.runtime import DialectoError, SilentProgress
from tests.collect.conftest import Collect, rows


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "datos.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE noticias (id INTEGER, titulo TEXT, cuerpo TEXT, n REAL)")
        connection.executemany(
            "INSERT INTO noticias VALUES (?, ?, ?, ?)",
            [(number, f"Título {number}", f"Cuerpo de {number}", None) for number in range(95)],
        )
    connection.close()
    return file


def sql(**fields: Any) -> dict[str, Any]:
    return {"sql": {"url": "sqlite:///datos.db", "table": "noticias", **fields}}


def test_each_row_is_a_document(database: Path, collect: Collect) -> None:
    tmp_path = database.parent
    recorded: list[Any] = []
    snapshot = collect(**sql(template="{titulo}\n\n{cuerpo}{n}", id="id"), recorded=recorded)
    found = rows(tmp_path / "out" / "datos")
    assert len(found) == snapshot["counts"]["rows"] == 95
    assert found[3] == {"text": "Título 3\n\nCuerpo de 3", "dialecto:id": "3"}
    assert snapshot["asked"]["template"] == "{titulo}\n\n{cuerpo}{n}"
    assert [action for action, _ in recorded] == ["collect.begin", "collect.open", "collect.done"]
    for path in (tmp_path / "out").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert not (tmp_path / "out" / "datos" / ".state").exists()


def test_without_a_template_columns_are_named(database: Path, collect: Collect) -> None:
    collect(**sql(query="SELECT titulo, cuerpo, n FROM noticias WHERE id = 7", table=""))
    assert rows(database.parent / "out" / "datos") == [
        {"text": "titulo: Título 7\ncuerpo: Cuerpo de 7"}
    ]


def test_one_column_is_the_text_itself(database: Path, collect: Collect) -> None:
    collect(**sql(query="WITH x AS (SELECT * FROM noticias) SELECT id, cuerpo FROM x -- fin",
                  table="", id="id"))  # fmt: skip
    assert rows(database.parent / "out" / "datos")[0]["text"] == "Cuerpo de 0"


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("SELECT ':x y 12:30' AS t", [":x y 12:30"]),
        ("SELECT '100% ; -- no' AS t;", ["100% ; -- no"]),
        ("SELECT CAST(x'e1e9' AS TEXT) AS t", ["áé"]),  # Latin-1 in a UTF-8 database
        ("SELECT x'ff00' AS t", [""]),
        ("SELECT NULL AS t", [""]),
    ],
)
def test_awkward_values(database: Path, collect: Collect, query: str, texts: list[str]) -> None:
    collect(**sql(query=query, table=""))
    assert [row["text"] for row in rows(database.parent / "out" / "datos")] == texts


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"template": "{titulx}"}, "column `titulx`, which is not there. Columns: id, titulo"),
        ({"id": "clave"}, "no column `clave`"),
        ({"table": "nada"}, "no such table: nada"),
        (
            {"table": "", "query": "SELECT 1 AS a, 2 AS id UNION ALL SELECT 3, 2", "id": "id"},
            "twice",
        ),
        ({"table": "", "query": "SELECT 1 AS a, NULL AS id", "id": "id"}, "a row has no `id`"),
        ({"url": "sqlite:///otra.db"}, "no database at"),
        ({"url": "", "url_env": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE (`url_env`) is not set"),
        ({"table": "", "query": "SELECT * FROM noticias WHERE 0"}, "nothing came of it"),
        ({"url": "oracle+oracledb://u@h/d"}, "'oracledb' is not installed"),
    ],
)
@pytest.mark.usefixtures("database")
def test_errors_say_what_to_do(collect: Collect, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(DialectoError, match="source 'datos'") as error:
        collect(**sql(**fields))
    assert says in str(error.value)


def test_without_sqlalchemy_the_extra_is_named(
    collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(DialectoError, match=r"pip install 'dialecto\[sql\]'"):
        collect(**sql())


def test_it_cannot_write(database: Path) -> None:
    """Even what gets past the first fence: a function of the query could write."""
    from dialecto.collect.sql import _open_sqlite

    connection = _open_sqlite(database)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM noticias")
    connection.close()


class Stop(SilentProgress):
    """Stops after some parts, as Ctrl-C does."""

    def __init__(self, parts: int) -> None:
        self.left = parts

    def advance(self, *_: float, **__: float | str) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("with_id", [True, False])
def test_stopped_and_resumed_gives_the_same_bytes(
    database: Path, collect: Collect, monkeypatch: pytest.MonkeyPatch, with_id: bool
) -> None:
    monkeypatch.setattr(rows_module, "PART_ROWS", 10)
    fields = sql(id="id" if with_id else "")
    calm = collect(**fields, work="calm")
    assert len(calm["files"]) == 10
    stopped = database.parent / "stopped"
    monkeypatch.setattr(SilentProgress, "advance", Stop(4).advance)
    with pytest.raises(KeyboardInterrupt):
        collect(**fields, work="stopped")
    monkeypatch.undo()
    monkeypatch.setattr(rows_module, "PART_ROWS", 10)
    kept = sorted((stopped / "datos" / "files").iterdir())
    assert len(kept) == 4
    before = kept[0].stat().st_mtime_ns
    again = collect(**fields, work="stopped")
    assert again["files"] == calm["files"]
    assert again["resumed"] is True
    assert (kept[0].stat().st_mtime_ns == before) is with_id


PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server of our own on loopback, asking for a password."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed")
    base = Path(tempfile.mkdtemp(prefix="dialecto-pg-", dir="/tmp"))  # sockets need a short path
    user = None
    if os.getuid() == 0:  # it refuses to run as root
        user = "nobody"
        shutil.chown(base, user)
    log = (base / "log").open("wb")
    quiet: dict[str, Any] = {"stdout": log, "stderr": log, "user": user, "cwd": base}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = None
    try:
        (base / "pw").write_text("s3creto/ñ@", encoding="utf-8")
        command = [str(PROGRAMS[-1] / "initdb"), "-D", str(base / "data"), "-U", "dueña", "-N",
                   "-A", "scram-sha-256", f"--pwfile={base / 'pw'}", "-E", "UTF8",
                   "--locale=C"]  # fmt: skip
        subprocess.run(command, check=True, **quiet)
        process = subprocess.Popen(
            [str(PROGRAMS[-1] / "postgres"), "-D", str(base / "data"), "-p", str(port), "-k",
             str(base), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"], **quiet,
        )  # fmt: skip
        while subprocess.run(
            [str(PROGRAMS[-1] / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        ).returncode:
            assert process.poll() is None, (base / "log").read_text("utf-8")
            time.sleep(0.1)
        yield f"postgresql+psycopg://due%C3%B1a@127.0.0.1:{port}/postgres"
    finally:
        if process:
            process.send_signal(signal.SIGQUIT)
            process.wait()
        log.close()
        shutil.rmtree(base, ignore_errors=True)


def test_postgresql(
    server: str, collect: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    plain = server.replace("+psycopg", "")
    with psycopg.connect(plain, password="s3creto/ñ@", autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE actas (clave uuid DEFAULT gen_random_uuid(), t text, j jsonb)"
        )
        connection.execute("INSERT INTO actas (t, j) SELECT 'Acta ' || n, '{\"a\": \"é\"}' "
                           "FROM generate_series(1, 2500) AS n")  # fmt: skip
        connection.execute("CREATE FUNCTION trampa() RETURNS text AS 'DELETE FROM actas; SELECT "
                           "''x''::text' LANGUAGE sql")  # fmt: skip
    monkeypatch.setenv("ACTAS_PASSWORD", "s3creto/ñ@")
    base = {"url": server, "password_env": "ACTAS_PASSWORD"}
    snapshot = collect(sql={**base, "table": "public.actas", "template": "{t} {j}", "id": "clave"})
    found = rows(tmp_path / "out" / "datos")
    assert snapshot["counts"]["rows"] == len(found) == 2500
    assert {row["text"] for row in found} == {f'Acta {n} {{"a": "é"}}' for n in range(1, 2501)}
    assert [r["dialecto:id"] for r in found] == sorted(r["dialecto:id"] for r in found)
    collect(work="b", sql={**base, "query": "SELECT t::varchar FROM actas WHERE t LIKE '%1%' -- %"})
    assert all("1" in row["text"] for row in rows(tmp_path / "b" / "datos"))
    with pytest.raises(DialectoError, match="read-only transaction"):
        collect(work="c", sql={**base, "query": "SELECT trampa()"})
    monkeypatch.setenv("ACTAS_PASSWORD", "otra-s3creta")
    with pytest.raises(DialectoError, match="password authentication failed") as error:
        collect(work="d", sql={**base, "table": "actas"})
    assert "s3cret" not in str(error.value)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes(), path
