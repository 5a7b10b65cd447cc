"""The stages of a project: what each needs, what it may see of the recipe, where it lives.

`settings` returns the keyword arguments of the stage's function. They are also all that the
stage's digest is computed from, besides its inputs and its version, so a stage cannot depend
on a field that does not re-run it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.models.presets import with_preset
from dialecto.project.sources import InputPath
from dialecto.recipe import Budget, MachineSection, Recipe, source_names
from dialecto.runtime import StageContext
from dialecto.runtime.files import read_json

Metrics = dict[str, float | int | str]
StageFunction = Callable[..., Metrics]


@dataclass(frozen=True)
class Stage:
    """One step of the way from documents to a model.

    `run` is "module:function", imported only when the stage has work to do. The function is
    called as `function(context, inputs, **settings)`, where inputs maps a stage's name to
    the folder of its artefact, and returns metrics.
    """

    name: str
    version: int
    needs: tuple[str, ...]
    run: str
    settings: Callable[[Recipe, Path], dict[str, Any]]
    files: Callable[[Recipe, Path], list[InputPath]] = lambda _recipe, _root: []
    wanted: Callable[[Recipe], bool] = lambda _recipe: True

    def __call__(
        self, context: StageContext, inputs: Mapping[str, Path], settings: Mapping[str, Any]
    ) -> Metrics:
        module, function = self.run.split(":")
        call: StageFunction = getattr(importlib.import_module(module), function)
        return call(context, inputs, **settings)


def _source_files(recipe: Recipe, root: Path) -> list[InputPath]:
    named = [(root / path).resolve() for path in recipe.corpus.decontaminate.files]
    against = [(root / path).resolve() for path in recipe.corpus.dedup.against]
    return [
        *(
            InputPath((root / s.path).resolve(), tuple(s.exclude))
            for s in recipe.sources
            if not s.remote
        ),
        # Of an earlier corpus only its index is read.
        *(InputPath(p / "index.parquet" if p.is_dir() else p) for p in against),
        *(InputPath(path) for path in named),
    ]


def _database_files(recipe: Recipe, root: Path) -> list[InputPath]:
    """SQLite files, with what is not yet merged into them: their content is known beforehand."""
    return [
        InputPath(path)
        for source in recipe.sources
        if source.sql and (file := source.sql.file)
        for path in ((root / file).resolve(), (root / f"{file}-wal").resolve())
        if path.name == Path(file).name or path.is_file()
    ]


def _collect(recipe: Recipe, root: Path) -> dict[str, Any]:
    named = zip(source_names(recipe.sources), recipe.sources, strict=True)
    return {"sources": [s.asked(name) for name, s in named if s.remote], "root": root}


def _corpus_files(recipe: Recipe, root: Path) -> list[InputPath]:
    """The sources, and the code of the recognisers and the model that the recipe names."""
    found = _source_files(recipe, root)
    if recipe.corpus.pii.model:
        # What else is in its folder says when it was made, not what it finds.
        found.append(InputPath((root / recipe.corpus.pii.model).resolve() / "model.npz"))
    if recipe.corpus.pii.recognisers:
        from dialecto.corpus.pii.plugins import code_file

        code = [code_file(name, root) for name in recipe.corpus.pii.recognisers]
        found += [InputPath(file) for file in code if file]
    return found


def _questions(recipe: Recipe, root: Path) -> list[InputPath]:
    questions = recipe.evaluate.questions
    return [InputPath((root / questions).resolve())] if questions else []


def _corpus(recipe: Recipe, root: Path) -> dict[str, Any]:
    return {
        "section": recipe.corpus,
        "sources": list(recipe.sources),
        "root": root,
        "lang": recipe.lang,
        "seed": recipe.seed,
    }


def _tokenizer(recipe: Recipe, root: Path) -> dict[str, Any]:
    """The budget decides the vocabulary, unless the recipe decides it or the whole model."""
    shape = with_preset(recipe.pretrain).shape
    decided = bool(recipe.pretrain.steps and shape.layers and shape.width)
    settings: dict[str, Any] = {"section": recipe.tokenizer, "seed": recipe.seed}
    settings |= _tokenizer_paths(recipe, root)
    free = recipe.tokenizer.base is None and recipe.tokenizer.vocabulary is None
    planned = _planned_vocabulary(recipe, root) if free and not recipe.tokenizer.extend else None
    if planned:
        settings["section"] = recipe.tokenizer.model_copy(update={"vocabulary": planned})
    elif free and not decided:
        settings |= _spent(recipe, recipe.pretrain_budget)
    objective = recipe.pretrain.training_objective
    # A decoder's tokenizer is the same whatever the architecture: nothing new in its digest.
    return settings if objective == "causal" else {**settings, "training_objective": objective}


def _planned_vocabulary(recipe: Recipe, root: Path) -> int | None:
    """Of the plan that is repeated: on another machine the budget might choose another one."""
    if recipe.pretrain.plan is None:
        return None
    try:
        return int(read_json(root / recipe.pretrain.plan)["shape"]["vocabulary"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # the pretrain stage says what is wrong with it


def _tokenizer_paths(recipe: Recipe, root: Path) -> dict[str, Path]:
    """The imported tokenizer and the list of words, if there are any."""
    named = {"base": recipe.tokenizer.base, "words": recipe.tokenizer.extend}
    return {k: (root / path).resolve() for k, path in named.items() if isinstance(path, str)}


def _tokenizer_files(recipe: Recipe, root: Path) -> list[InputPath]:
    return [InputPath(path) for path in _tokenizer_paths(recipe, root).values()]


def _pretrain(recipe: Recipe, root: Path) -> dict[str, Any]:
    plan = recipe.pretrain.plan
    recorded = {"recorded": (root / plan).resolve()} if plan else {}
    return {
        "section": recipe.pretrain,
        **_spent(recipe, recipe.pretrain_budget),
        **recorded,
    }


def _recorded_plan(recipe: Recipe, root: Path) -> list[InputPath]:
    plan = recipe.pretrain.plan
    return [InputPath((root / plan).resolve())] if plan else []


def _tune(recipe: Recipe, _root: Path) -> dict[str, Any]:
    return {"section": recipe.tune, **_spent(recipe, recipe.tune_budget)}


def _spent(recipe: Recipe, budget: Budget) -> dict[str, Any]:
    """The machine's watts and prices matter only to budgets that are counted in them."""
    counted = budget.unit in ("kWh", "money")
    machine = recipe.machine if counted else MachineSection()
    return {"budget": budget, "machine": machine, "seed": recipe.seed}


def _evaluate(recipe: Recipe, root: Path) -> dict[str, Any]:
    questions = (root / recipe.evaluate.questions).resolve() if recipe.evaluate.questions else None
    return {
        "section": recipe.evaluate,
        "questions": questions,
        "lang": recipe.lang,
        "seed": recipe.seed,
    }


def _report(recipe: Recipe, _root: Path) -> dict[str, Any]:
    return {"section": recipe.report, "name": recipe.name, "lang": recipe.lang}


STAGES: tuple[Stage, ...] = (
    Stage(
        "collect",
        1,
        (),
        "dialecto.collect.stage:run",
        _collect,
        files=_database_files,
        wanted=lambda recipe: any(source.remote for source in recipe.sources),
    ),
    Stage("corpus", 22, ("collect",), "dialecto.corpus.stage:run", _corpus, files=_corpus_files),
    Stage(
        "tokenizer",
        5,
        ("corpus",),
        "dialecto.training.vocabulary:run",
        _tokenizer,
        files=_tokenizer_files,
    ),
    Stage(
        "pretrain",
        7,
        ("tokenizer",),
        "dialecto.training.stage:run",
        _pretrain,
        files=_recorded_plan,
    ),
    Stage(
        "tune",
        2,
        ("corpus", "tokenizer", "pretrain"),
        "dialecto.tuning.stage:run",
        _tune,
        wanted=lambda recipe: recipe.tunes,
    ),
    Stage(
        "evaluate",
        1,
        ("corpus", "tokenizer", "pretrain", "tune"),
        "dialecto.evaluation.stage:run",
        _evaluate,
        files=_questions,
    ),
    Stage(
        "report",
        4,
        ("corpus", "tokenizer", "pretrain", "tune", "evaluate"),
        "dialecto.reporting.stage:run",
        _report,
    ),
)


def wanted_stages(recipe: Recipe) -> tuple[Stage, ...]:
    """The stages of this recipe, in order."""
    return tuple(stage for stage in STAGES if stage.wanted(recipe))
