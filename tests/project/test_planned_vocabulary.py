"""A plan that is repeated brings its vocabulary: another machine might choose another one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dialecto.project.plan import plan_stages
from dialecto.project.store import Store
from dialecto.recipe import Recipe


def settings(root: Path, **sections: Any) -> dict[str, Any]:
    """Of the tokenizer stage."""
    (root / "docs").mkdir(exist_ok=True)
    recipe = Recipe.model_validate({"name": "x", "sources": [{"path": "docs"}], **sections})
    planned = plan_stages(root, recipe, Store(root / "artifacts"))
    return next(item.settings for item in planned if item.stage.name == "tokenizer")


def test_the_vocabulary_is_that_of_the_plan_and_nothing_else_decides_it(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"shape": {"vocabulary": 4096}}))
    repeated = {"pretrain": {"plan": "plan.json"}}
    found = settings(tmp_path, **repeated)
    assert found["section"].vocabulary == 4096
    assert "budget" not in found
    assert "budget" in settings(tmp_path)
    assert (
        settings(tmp_path, tokenizer={"vocabulary": 700}, **repeated)["section"].vocabulary == 700
    )
    extended = settings(tmp_path, tokenizer={"extend": 10}, **repeated)
    assert extended["section"].vocabulary is None


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"shape": {"vocabulary": null}}'])
def test_a_plan_that_is_none_is_for_pretraining_to_refuse(tmp_path: Path, content: str) -> None:
    (tmp_path / "plan.json").write_text(content)
    found = settings(tmp_path, pretrain={"plan": "plan.json"})
    assert found["section"].vocabulary is None
    assert "budget" in found
