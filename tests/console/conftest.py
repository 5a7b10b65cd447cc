"""A server with the console in its own process, and a real Chromium to look at it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dialecto.project import Project
from tests.tiny_model import make_project, save_tiny_model

# Each step slowed, so that a person, or a test, has the time to press a button.
START = """
import sys, time
from dialecto.cli.main import main
from dialecto.serving.transformers_engine import TransformersEngine
step, pause = TransformersEngine._forward, float(sys.argv.pop(1))
def slow(*arguments):
    time.sleep(pause)
    return step(*arguments)
TransformersEngine._forward = slow
main()
"""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Served:
    url: str
    key: str
    link: str
    project: Project

    def answers(self) -> list[dict[str, object]]:
        """What the ledger knows of the page's answers."""
        entries = [entry.as_dict() for entry in self.project.ledger.entries()]
        requests = [e["facts"] for e in entries if e["action"] == "serve.request"]
        return [facts for facts in requests if facts["method"] == "CONSOLE"]


@contextmanager
def served(
    folder: Path, lang: str, objective: str = "chat", pause: float = 0.0
) -> Iterator[Served]:
    project = make_project(
        folder / "project",
        save_tiny_model(folder / "model"),
        lang=lang,
        objective=objective,
        name="Valdelaguna",
    )
    words = ("serve", "--project", str(project), "--port", "0", "--json")
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(pause), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        start = json.loads(process.stdout.readline())
        yield Served(start["url"], start["key"], start["link"], Project.open(project))
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("es"), "es", pause=0.02) as started:
        yield started


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("en"), "en", objective="text") as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    named = os.environ.get("CHROMIUM", "")
    executable = named or shutil.which("chromium") or shutil.which("chromium-browser")
    if not executable:
        pytest.skip("no Chromium on this machine: install it, or name it in $CHROMIUM")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()
