"""SIGKILL at any moment and run again: the same digests and the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dialecto import Project
from dialecto.project.store import Store
from dialecto.runtime.files import read_json
from dialecto.security import Ledger
from tests.project.fake import make_fake_project

ROOT = Path(__file__).parents[2]
STAGES = ("corpus", "tokenizer", "pretrain", "report")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")


def start(project: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.project.fake", str(project), *words], cwd=ROOT
    )


def contents(project: Path) -> dict[str, tuple[str, dict[str, str]]]:
    """Digest and files' SHA-256 of each stage."""
    found = {}
    for stage in STAGES:
        manifest = read_json(project / "artifacts" / stage / "current" / "manifest.json")
        found[stage] = (manifest["digest"], manifest["files"])
    return found


def _in_work(path: Path) -> bool:
    """What a killed run leaves where it worked is there for the next one to go on from."""
    return any(part.startswith(".work") for part in path.parts)


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_random_and_run_again(tmp_path: Path, seed: int) -> None:
    calm = make_fake_project(tmp_path / "calm")
    began = time.monotonic()
    assert start(calm).wait() == 0
    whole = time.monotonic() - began
    shaken = make_fake_project(tmp_path / "shaken")
    chance = random.Random(seed)
    for _ in range(3):
        process = start(shaken)
        time.sleep(whole * chance.uniform(0.2, 1.0))
        process.kill()
        process.wait()
        assert Ledger(shaken / "ledger.db").verify() == []
    again = start(shaken, "tokenizer")  # an artefact being made again is never lost
    time.sleep(whole * chance.uniform(0.4, 1.0))
    again.kill()
    again.wait()
    assert start(shaken).wait() == 0
    assert contents(shaken) == contents(calm)
    assert Ledger(shaken / "ledger.db").verify() == []
    left = [p for p in (shaken / "artifacts").rglob("*.tmp") if not _in_work(p)]
    assert left == []


def test_a_kill_between_each_two_steps_of_putting_in_place(
    fake: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The few moments that random kills seldom meet, one by one."""
    fake.run()
    calm = contents(fake.root)

    class Killed(BaseException):
        pass

    def killing(*_: object) -> None:
        raise Killed

    for method in ("seal", "place", "point"):
        with monkeypatch.context() as patch:
            patch.setattr(Store, method, killing)
            if method == "point":  # otherwise it has nothing to do
                (fake.root / "artifacts" / "tokenizer" / "current").unlink()
            with pytest.raises(Killed):
                fake.run(start="tokenizer", until="tokenizer")
        assert fake.ledger.verify() == []
        fake.run()
        assert contents(fake.root) == calm

    # Between the two renames: the old artefact is aside, the new one not yet there.
    folder = fake.artefact("tokenizer")
    folder.rename(folder.with_name(f".old-{folder.name}"))
    assert fake.status()["stages"]["tokenizer"]["state"] == "missing"
    fake.run()
    assert contents(fake.root) == calm
    assert not folder.with_name(f".old-{folder.name}").exists()


def test_a_sealed_artefact_is_put_in_place_without_work(
    fake: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.run(until="corpus")
    folder = fake.artefact("corpus")
    folder.rename(folder.with_name(f".work-{folder.name}"))

    def no_work(*_: object) -> None:
        raise AssertionError("the stage ran")

    monkeypatch.setattr("tests.project.fake.copy", no_work)
    assert [o.ran for o in fake.run(until="corpus")] == [True]
    assert fake.store.verify("corpus", folder.name) == []


def test_sigint_is_told_apart_from_failure(tmp_path: Path) -> None:
    project = make_fake_project(tmp_path / "p")
    process = start(project, "", "5")  # so slow that a busy machine cannot miss the moment
    while not list((project / "artifacts").glob("*/.work-*/.begun.json")):
        time.sleep(0.005)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait() != 0
    assert "stage.interrupted" in {e.action for e in Ledger(project / "ledger.db").entries()}
