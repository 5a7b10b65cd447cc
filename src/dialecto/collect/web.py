"""A site's pages as WARC files, fetched by Scrapy in a process of its own."""

from __future__ import annotations

from importlib.util import find_spec
from urllib.parse import urlsplit

from dialecto import __version__
from dialecto.collect.child import run_child
from dialecto.collect.snapshot import Findings, Job
from dialecto.recipe import WebSource


def collect_web(job: Job, section: WebSource) -> Findings:
    """Crawls from `start`. Pages that are in the WARC files already are not fetched again."""
    if find_spec("scrapy") is None:
        raise job.fail("reading web sites needs Scrapy. Install it: pip install 'dialecto[web]'")
    task = {"section": section.model_dump(mode="json"), "agent": f"dialecto/{__version__}"}
    # Hosts, not addresses: those can hold what is nobody's business, and a ledger forgets nothing.
    hosts = list(dict.fromkeys(urlsplit(url).netloc for url in section.start))
    job.record("collect.open", {"source": job.name, "hosts": hosts})
    job.progress.begin(f"collect: {job.name}", section.pages, "pages")
    try:
        return run_child(job, "dialecto.collect.crawl", task)
    finally:
        job.progress.end()
