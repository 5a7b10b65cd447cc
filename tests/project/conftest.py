"""Every test of this room runs on fake stages unless it takes a trained project."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialecto import Project
from dialecto.project import runner, stages
from tests.project.fake import fake_stages, make_fake_project, no_energy


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose stages are small and fast."""
    monkeypatch.setattr(stages, "STAGES", fake_stages())
    monkeypatch.setattr(runner, "STAGES", fake_stages())
    monkeypatch.setattr(runner, "measured_energy", no_energy)
    return Project.open(make_fake_project(tmp_path / "p"))
