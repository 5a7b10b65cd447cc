"""Each field of the recipe re-runs the stages that depend on it and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from dialecto.project.plan import plan_stages
from dialecto.project.stages import STAGES
from dialecto.project.store import Store
from dialecto.recipe import Recipe

ALL = {"corpus", "tokenizer", "pretrain", "tune", "evaluate", "report"}
AFTER = {
    "corpus": ALL,
    "tokenizer": ALL - {"corpus"},
    "pretrain": ALL - {"corpus", "tokenizer"},
    "tune": {"tune", "evaluate", "report"},
    "evaluate": {"evaluate", "report"},
    "report": {"report"},
    "nothing": set(),
}
BASE: dict[str, Any] = {
    "name": "x",
    "sources": [{"path": "docs"}, {"path": "talks", "kind": "conversations"}],
    "corpus": {"split": {"folds": 5}},
    "evaluate": {"questions": "q.jsonl"},
}
# field -> (another value, the first stage that depends on it)
FIELDS: dict[str, tuple[Any, str]] = {
    "name": ("y", "report"),
    "lang": ("en", "corpus"),
    "objective": ("text", "tokenizer"),  # the whole budget goes to pretraining
    "budget": ("20m", "tokenizer"),
    "machine.watts": (65, "nothing"),  # they matter to budgets in energy and money
    "machine.price_per_hour": (2, "nothing"),
    "machine.price_per_kwh": (0.2, "nothing"),
    "seed": (1, "corpus"),
    "sources": ([{"path": "docs", "owner": "yo"}, BASE["sources"][1]], "corpus"),
    "corpus.language.keep": (["es", "gl"], "corpus"),
    "corpus.language.minimum_confidence": (0.7, "corpus"),
    "corpus.language.paragraphs": ("drop", "corpus"),
    "corpus.minimum_characters": (10, "corpus"),
    "corpus.dedup.enabled": (False, "corpus"),
    "corpus.dedup.threshold": (0.7, "corpus"),
    "corpus.dedup.paragraphs.enabled": (False, "corpus"),
    "corpus.dedup.paragraphs.minimum_words": (50, "corpus"),
    "corpus.dedup.paragraphs.minimum_documents": (2, "corpus"),
    "corpus.dedup.against": (["q.jsonl"], "corpus"),
    "corpus.quality.enabled": (False, "corpus"),
    "corpus.quality.rules": (["c4"], "corpus"),
    "corpus.quality.policy": ("flag", "corpus"),
    "corpus.quality.thresholds": ({"top_2_gram": 0.3}, "corpus"),
    "corpus.quality.calibrate": (False, "corpus"),
    "corpus.repair.ocr": (True, "corpus"),
    "corpus.harm.policy": ("flag", "corpus"),
    "corpus.harm.policies": ({"hate": "flag"}, "corpus"),
    "corpus.harm.mentions": ("drop", "corpus"),
    "corpus.changed": ("stop", "nothing"),
    "corpus.decontaminate.files": (["q.jsonl"], "corpus"),
    "corpus.decontaminate.ngram": (8, "corpus"),
    "corpus.decontaminate.held_out": (False, "corpus"),
    "corpus.poison.enabled": (False, "corpus"),
    "corpus.poison.policy": ("flag", "corpus"),
    "corpus.pii.enabled": (False, "corpus"),
    "corpus.pii.policy": ("mask", "corpus"),
    "corpus.pii.regions": (["ES"], "corpus"),
    "corpus.pii.patterns": ({"EXPEDIENTE": "EXP-\\d{6}"}, "corpus"),
    "corpus.pii.recognisers": (["ours.py"], "corpus"),
    "corpus.pii.model": ("our-model", "corpus"),
    "corpus.pii.policies": ({"CARD": "drop_document"}, "corpus"),
    "corpus.pii.map": ("encrypted", "corpus"),
    "corpus.balance.enabled": (True, "corpus"),
    "corpus.balance.by": ("source", "corpus"),
    "corpus.balance.topics": (5, "corpus"),
    "corpus.balance.temperature": (0.7, "corpus"),
    "corpus.balance.max_share": (0.5, "corpus"),
    "corpus.balance.max_repeat": (2, "corpus"),
    "corpus.balance.debias": ("gender", "corpus"),
    "corpus.split": ({"train": 0.7, "validation": 0.2, "test": 0.1}, "corpus"),
    "corpus.card.title": ("x", "corpus"),
    "corpus.card.version": ("2.0.0", "corpus"),
    "corpus.card.description": ("x", "corpus"),
    "corpus.card.provider": ("x", "corpus"),
    "corpus.card.contact": ("x", "corpus"),
    "corpus.card.model": ("x", "corpus"),
    "corpus.card.base_model": ("x", "corpus"),
    "corpus.card.collected": ("2026-01", "corpus"),
    "corpus.card.opt_outs": ("x", "corpus"),
    "corpus.card.illegal_content": ("x", "corpus"),
    "policy": ("strict", "nothing"),
    "corpus.shard_megabytes": (8, "corpus"),
    "corpus.workers": (3, "nothing"),
    "corpus.memory": ("8GB", "nothing"),
    "corpus.engine": ("ray", "nothing"),
    "corpus.address": ("auto", "nothing"),
    "tokenizer.kind": ("wordpiece", "tokenizer"),
    "tokenizer.base": ("talks", "tokenizer"),
    "tokenizer.extend": (10, "tokenizer"),
    "tokenizer.pattern": (None, "tokenizer"),  # only beside `base`
    "tokenizer.vocabulary": (1000, "tokenizer"),
    "tokenizer.extra_special_tokens": (["<x>"], "tokenizer"),
    "pretrain.architecture": ("gpt2", "pretrain"),
    "pretrain.dropout": (0.1, "pretrain"),
    "pretrain.initialisation": ("he", "pretrain"),
    "pretrain.shape.preset": ("tiny", "pretrain"),
    "pretrain.shape.experts": (None, "pretrain"),  # only of `qwen3_moe`
    "pretrain.shape.experts_used": (None, "pretrain"),  # only of `qwen3_moe`
    "pretrain.shape.layers": (3, "pretrain"),
    "pretrain.shape.width": (64, "pretrain"),
    "pretrain.shape.heads": (2, "pretrain"),
    "pretrain.shape.kv_heads": (1, "pretrain"),
    "pretrain.shape.feed_forward": (64, "pretrain"),
    "pretrain.context": (128, "pretrain"),
    "pretrain.batch_tokens": (512, "pretrain"),
    "pretrain.steps": (5, "pretrain"),
    "pretrain.plan": ("q.jsonl", "pretrain"),
    "pretrain.optimizer": ("adamw", "pretrain"),
    "pretrain.learning_rate": (0.1, "pretrain"),
    "pretrain.weight_decay": (0.2, "pretrain"),
    "pretrain.schedule": ("cosine", "pretrain"),
    "pretrain.final_rate": (0.2, "pretrain"),
    "pretrain.clip": (1.0, "pretrain"),
    "pretrain.label_smoothing": (0.1, "pretrain"),
    "pretrain.z_loss": (0.0001, "pretrain"),
    "pretrain.warmup": (0.1, "pretrain"),
    "pretrain.cooldown": (0.1, "pretrain"),
    "pretrain.batch_ramp": (0.1, "pretrain"),
    "pretrain.precision": ("fp32", "pretrain"),
    "pretrain.attention": ("sdpa", "pretrain"),
    "pretrain.activation_checkpointing": (True, "pretrain"),
    "pretrain.compile": (False, "pretrain"),
    "pretrain.cross_validation": (0.2, "pretrain"),
    "pretrain.early_stopping": (3, "pretrain"),
    "pretrain.checkpoints_kept": (5, "nothing"),
    "pretrain.distribute.engine": ("ddp", "pretrain"),
    "pretrain.distribute.processes": (None, "pretrain"),  # only beside `engine`
    "pretrain.distribute.strategy": (None, "pretrain"),  # only beside `engine: ray`
    "pretrain.distribute.address": (None, "nothing"),
    "pretrain.distribute.zero_stage": (None, "nothing"),  # only beside `fsdp` or `deepspeed`
    "pretrain.distribute.restarts": (1, "nothing"),
    "pretrain.checkpoint_every": ("5m", "nothing"),
    "pretrain.sample_prompts": (["The"], "pretrain"),
    "pretrain.sample_every": (2, "pretrain"),
    "pretrain.trackers": (["mlflow"], "pretrain"),
    "pretrain.trackers_online": (True, "nothing"),
    "pretrain.tensorboard": (False, "pretrain"),
    "tune.epochs": (2, "tune"),
    "tune.batch_tokens": (512, "tune"),
    "tune.learning_rate": (0.1, "tune"),
    "evaluate.questions": ("q2.jsonl", "evaluate"),
    "evaluate.samples": (2, "evaluate"),
    "evaluate.sample_tokens": (9, "evaluate"),
    "evaluate.baselines": (False, "evaluate"),
    "report.title": ("t", "report"),
    "report.masked_examples": (1, "report"),
    "serve.port": (9000, "nothing"),
    "serve.max_tokens": (9, "nothing"),
}


def leaves(model: type[BaseModel], path: str = "") -> list[str]:
    """Every field's dotted path; `split` and `sources` count as one."""
    found = []
    for name, info in model.model_fields.items():
        here = f"{path}{name}"
        below = info.annotation
        inner = isinstance(below, type) and issubclass(below, BaseModel)
        if inner and here != "corpus.split":
            assert isinstance(below, type)
            found += leaves(below, f"{here}.")
        else:
            found.append(here)
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("docs/a.txt", "talks/a.jsonl", "q.jsonl", "q2.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def digests(root: Path, data: dict[str, Any]) -> dict[str, str]:
    recipe = Recipe.model_validate(data)
    return {p.stage.name: p.digest for p in plan_stages(root, recipe, Store(root / "artifacts"))}


def test_the_table_knows_every_field() -> None:
    assert sorted(FIELDS) == sorted(leaves(Recipe))


@pytest.mark.parametrize("field", [f for f, (value, _) in FIELDS.items() if value is not None])
def test_a_field_changes_the_digests_of_its_dependants(root: Path, field: str) -> None:
    value, first = FIELDS[field]
    changed = yaml.safe_load(yaml.safe_dump(BASE))
    section = changed
    *above, name = field.split(".")
    for part in above:
        section = section.setdefault(part, {})
    section[name] = value
    before, after = digests(root, BASE), digests(root, changed)
    differ = {stage for stage in before if before[stage] != after.get(stage)}
    assert differ == AFTER[first]


def test_how_processes_share_the_work_is_seen(root: Path) -> None:
    """Sums of floats depend on the strategy; where the cluster is and what is freed when do not
    matter."""

    def pretrain(**distribute: Any) -> str:
        facts = {"engine": "ray", "processes": 2, **distribute}
        return digests(root, {**BASE, "pretrain": {"distribute": facts}})["pretrain"]

    assert pretrain(address="auto") == pretrain()
    assert pretrain(strategy="fsdp") != pretrain()
    assert pretrain(strategy="fsdp", zero_stage=2) == pretrain(strategy="fsdp")
    assert pretrain(processes=3) != pretrain()


def test_stages_of_zero_are_seen_where_they_round_differently(root: Path) -> None:
    """FSDP2's are the same to the bit; DeepSpeed adds up at other times."""

    def pretrain(**distribute: Any) -> str:
        facts = {"optimizer": "adamw", "distribute": distribute}
        return digests(root, {**BASE, "pretrain": facts})["pretrain"]

    found = [pretrain(engine="deepspeed", zero_stage=stage) for stage in (1, 2)]
    found += [pretrain(engine="fsdp", zero_stage=stage) for stage in (2, 3)]
    assert found[2] == found[3]
    assert len(set(found)) == 3


def test_the_experts_of_a_mixture_are_seen(root: Path) -> None:
    def pretrain(**shape: int) -> str:
        facts = {"architecture": "qwen3_moe", "shape": shape}
        return digests(root, {**BASE, "pretrain": facts})["pretrain"]

    assert len({pretrain(), pretrain(experts=4), pretrain(experts_used=1)}) == 3


def test_the_digest_sees_all_that_a_stage_is_given(root: Path) -> None:
    """Besides paths (whose contents are hashed), settings are plain data or sections."""
    recipe = Recipe.model_validate(BASE)
    for stage in STAGES:
        for value in stage.settings(recipe, root).values():
            items = value if isinstance(value, list) else [value]
            assert all(isinstance(i, BaseModel | str | int | float | Path) for i in items)
        if any(isinstance(v, Path) for k, v in stage.settings(recipe, root).items() if k != "root"):
            assert stage.files(recipe, root)


def test_where_the_project_lies_does_not_matter(root: Path, tmp_path_factory: Any) -> None:
    import shutil

    other = tmp_path_factory.mktemp("other") / "p"
    shutil.copytree(root, other)
    assert digests(other, BASE) == digests(root, BASE)
