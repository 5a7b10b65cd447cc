"""A database's rows as documents, read through SQLAlchemy, streamed, never written to.

With an `id` column the rows are read in its order, so that no id comes twice and a collection
that was stopped goes on after the last part on disk; without one it begins again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dialecto.collect.columns import context_of
from dialecto.collect.rows import RECORD_ID, check_columns, row_text, write_parts
from dialecto.collect.snapshot import Findings, Job
from dialecto.recipe import SqlSource, single_select
from dialecto.runtime import DialectoError
from dialecto.runtime.files import read_json, remove_tree, write_json

_BATCH = 1000
# How to say "reading only" to databases that know it and are not opened so by an option.
_READ_ONLY = {
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}


def collect_sql(job: Job, section: SqlSource) -> Findings:
    """One record for each row. Raises DialectoError when the database cannot be read."""
    with _errors(job), _connection(job, section) as connection:
        return _collect(job, section, connection)


def _collect(job: Job, section: SqlSource, connection: Any) -> Findings:
    columns = _columns(job, section, connection)
    state = job.state / "rows.json"
    done = read_json(state) if section.id and state.is_file() else None
    if done is None:
        remove_tree(job.files)
        done = {"parts": 0, "rows": 0, "last": None}
    records = _records(job, section, connection, columns, done["last"])
    job.progress.begin(f"collect: {job.name}", None, "rows")
    try:
        for part in write_parts(records, job.files, done["parts"]):
            done = {"parts": done["parts"] + 1, "rows": done["rows"] + part.rows, "last": part.last}
            if isinstance(part.last, int | str):  # of another type: begin again after a kill
                write_json(state, done)
            job.progress.advance(part.rows)
    finally:
        job.progress.end()
    found = Findings(facts={"columns": columns})
    found.counts["rows"] = done["rows"]
    return found


def _columns(job: Job, section: SqlSource, connection: Any) -> list[str]:
    """The query's columns, asked for before any row. Raises DialectoError for wrong names."""
    import sqlalchemy as sa

    none = sa.select(sa.text("*")).select_from(_rows_of(section)).where(sa.text("1 = 0"))
    columns = list(connection.execute(none).keys())
    try:
        check_columns(section.template, columns)
    except ValueError as error:
        raise job.fail(str(error)) from None
    if section.id and section.id not in columns:
        raise job.fail(f"there is no column `{section.id}` (`id`). Columns: {', '.join(columns)}.")
    return columns


def _records(
    job: Job, section: SqlSource, connection: Any, columns: list[str], last: Any
) -> Iterator[tuple[Any, dict[str, str]]]:
    """(id, record) of each row after `last`, in the order of ids if there is one."""
    import sqlalchemy as sa

    query = sa.select(sa.text("*")).select_from(_rows_of(section))
    if section.id:
        column: Any = sa.column(section.id)
        query = query.order_by(column)
        if last is not None:
            # A row without an id must not slip through where NULLs come last.
            query = query.where(sa.or_(column > last, column.is_(None)))
    with connection.execution_options(yield_per=_BATCH).execute(query) as result:
        for values in result:
            row = dict(zip(columns, values, strict=True))
            text = row_text(row, section.template, section.id)
            record = {**context_of(row), "text": text}
            key = None
            if section.id:
                key = _distinct(job, section.id, row[section.id], last)
                record[RECORD_ID] = str(key)
                last = key
            yield key, record


def _distinct(job: Job, column: str, key: Any, last: Any) -> Any:
    if key is None:
        raise job.fail(f"a row has no `{column}` (`id`). Leave such rows out of the query.")
    if key == last:
        raise job.fail(
            f"`{column}` (`id`) does not tell rows apart: one value is there twice. Name another "
            "column, or none."
        )
    return key


def _rows_of(section: SqlSource) -> Any:
    """The query or table as something to select from."""
    import sqlalchemy as sa

    if section.table:
        schema, _, table = section.table.rpartition(".")
        return sa.table(table, schema=schema or None)
    # A colon would be a parameter; a comment must not hide the parenthesis.
    query = single_select(section.query).replace(":", r"\:")
    return sa.text(f"(\n{query}\n) AS dialecto_rows")


@contextmanager
def _connection(job: Job, section: SqlSource) -> Iterator[Any]:
    """A connection that only reads; what was done is rolled back whatever happens."""
    import sqlalchemy as sa

    engine = _engine(job, section)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            elif engine.dialect.name in _READ_ONLY:
                connection.execute(sa.text(_READ_ONLY[engine.dialect.name]))
            job.record("collect.open", {"source": job.name, "database": _shown(engine.url)})
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


def _shown(url: Any) -> str:
    """Where the database is, without a password or options."""
    return str(url.set(password=None, query={}).render_as_string(hide_password=True))


def _engine(job: Job, section: SqlSource) -> Any:
    import sqlalchemy as sa
    from sqlalchemy.pool import NullPool

    try:
        url = sa.make_url(section.url or _environment(job, section.url_env, "url_env"))
    except sa.exc.ArgumentError:  # its message holds the address, which may hold a password
        raise job.fail("the address of the database is not one that SQLAlchemy reads.") from None
    if url.get_backend_name() == "sqlite":
        file = sqlite_file(str(url.database or ""), job.root)
        if not file.is_file():
            raise job.fail(f"there is no database at {file}.")
        # The address goes to the ledger; the connection is made by hand, for reading only.
        return sa.create_engine(
            sa.URL.create("sqlite", database=str(file)),
            creator=lambda: _open_sqlite(file),
            poolclass=NullPool,
            hide_parameters=True,
        )
    if section.password_env:
        url = url.set(password=_environment(job, section.password_env, "password_env"))
    return sa.create_engine(url, poolclass=NullPool, hide_parameters=True)


def sqlite_file(database: str, root: Path) -> Path:
    """The file of a SQLite address, which is relative to the recipe."""
    return (root / database).resolve() if database else root / "(no file)"


def _open_sqlite(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")
    # One value that is not UTF-8 must not cost the whole table.
    connection.text_factory = _decoded
    return connection


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def _environment(job: Job, variable: str, field: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise job.fail(
            f"the environment variable {variable} (`{field}`) is not set. Set it and run again."
        )
    return value


@contextmanager
def _errors(job: Job) -> Iterator[None]:
    """The database's errors in words, without the statement, its values or a password."""
    try:
        import sqlalchemy as sa
    except ModuleNotFoundError:
        raise job.fail(
            "reading databases needs SQLAlchemy. Install it: pip install 'dialecto[sql]'"
        ) from None
    try:
        yield
    except DialectoError:
        raise
    except ImportError as error:
        raise job.fail(
            f"its driver '{error.name}' is not installed. PostgreSQL's comes with "
            "pip install 'dialecto[sql]'"
        ) from None
    except sa.exc.NoSuchModuleError as error:
        raise job.fail(f"{error}. The driver's name stands before `://`.") from None
    except sa.exc.DBAPIError as error:
        raise job.fail(f"the database says: {_said(error)}") from None
    except sa.exc.SQLAlchemyError as error:
        raise job.fail(f"{type(error).__name__} while reading the database.") from None


def _said(error: Any) -> str:
    """The first line of a message about the statement or the connection. Messages about values
    (`invalid input syntax: "..."`) hold them, so only their kind is told."""
    kind = type(error).__name__
    if kind in ("OperationalError", "ProgrammingError", "InterfaceError", "InternalError"):
        lines = str(error.orig).strip().splitlines()
        return lines[0][:300] if lines else kind
    return kind
