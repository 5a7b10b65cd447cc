"""The whole recipe: one file that says what a project is made of and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from dialecto.recipe.base import Section
from dialecto.recipe.corpus import CorpusSection
from dialecto.recipe.evaluate import EvaluateSection
from dialecto.recipe.pretrain import PretrainSection
from dialecto.recipe.quantities import parse_seconds
from dialecto.recipe.report import ReportSection
from dialecto.recipe.serve import ServeSection
from dialecto.recipe.sources import Source
from dialecto.recipe.tokenizer import TokenizerSection
from dialecto.recipe.tune import TuneSection

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
    budget: str = Field("10m", description="Time to train in, such as `10m`, `2h`: the one dial.")
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
    def _budget_is_a_duration(cls, value: str) -> str:
        parse_seconds(value)
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
    def pretrain_seconds(self) -> float:
        return parse_seconds(self.budget) * ((1 - TUNE_SHARE) if self.tunes else 1.0)

    @property
    def tune_seconds(self) -> float:
        return parse_seconds(self.budget) * TUNE_SHARE if self.tunes else 0.0
