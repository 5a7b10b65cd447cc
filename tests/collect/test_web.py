"""Crawls of sites on loopback: what is kept, what is refused and why, stopping and resuming."""

from __future__ import annotations

import gzip
import importlib.util
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from dialecto.collect import web
from dialecto.recipe import WebSource
from dialecto.runtime import DialectoError, SilentProgress
from tests.collect.conftest import Collect
from tests.collect.site import Answer, Site, certificate, html, serve


def source(site: Site, **fields: Any) -> dict[str, Any]:
    base = {
        "start": [f"{site.url}/"],
        "private": [f"127.0.0.1:{site.port}"],
        "requests_per_second": 500,
        **fields,
    }
    return {"web": base}


def stored(folder: Path) -> dict[str, bytes]:
    """Address -> body of each response record."""
    found = {}
    for path in sorted((folder / "datos" / "files").glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response):
                found[record.headers["WARC-Target-URI"]] = record.reader.read()
    return found


def refusals(snapshot: dict[str, Any]) -> dict[str, str]:
    return {entry["what"]: entry["reason"] for entry in snapshot["refused"]["list"]}


def test_a_site_with_rules(collect: Collect, tmp_path: Path) -> None:
    with serve({"/": html(text="secreto")}) as other, serve() as site:
        here, there = f"127.0.0.1:{site.port}", f"127.0.0.1:{other.port}"
        ways_in = [f"{host}:{other.port}" for host in
                   ("localhost", "2130706433", "0x7f000001", "127.1",
                    "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "0177.0.0.1")]  # fmt: skip
        rules = [{"location": "/minas/*", "tdm-reservation": 1},
                 {"location": "/minas/libre", "tdm-reservation": 0}]  # fmt: skip
        site.pages |= {
            "/": html("/a", "b.pdf", "/robado", "/noindex", "/cabecera", "/tdm", "/tdm-meta",
                      "/noai", "/bomba", "/minas/x", "/minas/libre", "/grande", "/video", "/404",
                      "/fuera", "/archivo", "/metadatos", "/texto", "/vuelta",
                      "mailto:x@y.es", "javascript:alert(1)",
                      "file:///etc/passwd", f"http://{there}/", "ftp://x.es/", "/foto.jpg",
                      *(f"http://{way}/" for way in ways_in)),
            "/a": html("/a#x", "/", "/c", "/sin-seguir"),
            "/c": html("/d"),  # three links away
            "/b.pdf": Answer(b"%PDF-1.4 x", "application/pdf"),
            "/texto": Answer("añil".encode("latin-1"), "text/plain; charset=iso-8859-1",
                             headers={"Set-Cookie": "sesion=1", "Content-Language": "es"}),
            "/comprimida": Answer(gzip.compress(html(text="comprimida").body),
                                  headers={"Content-Encoding": "gzip"}),
            "/robots.txt": Answer(
                f"User-agent: *\nDisallow: /robado\nSitemap: {site.url}/s.xml.gz\n".encode(),
                "text/plain"),
            "/.well-known/tdmrep.json": Answer(json.dumps(rules).encode(), "application/json"),
            "/s.xml.gz": Answer(gzip.compress(
                f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{site.url}'
                f"/comprimida</loc></url><url><loc>http://{there}/</loc></url></urlset>".encode()),
                "application/gzip"),
            "/robado": html(),
            "/noindex": html("/tras-noindex", head='<META content="NoIndex" NAME=robots>'),
            "/tras-noindex": html(),
            "/cabecera": Answer(b"<p>x", headers={"X-Robots-Tag": "noindex"}),
            "/tdm": Answer(b"<p>x", headers={"TDM-Reservation": "1"}),
            "/tdm-meta": html(head="<meta name='tdm-reservation' content='1'>"),
            "/noai": html(head='<meta name="robots" content="index, noai">'),
            "/minas/x": html(),
            "/minas/libre": html(),
            "/grande": Answer(b"<p>" + b"x" * 300_000),
            "/bomba": Answer(gzip.compress(bytes(3_000_000)), headers={"Content-Encoding": "gzip"}),
            "/video": Answer(b"x" * 100, "video/mp4"),
            "/fuera": Answer(status=302, headers={"Location": f"http://{there}/"}),
            "/archivo": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
            "/metadatos": Answer(status=301, headers={"Location": "http://169.254.169.254/latest/"}),
            "/vuelta": Answer(status=301, headers={"Location": "/vuelta2"}),
            "/vuelta2": Answer(status=301, headers={"Location": "/a"}),
            "/sin-seguir": html("/escondida", head='<meta name="robots" content="nofollow">'),
        }  # fmt: skip
        snapshot = collect(**source(site, depth=2, max_megabytes=0.1, allow=[here, *ways_in]))
    assert other.asked == []
    pages = {url.removeprefix(site.url): body for url, body in stored(tmp_path / "out").items()}
    assert sorted(pages) == ["/", "/a", "/b.pdf", "/c", "/comprimida", "/minas/libre",
                             "/sin-seguir", "/texto", "/tras-noindex"]  # fmt: skip
    assert b"comprimida" in pages["/comprimida"]
    assert pages["/texto"].decode("latin-1") == "añil"
    assert refusals(snapshot) == {
        **{f"{site.url}{path}": reason for path, reason in {
            "/robado": "robots", "/noindex": "noindex", "/cabecera": "noindex",
            "/tdm": "tdm_reservation", "/tdm-meta": "tdm_reservation", "/noai": "noai",
            "/minas/x": "tdm_reservation", "/grande": "too_large", "/bomba": "too_large",
            "/video": "format", "/404": "http_404", "/fuera": "redirect_outside",
            "/archivo": "redirect_outside", "/metadatos": "redirect_outside",
        }.items()},
        **{f"http://{way}/": "private_address" for way in ways_in},
    }  # fmt: skip
    assert {"/robado", "/minas/x", "/escondida", "/d", "/foto.jpg"}.isdisjoint(site.asked)
    assert len(site.asked) == len(set(site.asked)), "nothing is asked twice"
    assert {agent.partition("/")[0] for agent in site.agents} == {"dialecto"}
    assert snapshot["counts"]["pages"] == 9
    assert snapshot["counts"]["links.outside"] >= 2
    raw = b"".join(gzip.decompress(f.read_bytes()) for f in tmp_path.glob("out/datos/files/*"))
    assert b"sesion=1" not in raw
    assert b"Content-Language: es" in raw


def test_loopback_must_be_named(collect: Collect) -> None:
    with (
        serve({"/": html()}) as site,
        pytest.raises(DialectoError, match=r"1 private_address.*web.private"),
    ):
        collect(**source(site, private=["localhost", "127.0.0.1:9"]))
    assert site.asked == []


@pytest.mark.parametrize("status", [500, 503])
def test_without_an_answer_robots_forbids_everything(collect: Collect, status: int) -> None:
    pages = {"/": html("/a"), "/robots.txt": Answer(b"Allow: /", "text/plain", status)}
    with serve(pages) as site, pytest.raises(DialectoError, match="1 robots_unreachable"):
        collect(**source(site))
    assert set(site.asked) == {"/robots.txt"}


def test_certificates_are_verified(
    collect: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    with serve({"/": html()}, tls=file) as site:
        with pytest.raises(DialectoError, match="1 certificate"):
            collect(**source(site), work="no")
        assert site.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        collect(**source(site), work="yes")
    assert len(stored(tmp_path / "yes")) == 1


def test_paths_depth_and_pages(collect: Collect, tmp_path: Path) -> None:
    links = [f"/docs/{n}" for n in range(9)]
    pages = {"/docs/": html(*links, "/otra", "/docs/../otra"), "/otra": html()}
    pages |= {link: html(f"{link}/mas") for link in links}
    with serve(pages) as site:
        fields = {"start": [f"{site.url}/docs/"], "allow": [f"127.0.0.1:{site.port}/docs/"]}
        collect(**source(site, **fields, depth=1), work="depth")
        snapshot = collect(**source(site, **fields, pages=4), work="pages")
    assert len(stored(tmp_path / "depth")) == 10
    assert len(stored(tmp_path / "pages")) == 4
    assert snapshot["stopped_by"] == "pages"
    assert "/otra" not in site.asked


def test_a_site_without_an_end(tmp_path: Path) -> None:
    """A calendar leads to ever new pages that may not be kept."""
    from scrapy.exceptions import CloseSpider

    from dialecto.collect.crawl import SiteSpider
    from dialecto.collect.fence import make_fence
    from dialecto.collect.guard import Guard
    from dialecto.collect.warc import PageStore

    section = WebSource(start=["http://x.es/"], pages=1)
    fence = make_fence(section.start, [], [])
    spider = SiteSpider(section, fence, Guard(fence), PageStore(tmp_path, "x"))
    for number in range(2200):
        spider.request(f"http://x.es/{number}", 1)
    with pytest.raises(CloseSpider):
        spider.request("http://x.es/una-más", 1)
    assert spider.found.facts["stopped_by"] == "links"


def test_a_crawl_is_polite() -> None:
    from dialecto.collect.crawl import settings
    from dialecto.collect.fence import make_fence
    from dialecto.collect.guard import Guard

    section = WebSource(start=["http://x.es/"], requests_per_second=0.5, max_megabytes=2)
    chosen = settings(section, Guard(make_fence(section.start, [], [])), "dialecto/1", "log")
    assert chosen["DOWNLOAD_DELAY"] == 2.0
    assert chosen["DOWNLOAD_MAXSIZE"] == 2_000_000
    assert chosen["ROBOTSTXT_OBEY"]
    off = ("COOKIES", "HTTPPROXY", "HTTPCACHE", "TELNETCONSOLE", "REMOTE_CONTROL")
    assert not any(chosen[f"{name}_ENABLED"] for name in off)


def test_stopped_and_resumed(
    collect: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, seen = threading.Event(), 0

    class Gated(dict[str, Answer]):
        """The first crawl never gets the tenth page, however fast it is."""

        def get(self, path: str, default: Any = None) -> Any:
            if path == "/9":
                gate.wait(30)
            return super().get(path, default)

    pages = Gated({"/": html(*(f"/{n}" for n in range(20)))} | {f"/{n}": html() for n in range(20)})

    def stop(*_: Any, **__: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == 5:
            raise KeyboardInterrupt

    with serve(pages) as site:
        with monkeypatch.context() as patch:
            patch.setattr(SilentProgress, "advance", stop)
            with pytest.raises(KeyboardInterrupt):
                collect(**source(site, requests_per_second=40))
        gate.set()
        kept = set(stored(tmp_path / "out"))
        assert 5 <= len(kept) < 21
        warc = tmp_path / "out" / "datos" / "files" / "pages-00000.warc.gz"
        warc.write_bytes(warc.read_bytes() + warc.read_bytes()[:150])  # a record cut short
        site.asked.clear()
        snapshot = collect(**source(site))
    assert {site.url + path for path in site.asked}.isdisjoint(kept)
    assert len(stored(tmp_path / "out")) == snapshot["counts"]["pages"] == 21
    assert snapshot["resumed"] is True


def test_without_scrapy_the_extra_is_named(
    collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "find_spec", lambda _name: None)
    assert importlib.util.find_spec("scrapy")
    with pytest.raises(DialectoError, match=r"pip install 'dialecto\[web\]'"):
        collect(web={"start": ["http://x.es"]})
