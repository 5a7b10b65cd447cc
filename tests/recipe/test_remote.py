"""Remote sources in the recipe: good ones pass, bad ones are told with their line."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from dialecto.recipe import load_recipe, source_names
from dialecto.recipe.columns import fill, template_columns
from dialecto.recipe.statements import single_select
from dialecto.runtime import RecipeError

SHA = "0123456789abcdef0123456789abcdef01234567"
GOOD = f"""
name: x
sources:
  - web: {{start: ["https://www.x.es/a"], private: ["10.0.0.7:80"]}}
  - sql: {{url: "sqlite:///d.db", query: "SELECT a FROM b"}}
  - hub: {{dataset: owner/cosas, revision: {SHA}}}
  - commoncrawl: {{crawl: CC-MAIN-2026-30, urls: ["boe.es/*"]}}
  - hub: {{dataset: otro/cosas, revision: {SHA}}}
    kind: conversations
"""


def errors(folder: Path, text: str) -> list[tuple[int, str, str]]:
    (folder / "dialecto.yaml").write_text("name: x\nsources:\n" + text, encoding="utf-8")
    with pytest.raises(RecipeError) as error:
        load_recipe(folder / "dialecto.yaml")
    return [(p.line, p.field, p.message + p.hint) for p in error.value.problems]


def test_every_kind(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "d.db").execute("CREATE TABLE b (a)").connection.close()
    (tmp_path / "dialecto.yaml").write_text(GOOD, encoding="utf-8")
    recipe = load_recipe(tmp_path / "dialecto.yaml")
    assert source_names(recipe.sources) == [
        "www.x.es",
        "sql",
        "cosas",
        "CC-MAIN-2026-30",
        "cosas-2",
    ]
    assert all(source.remote for source in recipe.sources)


@pytest.mark.parametrize(
    ("text", "line", "field", "says"),
    [
        ("  - owner: yo\n", 3, "sources.0", "give one of path, web, sql, hub, commoncrawl"),
        ("  - path: .\n    web: {start: ['http://x.es']}\n", 3, "sources.0", "has path and web"),
        ("  - web:\n      start: ['ftp://x.es']\n", 4, "sources.0.web.start", "http:// or https://"),
        ("  - web:\n      start: ['file:///etc/passwd']\n", 4, "sources.0.web.start", "http://"),
        ("  - web:\n      start: ['http://u:secreto@x.es']\n", 4, "sources.0.web.start",
         "password"),
        ("  - web:\n      start: ['http://x.es']\n      allow: ['http://x.es/']\n", 5,
         "sources.0.web.allow", "is not a host"),
        ("  - web:\n      start: ['http://x.es']\n      private: ['*.local']\n", 5,
         "sources.0.web.private", "name each host"),
        ("  - web:\n      start: ['http://x.es']\n      formats: [exe]\n", 5,
         "sources.0.web.formats.0", "html"),
        ("  - sql:\n      url: postgresql://u:secreto@h/d\n      table: t\n", 3, "sources.0.sql",
         "password_env: DB_PASSWORD"),
        ("  - sql:\n      url: postgresql://h/d?password=secreto\n      table: t\n", 3,
         "sources.0.sql", "password_env: DB_PASSWORD"),
        ("  - sql:\n      url: sqlite:///nada.db\n      table: t\n", 4, "sources.0.sql.url",
         "'nada.db' does not exist"),
        ("  - sql:\n      url_env: V\n      query: DELETE FROM t\n", 5, "sources.0.sql.query",
         "must be a SELECT"),
        ("  - sql:\n      url_env: V\n      query: SELECT 1; DROP TABLE t\n", 5,
         "sources.0.sql.query", "one statement"),
        ("  - sql: {url_env: V}\n", 3, "sources.0.sql", "one of `query` and `table`"),
        ("  - sql:\n      url_env: V\n      table: t\n      template: '{a.b}'\n", 6,
         "sources.0.sql.template", "may only name columns"),
        ("  - hub:\n      dataset: o/n\n      revision: main\n", 5, "sources.0.hub.revision",
         "HfApi().dataset_info"),
        ("  - commoncrawl: {crawl: CC-MAIN-2026-30}\n", 3, "sources.0.commoncrawl", "`urls` or"),
        ("  - commoncrawl:\n      crawl: CC-MAIN-2026-30\n      paths: ['../x']\n", 5,
         "sources.0.commoncrawl.paths", "is not a path inside"),
        ("  - web: {start: ['http://x.es']}\n    kind: conversations\n", 3, "sources.0",
         "`messages`"),
        ("  - web:\n      start: ['http://x.es']\n      dept: 3\n", 5, "sources.0.web.dept",
         "Did you mean `depth`"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(
    tmp_path: Path, text: str, line: int, field: str, says: str
) -> None:
    found = errors(tmp_path, text)
    assert len(found) == 1, found
    assert found[0][:2] == (line, field)
    assert says in found[0][2]
    assert "secreto" not in str(found)


def test_the_guides_recipes_are_right(tmp_path: Path) -> None:
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "sources.md"
    blocks = re.findall(r"```yaml\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        (tmp_path / "dialecto.yaml").write_text("name: x\n" + block, encoding="utf-8")
        assert load_recipe(tmp_path / "dialecto.yaml", sources=False).sources


def test_templates_name_columns_and_nothing_else() -> None:
    template = "{{x}} {título} y {a b}"
    assert template_columns(template) == ["título", "a b"]
    assert fill(template, {"título": "T", "a b": "{z}"}) == "{x} T y {z}"
    for bad in ("{}", "{0.x}", "{a[b]}", "{a!r}", "{a:>3}", "{a", "a}", "{a.__class__}", "{a:{b}}"):
        with pytest.raises(ValueError, match=r"template|name|braces"):
            template_columns(bad)


@pytest.mark.parametrize(
    "query",
    ["select 1", "(SELECT 1)", "WITH a AS (SELECT 1) SELECT * FROM a;", "-- x\nSELECT ';'",
     "/* ; */ SELECT 1 -- ;", 'SELECT ";" FROM t', "SELECT $$a;b$$", "SELECT 'it''s;'",
     "SELECT 'a' ; --'"],
)  # fmt: skip
def test_queries_that_pass(query: str) -> None:
    assert not single_select(query).endswith(";")


@pytest.mark.parametrize(
    "query",
    ["", "DROP TABLE a", "SELECT 1; SELECT 2", "ATTACH 'x' AS y", "PRAGMA x", "-- SELECT\nDELETE",
     "CALL f()", "EXPLAIN SELECT 1"],
)  # fmt: skip
def test_queries_that_do_not(query: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        single_select(query)
