"""The ways in which a page says that it is not to be used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialecto.collect.optout import no_follow, opt_out, tdm_reserved, tdm_rules


@pytest.mark.parametrize(
    ("headers", "html", "reason"),
    [
        ({}, "<p>nada", ""),
        ({"x-robots-tag": ["index, follow"]}, "", ""),
        ({"x-robots-tag": ["noindex"]}, "", "noindex"),
        ({"x-robots-tag": ["NOINDEX, nofollow"]}, "", "noindex"),
        ({"x-robots-tag": ["max-snippet:20", "none"]}, "", "noindex"),
        ({"x-robots-tag": ["googlebot: noindex, nofollow"]}, "", ""),
        ({"x-robots-tag": ["googlebot: nofollow, dialecto: noindex"]}, "", "noindex"),
        ({"x-robots-tag": ["unavailable_after: 25 Jun 2010 15:00:00 PST, noindex"]}, "", "noindex"),
        ({"x-robots-tag": ["noai, noimageai"]}, "", "noai"),
        ({"tdm-reservation": ["1"]}, "", "tdm_reservation"),
        ({"tdm-reservation": ["0"]}, "", ""),
        ({}, '<meta name="robots" content="noindex">', "noindex"),
        ({}, "<META CONTENT='noarchive,NoIndex' NAME=ROBOTS />", "noindex"),
        ({}, '<meta name="dialecto" content="none">', "noindex"),
        ({}, '<meta name="googlebot" content="noindex">', ""),
        ({}, '<meta name="robots" content="noarchive, noai">', "noai"),
        ({}, '<meta name="tdm-reservation" content="1">', "tdm_reservation"),
        ({}, '<meta name="tdm-reservation" content="0">', ""),
        ({}, '<meta name="description" content="noindex">', ""),
    ],
)
def test_reasons(headers: dict[str, list[str]], html: str, reason: str) -> None:
    assert opt_out(headers, html) == reason


def test_links_may_be_followed_from_a_page_that_is_not_kept() -> None:
    assert not no_follow({"x-robots-tag": ["noindex"]})
    assert no_follow({}, '<meta name="robots" content="index,nofollow">')
    assert no_follow({"x-robots-tag": ["none"]})


RULES = b"""[
  {"location": "/", "tdm-reservation": 0},
  {"location": "/fotos/*.html$", "tdm-reservation": 1, "tdm-policy": "https://x.es/p.json"},
  {"location": "/a*b*c", "tdm-reservation": "1"},
  {"location": "privado/", "tdm-reservation": 1},
  {"location": "/privado/libre", "tdm-reservation": 0},
  {"location": 7}, "nada"
]"""


@pytest.mark.parametrize(
    ("path", "reserved"),
    [
        ("/", False),
        ("/fotos/1.html", True),
        ("/fotos/1.html?x=1", False),
        ("/fotos/1.htm", False),
        ("/a-b-c-d", True),
        ("/a-c-b", False),
        ("/privado/x", True),
        ("/%70rivado/x", True),
        ("/privado/libre/x", False),
    ],
)
def test_tdmrep_file(path: str, reserved: bool) -> None:
    assert tdm_reserved(tdm_rules(RULES), f"https://x.es{path}") is reserved


def test_reservation_counts_when_two_rules_are_as_long() -> None:
    rules = tdm_rules(
        b'[{"location":"/a","tdm-reservation":1},{"location":"/a","tdm-reservation":0}]'
    )
    assert tdm_reserved(rules, "http://x.es/a")


@given(st.binary(max_size=80), st.text(max_size=40))
def test_any_file_and_page_get_an_answer(body: bytes, text: str) -> None:
    rules = [*tdm_rules(body), (text, True), ("*" * 30 + text + "$", True)]
    assert tdm_reserved(rules, "http://x.es/" + "a" * 2000) in (True, False)
    opt_out({"x-robots-tag": [text]}, f"<meta {text}>")


def test_a_hostile_page_costs_no_time() -> None:
    """Would take hours if an expression backtracked."""
    assert opt_out({}, "<meta " * 40_000 + "name=" * 40_000) == ""
    assert not tdm_reserved([("/" + "*a" * 500 + "$", True)], "http://x.es/" + "a" * 100_000 + "b")
