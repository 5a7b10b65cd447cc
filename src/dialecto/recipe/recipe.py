"""The whole recipe: one file that says what a project is made of and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from dialecto.recipe.base import Section
from dialecto.recipe.budget import Budget, MachineSection, parse_budget
from dialecto.recipe.corpus import CorpusSection
from dialecto.recipe.evaluate import EvaluateSection
from dialecto.recipe.pretrain import PretrainSection
from dialecto.recipe.report import ReportSection
from dialecto.recipe.serve import ServeSection
from dialecto.recipe.sources import Source
from dialecto.recipe.tokenizer import TokenizerSection
from dialecto.recipe.tune import TuneSection
from dialecto.runtime import BadUsage

# Of a chat project's budget, the part that teaches it to answer.
TUNE_SHARE = 0.2


class Recipe(Section):
    """`dialecto.yaml`. Only `name` and `sources` are needed."""

    name: str = Field(min_length=1, description="The project's name; also the served model's.")
    lang: Literal["es", "en"] = Field(
        "es", description="Language of reports and pages, and of the documents unless said."
    )
    objective: Literal["chat", "text"] = Field(
        "chat", description="`chat`: answers questions; `text`: continues text."
    )
    machine: MachineSection = Field(
        MachineSection(), description="Watts and prices, for a budget in energy or money."
    )
    budget: str = Field(
        "10m",
        description="The one dial, what training may take: time (`10m`, `2h`), energy (`3kWh`), "
        "money (`50eur`) or arithmetic (`2e18flops`).",
    )
    seed: int = Field(42, ge=0, description="Everything random follows from it.")
    policy: Literal["warn", "strict"] = Field(
        "warn",
        description="When a source lacks owner, licence, purpose, retention or sensitivity: "
        "`warn` says so, `strict` refuses the recipe.",
    )
    sources: list[Source] = Field(min_length=1, description="Where the documents come from.")
    corpus: CorpusSection = Field(CorpusSection(), description="How documents are curated.")
    tokenizer: TokenizerSection = Field(TokenizerSection(), description="The vocabulary.")
    pretrain: PretrainSection = Field(PretrainSection(), description="Training from scratch.")
    tune: TuneSection = Field(TuneSection(), description="Learning to answer.")
    evaluate: EvaluateSection = Field(EvaluateSection(), description="Measuring the model.")
    report: ReportSection = Field(ReportSection(), description="The page people read.")
    serve: ServeSection = Field(ServeSection(), description="The local server.")

    @field_validator("budget")
    @classmethod
    def _budget_can_be_spent(cls, value: str, info: ValidationInfo) -> str:
        machine = info.data.get("machine")
        missing = parse_budget(value).missing(machine) if machine else ""
        if missing:
            raise ValueError(missing)
        return value

    @field_validator("pretrain")
    @classmethod
    def _folds_are_dealt(cls, value: PretrainSection, info: ValidationInfo) -> PretrainSection:
        corpus = info.data.get("corpus")
        if value.cross_validation and corpus and not corpus.split.folds:
            raise ValueError("`cross_validation` needs folds: set `corpus.split.folds: 5`")
        return value

    @field_validator("name")
    @classmethod
    def _name_can_be_shown(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError("must have letters and no control characters")
        return value

    @property
    def tunes(self) -> bool:
        """A chat project with conversations has a tune stage that does work."""
        return self.objective == "chat" and any(s.kind == "conversations" for s in self.sources)

    @property
    def pretrain_budget(self) -> Budget:
        return parse_budget(self.budget).share(1 - TUNE_SHARE if self.tunes else 1.0)

    @property
    def tune_budget(self) -> Budget:
        """Asked for only where there is something to tune."""
        return parse_budget(self.budget).share(TUNE_SHARE)

    def with_budget(self, budget: str) -> Recipe:
        """The same recipe with another budget. Raises BadUsage when it cannot be spent."""
        try:
            missing = parse_budget(budget).missing(self.machine)
        except ValueError as error:
            raise BadUsage(f"--budget: {error}.") from error
        if missing:
            raise BadUsage(f"--budget: {missing}.")
        return self.model_copy(update={"budget": budget})

    def with_plan(self, plan: str) -> Recipe:
        """The same recipe repeating a recorded plan."""
        section = self.pretrain.model_copy(update={"plan": plan})
        return self.model_copy(update={"pretrain": section})
