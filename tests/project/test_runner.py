"""What runs, what is skipped, and what is left behind when something goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto import Project
from dialecto.project import stages
from dialecto.project.lock import only_one
from dialecto.project.stages import Stage
from dialecto.runtime import BadUsage, DialectoError, Interrupted
from dialecto.runtime.files import read_json
from tests.project.fake import write_recipe

ALL = ["corpus", "tokenizer", "pretrain", "report"]


def ran(project: Project, **how: str) -> list[str]:
    opened = Project.open(project.root)
    return [o.stage for o in opened.run(**how) if o.ran]  # type: ignore[arg-type]


def test_the_second_run_does_nothing(fake: Project) -> None:
    assert ran(fake) == ALL
    before = len(list(fake.ledger.entries()))
    assert ran(fake) == []
    assert len(list(fake.ledger.entries())) == before


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("seed", 2, ALL),
        ("vocabulary", 500, ALL[1:]),
        ("title", "otro", ["report"]),
    ],
)
def test_a_changed_field_runs_its_dependants(
    fake: Project, field: str, value: int | str, expected: list[str]
) -> None:
    ran(fake)
    write_recipe(fake.root, **{field: value})
    assert ran(fake) == expected
    write_recipe(fake.root)  # switched back: everything is still there
    assert ran(fake) == []


def test_a_changed_document_runs_everything_and_a_touched_one_nothing(fake: Project) -> None:
    ran(fake)
    document = fake.root / "docs" / "a.txt"
    document.touch()
    assert ran(fake) == []
    document.write_text("una", encoding="utf-8")  # same size, maybe the same clock tick
    assert ran(fake) == ALL


def test_until_and_from(fake: Project) -> None:
    assert ran(fake, until="tokenizer") == ["corpus", "tokenizer"]
    assert ran(fake, start="tokenizer", until="tokenizer") == ["tokenizer"]
    assert ran(fake, start="pretrain") == ["pretrain", "report"]
    for bad in ({"until": "nada"}, {"start": "report", "until": "corpus"}):
        with pytest.raises(BadUsage):
            ran(fake, **bad)


def test_an_artefact_made_again_has_an_entry_of_its_own(
    fake: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialecto.project.runner.time.monotonic", lambda: 1.0)  # same seconds
    for _ in range(2):
        ran(fake, start="corpus", until="corpus")
    actions = [entry.action for entry in fake.ledger.entries()]
    assert actions[-4:] == ["stage.start", "stage.done"] * 2


def test_what_was_made_from_an_input_made_again_is_stale(
    fake: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(fake)
    other = list(stages.STAGES)
    # The same address with other bytes, as when a model is trained for a time again.
    monkeypatch.setattr("tests.project.fake.PARTS", 5)
    assert ran(fake, start="pretrain", until="pretrain") == ["pretrain"]
    states = {k: v["state"] for k, v in fake.status()["stages"].items()}
    assert states == dict(zip(ALL, ["done", "done", "done", "stale"], strict=True))
    assert ran(fake) == ["report"]
    assert len(other) == 4


@pytest.mark.parametrize("harm", ["deleted", "shortened"])
def test_a_damaged_artefact_is_made_again(fake: Project, harm: str) -> None:
    ran(fake)
    part = fake.artefact("tokenizer") / "parts" / "1.txt"
    whole = part.read_bytes()
    if harm == "deleted":
        part.unlink()
    else:
        part.write_bytes(whole[:-1])
    assert fake.status()["stages"]["tokenizer"]["state"] == "missing"
    assert ran(fake) == ["tokenizer"]  # the same bytes, so that nothing after it is stale
    assert (fake.artefact("tokenizer") / "parts" / "1.txt").read_bytes() == whole


def test_a_stage_refuses_inputs_that_were_changed(fake: Project) -> None:
    ran(fake, until="tokenizer")
    part = fake.artefact("tokenizer") / "parts" / "1.txt"
    data = part.read_bytes()
    part.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    with pytest.raises(DialectoError, match=r"parts/1\.txt changed.*--from tokenizer"):
        ran(fake)
    assert ran(fake, start="tokenizer") == ["tokenizer", "pretrain", "report"]


def failing(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    first, second, *rest = stages.STAGES
    bad = Stage(
        second.name, 1, second.needs, "tests.project.fake:fail", lambda _r, _root: {"value": how}
    )
    monkeypatch.setattr(stages, "STAGES", (first, bad, *rest))


def test_an_interrupt_says_where_the_work_is(
    fake: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, "interrupt")
    with pytest.raises(Interrupted) as stop:
        fake.run()
    assert stop.value.saved is not None
    assert (stop.value.saved / "half.txt").is_file()
    assert [e.action for e in fake.ledger.entries()][-1] == "stage.interrupted"
    assert fake.status()["stages"]["tokenizer"]["state"] == "missing"


@pytest.mark.parametrize(("how", "says"), [("user", "are empty"), ("disk", "disk is full")])
def test_a_failure_is_told_and_recorded(
    fake: Project, monkeypatch: pytest.MonkeyPatch, how: str, says: str
) -> None:
    failing(monkeypatch, how)
    with pytest.raises(DialectoError, match=says):
        fake.run()
    assert [e.action for e in fake.ledger.entries()][-1] == "stage.failed"


def test_two_runs_at_once(fake: Project) -> None:
    with only_one(fake.root):
        with pytest.raises(DialectoError, match="another run is at work"):
            fake.run()
        assert fake.status()["stages"]["corpus"]["state"] == "missing"
    fake.run()
    with only_one(fake.root):
        assert all(not o.ran for o in fake.run())  # nothing to do needs no lock


def test_status_says_what_is_running(fake: Project) -> None:
    digest = fake.status()["stages"]["corpus"]["digest"]
    fake.store.begin("corpus", digest, {})
    assert fake.status()["stages"]["corpus"]["state"] == "missing"  # left by a killed run
    with only_one(fake.root):
        assert fake.status()["stages"]["corpus"]["state"] == "running"
        assert fake.status()["stages"]["tokenizer"]["state"] == "missing"


def test_looking_changes_nothing_on_disk(tmp_path: Path, fake: Project) -> None:
    fake.status()
    assert not (fake.root / "artifacts").exists()
    assert not (fake.root / "ledger.db").exists()
    assert tmp_path.exists()


def test_every_artefact_has_an_entry_and_a_manifest_that_holds(fake: Project) -> None:
    fake.run()
    for name in ALL:
        folder = fake.artefact(name)
        manifest = read_json(folder / "manifest.json")
        entry = fake.ledger.last("stage.done", stage=name, digest=folder.name)
        assert entry is not None
        assert entry["outputs"] == manifest["files"]
        assert fake.store.verify(name, folder.name) == []
        assert set(manifest) >= {
            "inputs", "settings", "code", "machine", "seconds", "metrics", "files",
        }  # fmt: skip
    assert fake.ledger.verify() == []


def test_half_a_model_is_not_gone_on_with_from_other_inputs(fake: Project) -> None:
    work = fake.store.begin("pretrain", "0" * 16, {"tokenizer": "old"})
    (work / "weights").write_text("half", encoding="utf-8")
    assert (fake.store.begin("pretrain", "0" * 16, {"tokenizer": "old"}) / "weights").exists()
    assert not (fake.store.begin("pretrain", "0" * 16, {"tokenizer": "new"}) / "weights").exists()
