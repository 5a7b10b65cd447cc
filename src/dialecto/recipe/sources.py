"""Where the documents come from and on what terms they may be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from dialecto.recipe.base import NOT_IN_DIGEST, DateText, Section
from dialecto.recipe.remote import (
    REMOTE_KINDS,
    CommonCrawlSource,
    HubSource,
    Remote,
    SqlSource,
    WebSource,
)

TERMS = ("owner", "licence", "purpose", "retention", "sensitivity")


class Source(Section):
    """Documents, or conversations to tune on: a folder or file (`path`), or one of `web`,
    `sql`, `hub` and `commoncrawl`, of which the collect stage takes a snapshot."""

    path: str = Field(
        "",
        min_length=1,
        validate_default=False,
        description="Folder or file, relative to the recipe.",
    )
    web: WebSource | None = Field(None, description="A web site.")
    sql: SqlSource | None = Field(None, description="A database.")
    hub: HubSource | None = Field(None, description="A data set of the Hugging Face hub.")
    commoncrawl: CommonCrawlSource | None = Field(None, description="Pages of Common Crawl.")
    name: str = Field(
        "", description="Short name in reports; the folder's, host's or data set's if empty."
    )
    kind: Literal["documents", "conversations"] = Field(
        "documents",
        description="`documents` are pretrained on; `conversations` are JSONL files with "
        "`messages` (role, content) for the tune stage.",
    )
    exclude: list[str] = Field(
        [],
        description="Glob patterns, relative to the path, to leave out; also of archives' members.",
    )
    owner: str = Field("", description="Who answers for this data.")
    licence: str = Field("", description="Licence or legal basis for its use.")
    purpose: str = Field("", description="What the data was collected for.")
    retention: DateText = Field(
        "",
        description="Date (YYYY-MM-DD) after which it must be forgotten; from then on the corpus "
        "is not made with it.",
    )
    sensitivity: Literal["", "public", "internal", "confidential", "health", "special"] = Field(
        "",
        description="How much harm a leak would do; `special`: other special categories of "
        "GDPR article 9 (beliefs, origin, biometric data...).",
    )
    origin: Literal["", "own", "public", "licensed", "crawled", "user", "synthetic", "other"] = (
        Field(
            "",
            description="How it was come by, for the public summary of training content; "
            "empty: `own` for a folder or a database, else `crawled` or `public`.",
        )
    )

    changed: Literal["", "accept", "stop"] = Field(
        "",
        description="When its files are not what the last corpus was made from: `accept` warns "
        "and notes it, `stop` refuses until `dialecto run --accept-changes`; empty: as "
        "`corpus.changed`.",
        json_schema_extra=NOT_IN_DIGEST,
    )

    @field_validator("retention")
    @classmethod
    def _retention_is_a_date(cls, value: str) -> str:
        if value:
            try:
                date = datetime.strptime(value, "%Y-%m-%d")
            except ValueError:
                raise ValueError("must be a date as 2030-12-31") from None
            value = date.strftime("%Y-%m-%d")
        return value

    @property
    def terms(self) -> dict[str, str]:
        """What was declared about the data, by field; empty where nothing was."""
        return {name: str(getattr(self, name)) for name in TERMS}

    @property
    def come_by(self) -> str:
        """The origin, declared or as its kind tells."""
        if self.origin:
            return self.origin
        return "crawled" if self.web or self.commoncrawl else "public" if self.hub else "own"

    @property
    def missing_terms(self) -> list[str]:
        return [name for name, value in self.terms.items() if not value.strip()]

    @model_validator(mode="after")
    def _from_one_place(self) -> Source:
        given = [kind for kind in ("path", *REMOTE_KINDS) if getattr(self, kind)]
        if len(given) != 1:
            what = f"has {' and '.join(given)}" if given else "says not where it comes from"
            raise ValueError(f"{what}: give one of path, {', '.join(REMOTE_KINDS)}")
        if self.kind == "conversations" and not (self.path or self.hub):
            raise ValueError("`kind: conversations` needs files with `messages`: `path` or `hub`")
        return self

    @property
    def remote(self) -> bool:
        """Whether the collect stage has to fetch it."""
        return not self.path

    def asked(self, name: str) -> Remote:
        """What the collect stage is asked for: without the terms, which fetch nothing."""
        return Remote(name=name, **{kind: getattr(self, kind) for kind in REMOTE_KINDS})


def source_names(sources: Sequence[Source]) -> list[str]:
    """One distinct name for each source: its own, or that of the place it comes from."""
    names: list[str] = []
    for source in sources:
        wanted = source.name or _place(source) or "source"
        name, number = wanted, 2
        while name in names:
            name, number = f"{wanted}-{number}", number + 1
        names.append(name)
    return names


def _place(source: Source) -> str:
    if source.web:
        return urlsplit(source.web.start[0]).hostname or ""
    if source.sql:
        return source.sql.table or "sql"
    if source.hub:
        return source.hub.dataset.rpartition("/")[2]
    if source.commoncrawl:
        return source.commoncrawl.crawl
    return Path(source.path).name
