"""The console in a real browser."""

from __future__ import annotations

import time

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.console.conftest import Served


def log_in(tab: Page, server: Served, label: str = "Clave de la API") -> None:
    tab.goto(server.url)
    tab.get_by_label(label).fill(server.key)
    tab.keyboard.press("Enter")
    tab.locator("textarea").wait_for()


def wait_for_answers(server: Served, number: int) -> None:
    deadline = time.monotonic() + 30
    while len(server.answers()) < number and time.monotonic() < deadline:
        time.sleep(0.05)


def test_a_conversation_in_spanish(tab: Page, spanish: Served) -> None:
    before = len(spanish.answers())
    asked: list[str] = []
    wrong: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("websocket", lambda socket: asked.append(socket.url.replace("ws://", "http://")))
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else 0)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    log_in(tab, spanish)
    assert tab.locator("html").get_attribute("lang") == "es"
    expect(tab.get_by_role("heading", name="Valdelaguna")).to_be_visible()
    expect(tab.get_by_text("0123456789abcdef")).to_be_visible()
    expect(tab.get_by_text("¿Qué desea saber?")).to_be_visible()

    field = tab.get_by_label("Escriba su mensaje")
    expect(field).to_be_focused()
    field.fill("¿Qué vende <b>la cooperativa</b>?")
    spanish.hold.touch()
    field.press("Enter")
    expect(tab.locator(".turn.user .said")).to_have_text("¿Qué vende <b>la cooperativa</b>?")
    answer = tab.locator(".turn.model .said").first
    expect(answer).not_to_be_empty()
    growing = answer.inner_text()  # it streams: there is some text, and then there is more
    expect(tab.get_by_role("button", name="Detener la respuesta")).to_be_visible()
    spanish.hold.unlink()
    expect(tab.locator(".turn.model .note").first).to_contain_text("tokens en")
    assert len(answer.inner_text()) > len(growing)
    expect(tab.get_by_role("button", name="Enviar")).to_be_visible()
    expect(field).to_have_value("")

    field.fill("línea uno")
    field.press("Shift+Enter")
    field.type("línea dos")
    tab.get_by_role("button", name="Enviar").click()
    expect(tab.locator(".turn.user .said").nth(1)).to_have_text("línea uno\nlínea dos")
    expect(tab.locator(".turn.model .note").nth(1)).to_contain_text("tokens en")

    tab.set_viewport_size({"width": 380, "height": 420})  # a phone: the newest words stay in view
    expect(tab.locator(".turn.model .note").nth(1)).to_be_in_viewport()
    expect(tab.locator(".turn.user").first).not_to_be_in_viewport()
    expect(field).to_be_in_viewport()

    wait_for_answers(spanish, before + 2)
    first, second = spanish.answers()[before:]
    assert first["status"] == second["status"] == 200
    assert first["path"] == "/"
    assert first["prompt_hmac_sha256"] != second["prompt_hmac_sha256"]
    assert int(str(second["prompt_tokens"])) > int(str(first["prompt_tokens"]))
    assert asked
    assert [url for url in asked if not url.startswith((spanish.url, "data:"))] == []
    assert wrong == []


def test_an_answer_can_be_stopped_and_the_conversation_cleared(tab: Page, spanish: Served) -> None:
    before = len(spanish.answers())
    log_in(tab, spanish)
    field = tab.get_by_label("Escriba su mensaje")
    field.fill("hola")
    spanish.hold.touch()
    field.press("Enter")
    expect(tab.locator(".turn.model .said")).not_to_be_empty()
    tab.get_by_role("button", name="Detener la respuesta").click()
    expect(tab.locator(".turn.model .note")).to_have_text("Respuesta detenida")
    expect(tab.get_by_role("button", name="Enviar")).to_be_visible()
    wait_for_answers(spanish, before + 1)
    assert spanish.answers()[-1]["finish_reason"] == "cancelled"
    spanish.hold.unlink()
    tab.get_by_role("button", name="Nueva conversación").click()
    expect(tab.locator(".turn")).to_have_count(0)
    expect(tab.get_by_text("¿Qué desea saber?")).to_be_visible()

    field.fill("otra vez")
    spanish.hold.touch()
    field.press("Enter")
    expect(tab.locator(".turn.model .said")).not_to_be_empty()
    tab.get_by_role("button", name="Nueva conversación").click()  # while it answers
    spanish.hold.unlink()
    expect(tab.locator(".turn")).to_have_count(0)
    expect(tab.get_by_role("button", name="Enviar")).to_be_visible()


def test_closing_the_page_stops_the_answer(context: BrowserContext, spanish: Served) -> None:
    before = len(spanish.answers())
    tab = context.new_page()
    log_in(tab, spanish)
    tab.get_by_label("Escriba su mensaje").fill("hola")
    spanish.hold.touch()
    tab.keyboard.press("Enter")
    expect(tab.locator(".turn.model .said")).not_to_be_empty()
    tab.close()
    wait_for_answers(spanish, before + 1)
    spanish.hold.unlink()
    (cut,) = spanish.answers()[before:]
    assert cut["finish_reason"] == "cancelled"


def test_the_link_logs_in_once(tab: Page, context: BrowserContext, english: Served) -> None:
    tab.goto(english.link)
    tab.locator("textarea").wait_for()
    assert tab.url == f"{english.url}/"
    assert tab.locator("html").get_attribute("lang") == "en-US"
    (cookie,) = context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    context.clear_cookies()
    tab.goto(english.link)
    expect(tab.get_by_role("alert")).to_contain_text("used already")
    tab.get_by_label("API key").fill("dlc_wrong")
    tab.get_by_role("button", name="Log in").click()
    expect(tab.get_by_role("alert")).to_contain_text("not the key")
    log_in(tab, english, "API key")
    expect(tab.get_by_text("Type a beginning")).to_be_visible()  # this model continues texts


def test_logging_out_ends_the_session_in_every_tab(
    tab: Page, context: BrowserContext, english: Served
) -> None:
    log_in(tab, english, "API key")
    other = context.new_page()
    other.goto(english.url)
    other.locator("textarea").wait_for()
    tab.get_by_role("button", name="Log out").click()
    tab.get_by_label("API key").wait_for()
    other.locator("textarea").fill("hello")
    other.keyboard.press("Enter")
    other.get_by_label("API key").wait_for()
    assert httpx.get(english.url).headers["location"] == "/login"


def test_the_page_needs_the_session_for_all_that_it_is_made_of(tab: Page, english: Served) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    log_in(tab, english, "API key")
    parts = [url for url in asked if "/_nicegui" in url]
    assert len(parts) > 5
    for url in parts:
        assert httpx.get(url).status_code == 401


def test_the_theme_follows_the_system_and_the_button(tab: Page, english: Served) -> None:
    tab.emulate_media(color_scheme="dark")
    log_in(tab, english, "API key")
    expect(tab.locator("body.body--dark")).to_be_visible()
    theme = tab.get_by_role("button", name="Theme")
    theme.click()
    theme.click()
    expect(tab.locator("body.body--light")).to_be_visible()


def test_everything_that_can_be_pressed_has_a_name(tab: Page, english: Served) -> None:
    log_in(tab, english, "API key")
    unnamed = tab.evaluate(
        """[...document.querySelectorAll("button, textarea, input, a")]
        .filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length))
        .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    assert tab.get_by_role("log").count() == 1
    assert tab.get_by_role("main").count() == 1
