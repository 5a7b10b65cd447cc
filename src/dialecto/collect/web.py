"""A site's pages as WARC files: starts the crawler's process and listens to it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from dialecto import __version__
from dialecto.collect.snapshot import Findings, Job
from dialecto.recipe import WebSource
from dialecto.runtime.files import read_json, write_json


def collect_web(job: Job, section: WebSource) -> Findings:
    """Crawls from `start`. Pages that are in the WARC files already are not fetched again."""
    if find_spec("scrapy") is None:
        raise job.fail("reading web sites needs Scrapy. Install it: pip install 'dialecto[web]'")
    result, log = job.state / "result.json", _log(job)
    result.unlink(missing_ok=True)
    task = job.state / "job.json"
    write_json(
        task,
        {
            "section": section.model_dump(mode="json"),
            "files": str(job.files.resolve()),
            "result": str(result.resolve()),
            "log": str(log),
            "agent": f"dialecto/{__version__}",
        },
    )
    job.progress.begin(f"collect: {job.name}", section.pages, "pages")
    # A session of its own: Ctrl-C is for us, and its standard input ends when we do.
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "dialecto.collect.crawl", str(task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            start_new_session=True,
        )
    try:
        for line in process.stdout or ():
            job.progress.advance(json.loads(line)["pages"])
        code = process.wait()
    finally:
        process.kill()
        process.communicate()
        job.progress.end()
    if code != 0 or not result.is_file():
        raise job.fail(f"the crawler ended too early (code {code}). What it said is in {log}.")
    told = read_json(result)
    return Findings(
        Counter(told["counts"]), Counter(told["refused"]), told["listed"], told["facts"]
    )


def _log(job: Job) -> Path:
    """In the project's own hidden folder: it is no document and no part of the snapshot."""
    folder = job.root.resolve() / ".cache"
    folder.mkdir(exist_ok=True)
    return folder / f"collect-{job.folder.name}.log"
