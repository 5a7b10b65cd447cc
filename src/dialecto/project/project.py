"""A project: a folder with a recipe, artefacts and a ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.project.changes import refuse_changes, source_changes
from dialecto.project.lock import is_running
from dialecto.project.plan import plan_stages
from dialecto.project.retention import refuse_expired
from dialecto.project.runner import Outcome, Surroundings, run_stages, stage_facts
from dialecto.project.store import Store
from dialecto.recipe import RECIPE_FILE, Recipe, load_recipe
from dialecto.reporting.cards import CARD_FILES
from dialecto.runtime import BadUsage, DialectoError, Progress, SilentProgress
from dialecto.runtime.files import write_bytes
from dialecto.security import Ledger
from dialecto.training.distributed.joined import joined, left_alone, started_as


def find_root(folder: str | Path) -> Path:
    """The project's folder: the one given or the nearest above it. Reads no recipe."""
    start = Path(folder).resolve()
    if not start.exists():  # a typing mistake must not end in a project above it
        raise BadUsage(f"'{folder}' does not exist (looked in {Path.cwd()}).")
    for candidate in (start, *start.parents):
        if (candidate / RECIPE_FILE).is_file():
            return candidate
    raise BadUsage(
        f"no {RECIPE_FILE} in {start} or above it. Make a project with "
        "`dialecto new DIR --source FOLDER`, or name one with `--project DIR`."
    )


def _can_join(recipe: Recipe) -> None:
    """Raises BadUsage where a launcher has started several processes of a run that wants one."""
    who, distribute = started_as(), recipe.pretrain.distribute
    if distribute.processes == "auto" and left_alone():
        raise BadUsage(
            "`accelerate launch --cpu` starts one process, however many are asked for. Start "
            "several with `accelerate launch --multi_gpu --num_processes N` (without accelerators "
            "too), with `torchrun`, or say how many in `pretrain.distribute.processes`"
        )
    if who is None:
        return
    if distribute.engine == "none":
        raise BadUsage(
            f"this is process {who[0]} of {who[1]} (RANK and WORLD_SIZE), but the recipe trains "
            "in one: set `pretrain.distribute.engine` to `ddp`, `fsdp` or "
            "`deepspeed`, or start it alone"
        )
    if distribute.engine == "ray":
        raise BadUsage(
            f"this is process {who[0]} of {who[1]} (RANK and WORLD_SIZE), but the recipe lets Ray "
            "start the processes (`pretrain.distribute.engine`): start dialecto alone"
        )
    if distribute.processes not in ("auto", who[1]):
        raise BadUsage(
            f"the launcher started {who[1]} processes, and `pretrain.distribute.processes` is "
            f"{distribute.processes}: start as many, or say `auto`"
        )


@dataclass(frozen=True)
class Project:
    """Open with :meth:`open`; then :meth:`run`, :meth:`status`, :meth:`model_folder`."""

    root: Path
    recipe: Recipe

    @classmethod
    def open(cls, folder: str | Path = ".", *, sources: bool = True) -> Project:
        """The project in a folder, or in one above it, as git does.

        With `sources=False` its documents may have moved away: enough to use its model.
        """
        root = find_root(folder)
        return cls(root, load_recipe(root / RECIPE_FILE, sources=sources))

    def changed(self, *, budget: str | None = None, plan: str | Path | None = None) -> Project:
        """The same project with another budget, or repeating a recorded plan; the recipe's file
        stays as it is. Raises BadUsage for a budget that cannot be spent or a missing file."""
        recipe = self.recipe.with_budget(budget) if budget else self.recipe
        if plan:
            if not Path(plan).is_file():
                raise BadUsage(f"'{plan}' does not exist (looked in {Path.cwd()}).")
            recipe = recipe.with_plan(str(Path(plan).resolve()))
        return Project(self.root, recipe)

    @property
    def store(self) -> Store:
        return Store(self.root / "artifacts")

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.root / "ledger.db")

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def report_page(self) -> Path:
        """Where the report stage's page is published."""
        name = re.sub(r"[^\w. -]+", "-", self.recipe.name).strip(" .-")
        return self.reports / f"{name or 'report'}.html"

    def run(
        self,
        until: str | None = None,
        start: str | None = None,
        progress: Progress | None = None,
        announce: Callable[[str], None] = lambda _text: None,
        *,
        accept_changes: bool = False,
    ) -> list[Outcome]:
        """Do what is not done yet. Killed at any time, it can be called again.

        Raises DialectoError when files of a source with `changed: stop` are not what the corpus
        in use was made from, unless `accept_changes`. Of several processes that a launcher such
        as torchrun started, the first does all this; the others help it to train and return [].
        """
        _can_join(self.recipe)
        with joined() as party:
            if party and party.number:
                party.help()
                return []
            return self._run(until, start, progress, announce, accept_changes)

    def _run(
        self,
        until: str | None,
        start: str | None,
        progress: Progress | None,
        announce: Callable[[str], None],
        accept_changes: bool,
    ) -> list[Outcome]:
        refuse_expired(self.recipe, "nothing is made from it any more")
        self._note_changes(progress or SilentProgress(), accept_changes)
        around = Surroundings(
            self.root, self.store, self.ledger, progress or SilentProgress(), announce
        )
        outcomes = run_stages(self.recipe, around, until=until, start=start)
        self._publish(outcomes)
        return outcomes

    def _note_changes(self, progress: Progress, accept: bool) -> None:
        """Says which files have changed since the last corpus, to people and to the ledger."""
        changes = source_changes(self.recipe, self.root, self.store)
        if not accept:
            refuse_changes(changes)
        if not changes:
            return
        for one in changes:
            progress.note(f"warning: since the last corpus, {one.told()}")
        entry = {"accepted": accept, "sources": {one.source: one.entry() for one in changes}}
        if self.ledger.last("sources.changed") != entry:
            self.ledger.append("sources.changed", entry)

    def _publish(self, outcomes: list[Outcome]) -> None:
        """Copy the report and the corpus' cards to where people look for them."""
        for outcome in outcomes:
            folder = self.store.folder(outcome.stage, outcome.digest)
            pages = {"report": {"report.html": self.report_page}}
            pages["corpus"] = {
                name: self.reports / f"{self.report_page.stem}.{name}" for name in CARD_FILES
            }
            for name, published in pages.get(outcome.stage, {}).items():
                if not (folder / name).is_file():
                    continue
                data = (folder / name).read_bytes()
                if not published.is_file() or published.read_bytes() != data:
                    write_bytes(published, data)

    def status(self) -> dict[str, Any]:
        """State, digest, time and metrics of each stage."""
        running = is_running(self.root)
        stages: dict[str, Any] = {}
        for item in plan_stages(self.root, self.recipe, self.store):
            name = item.stage.name
            facts: dict[str, Any] = {
                "state": "missing",
                "digest": item.digest,
                "seconds": None,
                "metrics": {},
            }
            if item.done:
                facts.update({"state": "done", **stage_facts(item, self.store)})
            elif running and self.store.work(name, item.digest).is_dir():
                facts["state"] = "running"
            elif self.store.current(name):
                facts["state"] = "stale"
            stages[name] = facts
        page = str(self.report_page) if self.report_page.is_file() else None
        return {
            "project": self.recipe.name,
            "root": str(self.root),
            "stages": stages,
            "report": page,
        }

    def artefact(self, stage: str) -> Path:
        """The folder in use of a stage. Raises when it has not run."""
        digest = self.store.current(stage)
        if digest is None:
            raise DialectoError(f"the {stage} stage has not run yet; `dialecto run` does it")
        return self.store.folder(stage, digest)

    def model_folder(self) -> Path:
        """The best model there is: tuned if the recipe tunes, else pretrained."""
        return self.artefact("tune" if self.recipe.tunes else "pretrain") / "model"
