"""Sources that are not folders: a site, a database, a data set of the hub, Common Crawl.

The collect stage takes a snapshot of each; what is said here is all that may be asked of the
network. Passwords and tokens come from the environment, never from the recipe.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, field_validator, model_validator

from dialecto.recipe.base import NOT_IN_DIGEST, Section
from dialecto.recipe.columns import template_columns
from dialecto.recipe.statements import single_select

WebFormat = Literal[
    "html", "txt", "md", "pdf", "docx", "pptx", "xlsx", "odt", "epub", "rtf", "csv", "json", "xml"
]
_HOST = re.compile(r"(\*\.)?([\w-]+(\.[\w-]+)*\.?|\[[0-9a-fA-F:.]+\])(:\d{1,5})?", re.ASCII)
_SECRET_FIELDS = frozenset({"password", "passwd", "pwd", "sslpassword", "token"})
_ENVIRONMENT = r"^([A-Za-z_][A-Za-z0-9_]*)?$"


class WebSource(Section):
    """A site of your own, or one that lets itself be read: pages are fetched politely."""

    start: list[str] = Field(min_length=1, description="Addresses (http, https) to begin at.")
    allow: list[str] = Field(
        [],
        description="Hosts (`www.x.es`, `*.x.es`, `x.es:8080`) or hosts with the beginning of a "
        "path (`x.es/docs/`) that may be read; empty: the hosts of `start`.",
    )
    private: list[str] = Field(
        [],
        description="Hosts, or `host:port`, that may be read though their addresses are private "
        "(intranet, loopback); all others are refused.",
    )
    depth: int = Field(10, ge=0, description="Links to follow from `start`; 0: only those pages.")
    pages: int = Field(10_000, ge=1, description="Documents to keep at most.")
    requests_per_second: float = Field(
        1.0, gt=0, description="To each host, at most.", json_schema_extra=NOT_IN_DIGEST
    )
    max_megabytes: float = Field(20.0, gt=0, description="A longer answer is left out.")
    formats: list[WebFormat] = Field(
        ["html", "txt", "md", "pdf", "docx", "pptx", "odt", "epub", "rtf"],
        min_length=1,
        description="Kinds of documents to keep.",
    )

    @field_validator("start")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"'{url}' is not an address that begins with http:// or https://")
            if parts.username is not None or parts.password is not None:
                raise ValueError("has an address with a user or a password in it")
        return value

    @field_validator("allow", "private")
    @classmethod
    def _hosts(cls, value: list[str]) -> list[str]:
        for item in value:
            host = item.partition("/")[0]
            if not _HOST.fullmatch(host) or "://" in item:
                raise ValueError(f"'{item}' is not a host (`www.x.es`, `10.0.0.7:8080`, `[::1]`)")
        return value

    @field_validator("private")
    @classmethod
    def _by_name(cls, value: list[str]) -> list[str]:
        for item in value:
            if "/" in item or "*" in item:
                raise ValueError(f"'{item}': name each host, without a path or `*`")
        return value


class SqlSource(Section):
    """A database: one row of a query or a table is one document. It is only read."""

    url: str = Field(
        "",
        description="SQLAlchemy address without a password: `sqlite:///data.db` (relative to the "
        "recipe), `postgresql+psycopg://user@host/db`.",
    )
    url_env: str = Field(
        "", pattern=_ENVIRONMENT, description="Environment variable with the address, instead."
    )
    password_env: str = Field(
        "", pattern=_ENVIRONMENT, description="Environment variable with the password."
    )
    query: str = Field("", description="One SELECT (or WITH ... SELECT).")
    table: str = Field("", description="A table or view (`schema.table`), instead of a query.")
    template: str = Field(
        "",
        description="A document of a row: `{titulo}\\n\\n{cuerpo}`; empty: `column: value` lines.",
    )
    id: str = Field(
        "",
        description="Column that tells rows apart. It names the documents, and a collection that "
        "was stopped goes on where it was.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> SqlSource:
        # On the whole section, because an error on a field would show its value.
        if bool(self.url) == bool(self.url_env):
            raise ValueError("needs one of `url` and `url_env`")
        parts = urlsplit(self.url)
        secret = {name.lower() for name, _ in parse_qsl(parts.query)} & _SECRET_FIELDS
        if parts.password is not None or secret:
            raise ValueError(
                "`url` has a password in it, and recipes are shared: take it out and name an "
                "environment variable that holds it, `password_env: DB_PASSWORD`"
            )
        if bool(self.query) == bool(self.table):
            raise ValueError("needs one of `query` and `table`")
        return self

    @property
    def file(self) -> str:
        """The SQLite file of `url`, empty for other databases."""
        scheme, mark, rest = self.url.partition(":///")
        return rest.partition("?")[0] if mark and scheme.partition("+")[0] == "sqlite" else ""

    @field_validator("query")
    @classmethod
    def _only_reads(cls, value: str) -> str:
        if value:
            single_select(value)
        return value

    @field_validator("template")
    @classmethod
    def _is_template(cls, value: str) -> str:
        template_columns(value)
        return value


class HubSource(Section):
    """A data set of the Hugging Face hub at one revision. Its scripts are never run."""

    dataset: str = Field(
        pattern=r"^[\w.-]+/[\w.-]+$", description="`owner/name`; a token, if needed, in HF_TOKEN."
    )
    revision: str = Field(description="The full commit (40 hexadecimal digits).")
    files: list[str] = Field(
        [], description="Patterns of files to take (`data/es/*.jsonl.zst`); empty: all data files."
    )
    text: str = Field(
        "",
        description="Column with the text, or a template of columns (`{title}\\n\\n{body}`); "
        "empty: the files are kept as they are.",
    )
    limit: int = Field(0, ge=0, description="Documents to take at most; 0: all.")

    @field_validator("revision")
    @classmethod
    def _is_a_commit(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9a-f]{40}", value):
            raise ValueError(
                "must be a full commit of 40 hexadecimal digits, because a branch or a tag can "
                "change under you. It is on the data set's page under `Files`, `History`, or: "
                'python -c "from huggingface_hub import HfApi; print(HfApi().dataset_info('
                "'owner/name').sha)\""
            )
        return value

    @field_validator("text")
    @classmethod
    def _is_template(cls, value: str) -> str:
        if "{" in value:
            template_columns(value)
        return value


class CommonCrawlSource(Section):
    """Pages of Common Crawl: whole files of a crawl, or the captures of some addresses."""

    crawl: str = Field(pattern=r"^CC-[A-Z]+-\d{4}(-\d{2})*$", description="`CC-MAIN-2026-30`.")
    urls: list[str] = Field(
        [], description="Addresses to look up in the crawl's index: `boe.es/*`, `*.unam.mx`."
    )
    paths: list[str] = Field(
        [], description="WARC or WET files of the crawl; `*` and `?` are looked up in its lists."
    )
    limit: int = Field(1000, ge=1, description="Captures, and files, to take at most.")
    base: str = Field("https://data.commoncrawl.org", description="Where the files are.")
    index: str = Field("https://index.commoncrawl.org", description="Where the index is.")

    @model_validator(mode="after")
    def _something(self) -> CommonCrawlSource:
        if not self.urls and not self.paths:
            raise ValueError("needs `urls` or `paths`")
        return self

    @field_validator("base", "index")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.password:
            raise ValueError("must be an address that begins with http:// or https://")
        return value.rstrip("/")

    @field_validator("paths")
    @classmethod
    def _inside(cls, value: list[str]) -> list[str]:
        for path in value:
            if "://" in path or path.startswith("/") or ".." in path.split("/"):
                raise ValueError(f"'{path}' is not a path inside Common Crawl's data")
        return value


class Remote(Section):
    """What the collect stage is asked for: a source's name and where it comes from."""

    name: str
    web: WebSource | None = None
    sql: SqlSource | None = None
    hub: HubSource | None = None
    commoncrawl: CommonCrawlSource | None = None


REMOTE_KINDS = ("web", "sql", "hub", "commoncrawl")
