"""Remote sources in a project: collected once, read by the corpus stage, recorded, resumed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from dialecto import Project
from tests.collect.site import Answer, Site, html, serve

TEXT = (
    "La cooperativa de {} aprobó en su asamblea anual las cuentas del ejercicio y acordó por "
    "unanimidad destinar una parte de los beneficios a renovar el sistema de riego de la vega, "
    "que lleva más de cuarenta años en servicio. El presidente agradeció el trabajo de los socios."
)
TOWNS = ["Alcira", "Baza", "Cieza", "Denia", "Elda", "Fraga", "Gandía", "Huéscar", "Íllora", "Jaca"]


def write_project(root: Path, site: Site, **more: Any) -> Project:
    with sqlite3.connect(root / "actas.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS actas (clave TEXT, texto TEXT)")
        connection.executemany(
            "INSERT INTO actas VALUES (?, ?)",
            [(f"acta/{n}", f"Acta número {n}. " + TEXT.format(town) + f" Punto {n} de {town}.")
             for n, town in enumerate(TOWNS)],
        )  # fmt: skip
    connection.close()
    web = {"start": [f"{site.url}/"], "private": ["127.0.0.1"], "requests_per_second": 500, **more}
    recipe = {
        "name": "prueba",
        "objective": "text",
        "sources": [
            {"name": "web", "web": web, "owner": "yo"},
            {"name": "actas", "sql": {"url": "sqlite:///actas.db", "table": "actas", "id": "clave",
                                      "template": "{texto}"}},
        ],
        "corpus": {"workers": 1, "dedup": {"enabled": False}},
    }  # fmt: skip
    (root / "dialecto.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return Project.open(root)


def pages() -> dict[str, Answer]:
    made = {f"/{t}": html(text=f"Noticias de {t}: " + TEXT.format(t)) for t in TOWNS if t.isascii()}
    secret = html(text="Reservada.", head='<meta name="robots" content="noindex">')
    return made | {"/": html(*made, "/no", text=TEXT.format("la comarca")), "/no": secret}


def lineage(project: Project) -> dict[str, dict[str, Any]]:
    table = pq.read_table(project.artefact("corpus") / "lineage.parquet")
    return {f"{row['source']}/{row['path']}": row for row in table.to_pylist()}


def test_collected_once_and_read(tmp_path: Path) -> None:
    with serve(pages()) as site:
        project = write_project(tmp_path, site)
        first = project.run(until="corpus")
        assert [(o.stage, o.ran) for o in first] == [("collect", True), ("corpus", True)]
        rows = lineage(project)
        assert f"web/pages-00000.warc.gz!/{site.url}/Baza" in rows
        assert "actas/rows-00000.jsonl.zst:acta/3" in rows
        assert len(rows) == len(pages()) - 1 + len(TOWNS)
        unread = {name for name, row in rows.items() if row["outcome"] == "quarantined"}
        assert unread == set()
        asked = len(site.asked)
        again = project.run(until="corpus")
        assert [o.ran for o in again] == [False, False]
        assert len(site.asked) == asked
        site.pages["/Baza"] = html(text="Otra cosa: " + TEXT.format("Baza y su vega"))
        form = json.loads(
            (project.artefact("corpus") / "public_summary.es.json").read_text("utf-8")
        )
        values = {entry["field"]: entry["value"] for entry in form["entries"]}
        assert f"recogido de 127.0.0.1:{site.port}" in values["origin.crawled"]
        assert "se dejaron fuera 1 páginas (noindex 1)" in values["opt_outs"]
        snapshot = json.loads((project.artefact("collect") / "web" / "snapshot.json").read_text())
        assert values["collected"] == snapshot["finished"][:10]
        manifest = project.store.manifest("corpus", first[1].digest)
        assert manifest["inputs"] == {"collect": first[0].digest}
        forced = project.run(until="collect", start="collect")
        assert [o.ran for o in forced] == [True]
        assert len(site.asked) == 2 * asked
        assert project.status()["stages"]["corpus"]["state"] == "stale"
    collected = project.store.manifest("collect", forced[0].digest)
    snapshot = json.loads((project.artefact("collect") / "web" / "snapshot.json").read_text())
    for name, file in snapshot["files"].items():
        assert collected["files"][f"web/files/{name}"] == file["sha256"]
    actions = [entry.action for entry in project.ledger.entries()]
    assert actions.count("collect.done") == 4
    assert project.ledger.verify() == []


def test_the_database_and_the_terms_in_the_digest(tmp_path: Path) -> None:
    with serve(pages()) as site:
        project = write_project(tmp_path, site)
        before = {name: s["digest"] for name, s in project.status()["stages"].items()}
        text = project.root.joinpath("dialecto.yaml").read_text("utf-8")
        project.root.joinpath("dialecto.yaml").write_text(text.replace("owner: yo", "owner: tú"))
        terms = {n: s["digest"] for n, s in Project.open(tmp_path).status()["stages"].items()}
        assert terms["collect"] == before["collect"]
        assert terms["corpus"] != before["corpus"]
        with sqlite3.connect(tmp_path / "actas.db") as connection:
            connection.execute("DELETE FROM actas WHERE clave = 'acta/1'")
        connection.close()
        rows = {n: s["digest"] for n, s in Project.open(tmp_path).status()["stages"].items()}
        assert rows["collect"] != before["collect"]
        (tmp_path / "actas.db-wal").write_bytes(b"what is not merged yet")
        more = {n: s["digest"] for n, s in Project.open(tmp_path).status()["stages"].items()}
        assert more["collect"] != rows["collect"]
    assert site.asked == []


def test_an_added_source_leaves_the_other_snapshots(tmp_path: Path) -> None:
    with serve(pages()) as site:
        project = write_project(tmp_path, site)
        project.run(until="collect")
        taken = len(site.asked)
        text = project.root.joinpath("dialecto.yaml").read_text("utf-8")
        more = "- {name: dos, sql: {url: 'sqlite:///actas.db', query: SELECT clave FROM actas}}"
        changed = text.replace("sources:\n", f"sources:\n{more}\n")
        project.root.joinpath("dialecto.yaml").write_text(changed, encoding="utf-8")
        ran = Project.open(tmp_path).run(until="collect")
        assert ran[0].ran
        assert ran[0].metrics["rows"] == 2 * len(TOWNS)
        assert len(site.asked) == taken
        Project.open(tmp_path).run(until="collect", start="collect")
        assert len(site.asked) == 2 * taken
    kept = [json.loads(entry.facts)["source"] for entry in project.ledger.entries()
            if entry.action == "collect.kept"]  # fmt: skip
    assert sorted(kept) == ["actas", "web"]


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_killed_and_run_again(tmp_path: Path) -> None:
    """SIGKILL to dialecto ends its crawler too; what was stored is not asked for again."""
    with serve(pages()) as site:
        write_project(tmp_path, site, requests_per_second=10)
        command = [
            sys.executable,
            "-m",
            "dialecto",
            "collect",
            "--project",
            str(tmp_path),
            "--json",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not any(town in path for path in site.asked for town in TOWNS):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(0.3)
        seen = len(site.asked)
        time.sleep(0.5)
        assert len(site.asked) == seen, "the crawler went on without its parent"
        site.asked.clear()
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        assert "/" not in site.asked
    metrics = json.loads(done.stdout)["stages"]["collect"]["metrics"]
    assert metrics["pages"] == len(pages()) - 1
    assert metrics["rows"] == len(TOWNS)
