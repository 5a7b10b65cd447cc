"""SIGKILL in each real stage, at random moments: the same digests and the same model."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dialecto import Project
from dialecto.project.stages import STAGES
from dialecto.runtime.files import read_json

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")

# What tells of the run's own time is another each time; the rest is what was learnt.
TIMED = ("metrics.jsonl", "loss.png", "plan.json", "tensorboard/", "report.html")


def files(manifest: dict[str, Any]) -> dict[str, str]:
    return {k: v for k, v in manifest["files"].items() if not k.startswith(TIMED)}


@pytest.fixture(scope="module")
def shaken(trained_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the untrained project, on the same machine profile, to be killed in."""
    place = tmp_path_factory.mktemp("shaken") / "place"
    made = shutil.ignore_patterns("artifacts", "ledger.*", ".cache", "reports")
    shutil.copytree(trained_project.root.parent, place, ignore=made)
    return place / trained_project.root.name


# `collect` has its own kill tests: this project has nothing to collect.
@pytest.mark.parametrize("stage", [s.name for s in STAGES if s.name != "collect"])
def test_killed_in_a_stage_and_run_again(
    stage: str, shaken: Path, trained_project: Project
) -> None:
    """One after the other: each finds what those before it left."""
    calm = read_json(trained_project.artefact(stage) / "manifest.json")
    chance = random.Random(stage)
    command = [sys.executable, "-m", "dialecto", stage, "--project", str(shaken), "--json"]
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not list(
            (shaken / "artifacts" / stage).glob(".work-*/.begun.json")
        ):
            time.sleep(0.01)
        time.sleep(chance.uniform(0.2, 0.9) * calm["seconds"])
        process.kill()
        process.wait()
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    project = Project.open(shaken)
    again = read_json(project.artefact(stage) / "manifest.json")
    assert again["digest"] == calm["digest"]
    assert files(again) == files(calm)
    assert project.ledger.verify() == []
