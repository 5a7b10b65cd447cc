"""A project: a folder with a recipe, artefacts and a ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.project.runner import Outcome, is_running, plan_stages, run_stages, stage_facts
from dialecto.project.store import Store
from dialecto.recipe import RECIPE_FILE, Recipe, load_recipe
from dialecto.runtime import DialectoError, Progress, SilentProgress
from dialecto.security import Ledger


@dataclass(frozen=True)
class Project:
    """Open with :meth:`open`; then :meth:`run`, :meth:`status`, :meth:`model_folder`."""

    root: Path
    recipe: Recipe

    @classmethod
    def open(cls, folder: str | Path = ".") -> Project:
        """The project in a folder, or in one above it, as git does."""
        start = Path(folder).resolve()
        for candidate in (start, *start.parents):
            if (candidate / RECIPE_FILE).is_file():
                return cls(candidate, load_recipe(candidate / RECIPE_FILE))
        raise DialectoError(
            f"no {RECIPE_FILE} in {start} or above it. Make a project with "
            "`dialecto new DIR --source FOLDER`, or name one with `--project`."
        )

    @property
    def store(self) -> Store:
        return Store(self.root / "artifacts")

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.root / "ledger.db")

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def run(
        self,
        until: str | None = None,
        start: str | None = None,
        progress: Progress | None = None,
        announce: Callable[[str], None] = lambda _text: None,
    ) -> list[Outcome]:
        """Do what is not done yet. Killed at any time, it can be called again."""
        return run_stages(
            self.root,
            self.recipe,
            self.store,
            self.ledger,
            progress or SilentProgress(),
            until=until,
            start=start,
            announce=announce,
        )

    def status(self) -> dict[str, Any]:
        """State, digest, time and metrics of each stage."""
        running = is_running(self.root)
        stages: dict[str, Any] = {}
        for item in plan_stages(self.root, self.recipe, self.store):
            name = item.stage.name
            facts: dict[str, Any] = {"state": "missing", "digest": item.digest}
            if item.done:
                facts = {"state": "done", "digest": item.digest, **stage_facts(item, self.store)}
            elif running and self.store.work(name, item.digest).is_dir():
                facts["state"] = "running"
            elif self.store.current(name):
                facts["state"] = "stale"
            stages[name] = facts
        return {"project": self.recipe.name, "root": str(self.root), "stages": stages}

    def artefact(self, stage: str) -> Path:
        """The folder in use of a stage. Raises when it has not run."""
        digest = self.store.current(stage)
        if digest is None:
            raise DialectoError(f"the {stage} stage has not run yet; `dialecto run` does it")
        return self.store.folder(stage, digest)

    def model_folder(self) -> Path:
        """The best model there is: tuned if the recipe tunes, else pretrained."""
        return self.artefact("tune" if self.recipe.tunes else "pretrain") / "model"
