"""What every request of a crawl passes, robots.txt and redirects too: the fence, the site's
rules, and the pages that an earlier, stopped crawl has stored."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.responsetypes import responsetypes
from scrapy.utils.httpobj import urlparse_cached

from dialecto.collect.optout import AGENT, TDM_FILE, tdm_reserved, tdm_rules

_NOTHING_ALLOWED = b"User-agent: *\nDisallow: /\n"
_LONGEST_DELAY = 60.0  # seconds that a Crawl-delay may ask for; more would never end


def is_of_the_house(request: Any) -> bool:
    """robots.txt, tdmrep.json and sitemaps: asked for whatever paths are allowed."""
    return bool(request.meta.get("house") or request.meta.get("dont_obey_robotstxt"))


class FenceMiddleware:
    """Refuses addresses outside the recipe's, where pages and redirects lead to."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> FenceMiddleware:
        return cls(crawler)

    def process_request(self, request: Any) -> None:
        spider = self.crawler.spider
        reason = spider.fence.refusal(request.url, any_path=is_of_the_house(request))
        reason = reason or spider.guard.refusal(request.url)
        if not reason:
            return
        if request.meta.get("dont_obey_robotstxt"):  # the page that waits for it is told of
            raise IgnoreRequest(reason)
        came_from = request.meta.get("redirect_urls")
        if came_from and reason in ("outside", "scheme", "address"):
            spider.refuse(came_from[0], "redirect_outside", request.url)
        else:
            spider.refuse(request.url, reason)
        request.meta["told"] = True
        raise IgnoreRequest(reason)


class RobotsMiddleware(RobotsTxtMiddleware):
    """robots.txt as RFC 9309 has it, its Crawl-delay and sitemaps, and tdmrep.json beside it.

    A robots.txt that cannot be had (5xx, no connection) forbids everything; one that is not
    there (4xx) forbids nothing.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self.tdm: dict[str, list[tuple[str, bool]]] = {}
        self.unreachable: dict[str, str] = {}  # netloc: reason

    async def process_request(self, request: Any, spider: Any = None) -> None:  # noqa: ARG002
        place = urlparse_cached(request)
        try:
            await super().process_request(request)
        except IgnoreRequest:
            refused = self._site.guard.refusal(request.url)
            self._refuse(request, refused or self.unreachable.get(place.netloc, "robots"))
        if tdm_reserved(self.tdm.get(place.netloc, []), request.url):
            self._refuse(request, "tdm_reservation")

    @property
    def _site(self) -> Any:
        return self.crawler.spider

    def _refuse(self, request: Any, reason: str) -> None:
        self._site.refuse(request.url, reason)
        request.meta["told"] = True
        raise IgnoreRequest(reason)

    async def _parse_robots(self, response: Any, netloc: str, request: Any) -> None:
        if response.status >= 500 or response.status == 429:
            response = response.replace(body=_NOTHING_ALLOWED)
            self.unreachable[netloc] = "robots_unreachable"
        elif response.status >= 400:
            response = response.replace(body=b"")
        if netloc not in self.unreachable:  # before the page that waits for robots.txt goes on
            await self._ask_for_tdm(netloc, request)
        await super()._parse_robots(response, netloc, request)
        parser: Any = self._parsers[netloc]
        self._slow_down(response, parser.crawl_delay(AGENT))
        for url in parser.rp.sitemaps if self._site.section.depth else ():
            if self.crawler.engine and not self._site.fence.refusal(url, any_path=True):
                self.crawler.engine.crawl(self._site.sitemap_request(url))

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        bad = "certificate" in str(exc).lower()
        self.unreachable[netloc] = "certificate" if bad else "robots_unreachable"
        waiting: Any = self._parsers[netloc]
        strict: Any = self._parserimpl
        self._parsers[netloc] = strict.from_crawler(self.crawler, _NOTHING_ALLOWED)
        waiting.callback(self._parsers[netloc])

    async def _ask_for_tdm(self, netloc: str, request: Any) -> None:
        scheme = urlparse_cached(request).scheme
        asked = Request(
            f"{scheme}://{netloc}{TDM_FILE}",
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True},
            callback=NO_CALLBACK,
        )
        try:
            engine: Any = self.crawler.engine
            answer = await engine.download_async(asked)
        except Exception:  # whatever the network raises: there is no such file
            return
        if answer.status == 200:
            self.tdm[netloc] = tdm_rules(answer.body)

    def _slow_down(self, response: Any, delay: float | None) -> None:
        engine: Any = self.crawler.engine
        slots = engine.downloader.slots
        slot = slots.get(response.meta.get("download_slot"))
        if delay and slot:
            slot.delay = max(slot.delay, min(delay, _LONGEST_DELAY))


class StoredMiddleware:
    """Answers from the WARC files what a crawl that was stopped has fetched already."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> StoredMiddleware:
        return cls(crawler)

    def process_request(self, request: Any) -> Any:
        store = self.crawler.spider.store
        if request.url not in store:
            return None
        page = store.get(request.url)
        headers: dict[str, list[str]] = {}
        for name, value in page.headers:
            headers.setdefault(name, []).append(value)
        kind = responsetypes.from_args(
            headers={k.encode("latin-1"): v[0].encode("latin-1") for k, v in headers.items()},
            url=page.url,
            body=page.body,
        )
        return kind(page.url, page.status, headers=headers, body=page.body, request=request)
