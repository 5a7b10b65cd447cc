"""What was to be forgotten is neither trained on nor served."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dialecto.project import Project
from dialecto.project.retention import expired_sources, refuse_expired
from dialecto.recipe import Recipe, Source
from dialecto.runtime import DialectoError


def test_the_day_itself_may_still_be_used() -> None:
    recipe = Recipe(name="x", sources=[Source(path="a", retention="2026-05-01"), Source(path="b")])
    assert expired_sources(recipe, date(2026, 5, 1)) == []
    assert expired_sources(recipe, date(2026, 5, 2)) == [("a", "2026-05-01")]
    with pytest.raises(DialectoError, match=r"'a' \(until 2026-05-01\).*`retention`"):
        refuse_expired(recipe, "no", date(2026, 5, 2))


def test_a_run_refuses_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Un documento.", encoding="utf-8")
    recipe = "name: x\nsources: [{path: docs, retention: 2001-01-01}]\n"
    (tmp_path / "dialecto.yaml").write_text(recipe, encoding="utf-8")
    with pytest.raises(DialectoError, match="2001-01-01"):
        Project.open(tmp_path).run("corpus")
    assert not (tmp_path / "artifacts").exists()
