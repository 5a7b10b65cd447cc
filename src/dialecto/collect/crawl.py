"""The crawler's own process: `python -m dialecto.collect.crawl JOB` (a JSON file).

Follows links from the first addresses and keeps the pages that may be kept; every other one is
told with its reason.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import CloseSpider, IgnoreRequest, StopDownload
from scrapy.linkextractors import IGNORED_EXTENSIONS, LinkExtractor
from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap

from dialecto.collect.child import begin_child, leave, tell
from dialecto.collect.crawl_middleware import is_of_the_house
from dialecto.collect.fence import Fence, make_fence
from dialecto.collect.formats import format_of, unwanted_endings
from dialecto.collect.guard import Guard
from dialecto.collect.optout import AGENT, no_follow, opt_out
from dialecto.collect.snapshot import DISK_FULL, Findings, disk_is_full
from dialecto.collect.warc import Page, PageStore
from dialecto.recipe import WebSource

_ROOM = "dialecto.collect.crawl_middleware"
_LINKS_FOR_A_PAGE = 200  # links that a crawl looks at for each page that it may keep
_SITEMAP_BYTES = 50_000_000  # sitemaps.org: 50 MB unpacked


class SiteSpider(scrapy.Spider):
    """Follows links from the first addresses, keeps pages, counts what it may not keep."""

    name = AGENT

    def __init__(self, section: WebSource, fence: Fence, guard: Guard, store: PageStore) -> None:
        super().__init__()
        self.section, self.fence, self.guard, self.store = section, fence, guard, store
        self.found = Findings()
        self.kept: set[str] = set()
        self.full = False
        self.error = ""
        self.asked = 0
        endings = unwanted_endings(IGNORED_EXTENSIONS, section.formats)
        # nofollow: links that say so are told apart below.
        self.links = LinkExtractor(deny_extensions=endings, unique=True)

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> SiteSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.look_at_headers, signals.headers_received)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        for url in self.section.start:
            yield self.request(url, 0)

    def request(self, url: str, hops: int) -> scrapy.Request:
        self.asked += 1
        if self.asked > _LINKS_FOR_A_PAGE * (self.section.pages + 10):
            self.stop("links")  # a calendar without an end, whose pages are not kept
        return scrapy.Request(url, self.parse, errback=self.failed, meta={"hops": hops})

    def sitemap_request(self, url: str) -> scrapy.Request:
        """A sitemap named by robots.txt or by another. It stands outside allowed paths."""
        return scrapy.Request(
            url,
            self.parse_sitemap,
            errback=self.failed,
            meta={"hops": 1, "house": True},
        )

    def refuse(self, url: str, reason: str, detail: str = "") -> None:
        self.found.refuse(url, reason, detail)

    def look_at_headers(self, headers: Any, request: Any, **_: Any) -> None:
        """Films and programs are not fetched to the end to find that they are no documents."""
        kind = headers.get("Content-Type", b"").decode("latin-1")
        wanted = is_of_the_house(request) or b"Location" in headers
        if not wanted and kind and format_of(kind, request.url) not in self.section.formats:
            self.refuse(request.url, "format", kind.partition(";")[0])
            request.meta["told"] = True
            raise StopDownload(fail=True)

    def parse(self, response: Any, **_: Any) -> Iterator[scrapy.Request]:
        if self.full or response.url in self.kept:
            return
        if response.status != 200:
            # A redirect that comes as far as this leads out of the web: file:, ftp:, data:.
            away = 300 <= response.status < 400 and b"Location" in response.headers
            self.refuse(response.url, "redirect_outside" if away else f"http_{response.status}")
            return
        kind = response.headers.get("Content-Type", b"").decode("latin-1")
        form = format_of(kind, response.url)
        if form not in self.section.formats:
            self.refuse(response.url, "format", kind.partition(";")[0])
            return
        headers = _texts(response.headers)
        text = response.text if form == "html" and hasattr(response, "text") else ""
        reason = opt_out(headers, text)
        if reason:
            self.refuse(response.url, reason)
        else:
            self.keep(response, form)
        hops = response.meta["hops"]
        if text and hops < self.section.depth and not no_follow(headers, text):
            yield from self.follow_links(response, hops + 1)

    def keep(self, response: Any, form: str) -> None:
        pairs = tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        )
        ip = str(response.ip_address or "")
        if response.url not in self.store and len(self.store) >= self.section.pages:
            self.stop("pages")  # a crawl that was stopped went another way
        try:
            self.store.add(Page(response.url, response.status, pairs, response.body, ip))
        except OSError as error:
            self.error = DISK_FULL if disk_is_full(error) else f"pages cannot be stored: {error}"
            self.stop("disk")
        self.kept.add(response.url)
        self.found.counts.update({"pages": 1, f"pages.{form}": 1})
        tell(1)
        if len(self.kept) >= self.section.pages:
            self.stop("pages")

    def stop(self, reason: str) -> None:
        self.full = True
        self.found.facts["stopped_by"] = reason
        raise CloseSpider(reason)

    def follow_links(self, response: Any, hops: int) -> Iterator[scrapy.Request]:
        for link in self.links.extract_links(response):
            if link.nofollow:
                self.found.counts["links.nofollow"] += 1
            elif self.fence.refusal(link.url):
                self.found.counts["links.outside"] += 1
            else:
                yield self.request(link.url, hops)

    def parse_sitemap(self, response: Any) -> Iterator[scrapy.Request]:
        try:
            body = response.body
            if body[:2] == b"\x1f\x8b":
                body = gunzip(body, max_size=_SITEMAP_BYTES)
            sitemap = Sitemap(body)
            entries = [str(entry["loc"]) for entry in sitemap if "loc" in entry]
        except Exception as error:  # gzip and lxml raise many; a broken sitemap costs only itself
            self.refuse(response.url, "sitemap", type(error).__name__)
            return
        for url in entries:
            if self.fence.refusal(url, any_path=sitemap.type == "sitemapindex"):
                self.found.counts["links.outside"] += 1
            elif sitemap.type == "sitemapindex":
                yield self.sitemap_request(url)
            else:
                yield self.request(url, 1)

    def failed(self, failure: Any) -> None:
        """A request that gave no answer; what the fence refused is told already."""
        request = failure.request
        if request.meta.get("told"):
            return
        refused = self.guard.refusal(request.url)
        if refused:
            self.refuse(request.url, refused)
            return
        name = type(failure.value).__name__
        known = {
            "CannotResolveHostError": "unreachable",
            "DownloadConnectionRefusedError": "unreachable",
            "DownloadTimeoutError": "timeout",
            "DownloadCancelledError": "too_large",
        }
        reason = known.get(name, "failed")
        if isinstance(failure.value, IgnoreRequest):
            reason = "redirects" if "redirect" in str(failure.value) else "too_large"
        self.refuse(request.url, reason, name)


def _texts(headers: Any) -> dict[str, list[str]]:
    return {
        name.decode("latin-1").lower(): [value.decode("latin-1") for value in values]
        for name, values in headers.items()
    }


def settings(section: WebSource, guard: Guard, agent: str, log: str) -> dict[str, Any]:
    """Scrapy's settings: polite, without caches, consoles, cookies or proxies."""
    return {
        "USER_AGENT": agent,
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": AGENT,
        "DIALECTO_GUARD": guard,
        "TWISTED_DNS_RESOLVER": "dialecto.collect.guard.GuardedResolver",
        "DOWNLOAD_DELAY": 1 / section.requests_per_second,
        "DOWNLOAD_DELAY_JITTER": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
        "DOWNLOAD_TIMEOUT": 60,
        "DOWNLOAD_MAXSIZE": int(section.max_megabytes * 1e6),
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        # Only the web: no data:, file:, ftp: or s3: whatever a page says.
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "HTTPERROR_ALLOW_ALL": True,
        "COOKIES_ENABLED": False,
        # A proxy would resolve names itself, out of the guard's sight.
        "HTTPPROXY_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "REFERER_ENABLED": False,
        "DEFAULT_REQUEST_HEADERS": {"Accept": "*/*"},
        # Near pages first, in the order of their links.
        "DEPTH_PRIORITY": 1,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            f"{_ROOM}.FenceMiddleware": 50,
            f"{_ROOM}.RobotsMiddleware": 100,
            f"{_ROOM}.StoredMiddleware": 900,
        },
        "LOG_FILE": log,
        "LOG_LEVEL": "INFO",
    }


def main(task_file: str) -> None:
    """Crawl as the task says and leave what was found."""
    task = begin_child(task_file)
    section = WebSource.model_validate(task["section"])
    fence = make_fence(section.start, section.allow, section.private)
    guard = Guard(fence)
    store = PageStore(Path(task["files"]), task["agent"])
    process = CrawlerProcess(settings(section, guard, task["agent"], task["log"]))
    crawler = process.create_crawler(SiteSpider)
    process.crawl(crawler, section=section, fence=fence, guard=guard, store=store)
    guard.watch_sockets()
    process.start()
    spider: Any = crawler.spider
    spider.found.facts["requests"] = crawler.stats.get_value("downloader/request_count", 0)
    spider.found.facts["finish_reason"] = crawler.stats.get_value("finish_reason")
    leave(task, spider.found, spider.error)


if __name__ == "__main__":
    main(sys.argv[1])
