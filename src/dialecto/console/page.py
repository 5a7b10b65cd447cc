"""The console's page: a conversation with the model, in the recipe's language."""

from __future__ import annotations

import asyncio
import time
import warnings
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from nicegui import ui

from dialecto.console.assets import asset
from dialecto.console.login import login_router
from dialecto.console.texts import text
from dialecto.serving.audit import Exchange
from dialecto.serving.engine import Message, Sampling
from dialecto.serving.guard import session_token
from dialecto.serving.queue import Busy
from dialecto.serving.service import Service

# Enter sends what is in the field, unless an input method is still composing a character.
SEND_ON_ENTER = """(event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    emit(event.target.value);
  }
}"""


def add_console(app: FastAPI, service: Service) -> None:
    """Mount login and page on the server's application. Once for each process."""
    app.include_router(login_router(service))

    @ui.page("/")
    def conversation(request: Request) -> None:
        _Page(service, session_token(request.headers, service.cookie)).build()

    # NiceGUI looks for its server among all objects in memory; one of torch's complains.
    warnings.filterwarnings("ignore", r"`torch\.distributed\.reduce_op`", FutureWarning)
    ui.run_with(
        app,
        title=service.model.name,
        language="es" if service.lang == "es" else "en-US",
        favicon=asset("mark.svg"),
        dark=None,
        tailwind=False,
        gzip_middleware_factory=None,  # loopback: compressing costs more than it saves
        show_welcome_message=False,
        reconnect_timeout=5,
        message_history_length=200,
    )


class _Page:
    """One open page: its turns live in memory and end with it."""

    def __init__(self, service: Service, session: str) -> None:
        self._service = service
        self._session = session
        self._t = partial(text, service.lang)
        self._turns: list[Message] = []
        self._work: asyncio.Task[None] | None = None

    def build(self) -> None:
        ui.add_css(asset("style.css"))
        self._dark = ui.dark_mode(None)
        with ui.element("div").classes("shell"):
            self._build_top()
            with (
                ui.element("div").classes("scroller").props("tabindex=0"),
                ui.element("div").classes("talk") as self._talk,
            ):
                self._talk.props(f'role=log aria-live=polite aria-label="{self._t("page.talk")}"')
                self._greet()
            self._build_bottom()
        ui.context.client.on_delete(self._stop)

    def _build_top(self) -> None:
        model = self._service.model
        facts = self._t(
            "page.facts",
            parameters=self._decimal(model.engine.parameters / 1e6),
            context=model.engine.context,
        )
        with ui.element("header").classes("top"):
            ui.html(asset("mark.svg"), sanitize=False)
            with ui.element("div").classes("who"):
                _element("h1", model.name)
                with ui.element("div").classes("facts"):
                    _element("span", model.digest).classes("mono").props(
                        f'title="{self._t("page.digest")}"'
                    )
                    _element("span", f" · {facts}").classes("more")
            clear = ui.button(self._t("page.clear"), icon="add", on_click=self._clear, color=None)
            clear.props(f'flat no-caps aria-label="{self._t("page.clear")}"').classes("wide")
            self._theme = self._icon("contrast", "page.theme", self._switch_theme)
            self._icon("logout", "page.logout", self._log_out)

    def _build_bottom(self) -> None:
        with ui.element("footer").classes("bottom"):
            with ui.element("div").classes("ask"):
                self._field = ui.textarea(placeholder=self._t("page.placeholder"))
                self._field.props(
                    "autogrow borderless dense autofocus rows=1 "
                    f'aria-label="{self._t("page.placeholder")}"'
                )
                self._field.on(
                    "keydown", lambda event: self._send(event.args), js_handler=SEND_ON_ENTER
                )
                self._send_button = self._icon(
                    "arrow_upward", "page.send", lambda: self._send(self._field.value)
                )
                self._stop_button = self._icon("stop", "page.stop", self._stop)
                self._stop_button.set_visibility(False)
            with ui.element("div").classes("hint"):
                _element("span", self._t("page.keys") + " ").classes("keys")
                _element("span", self._t("page.caution"))

    def _icon(self, icon: str, key: str, on_click: Any) -> ui.button:
        label = self._t(key)
        button = ui.button(icon=icon, on_click=on_click, color=None)
        return button.props(f'flat round aria-label="{label}" title="{label}"')

    def _greet(self) -> None:
        engine = self._service.model.engine
        with ui.element("div").classes("hello") as self._hello:
            ui.html(asset("mark.svg"), sanitize=False)
            _element("h2", self._t("page.hello" if engine.chats else "page.hello_text"))
            _element("p", self._t("page.private"))

    def _clear(self) -> None:
        self._stop()
        self._turns = []  # an answer that is being stopped keeps the old ones
        self._talk.clear()
        with self._talk:
            self._greet()
        self._field.run_method("focus")

    def _switch_theme(self) -> None:
        """Automatic, dark, light, and round again."""
        following: dict[bool | None, bool | None] = {None: True, True: False, False: None}
        self._dark.value = following[self._dark.value]

    def _log_out(self) -> None:
        self._stop()
        self._service.sessions.end(self._session)
        ui.navigate.to("/login")

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()

    async def _send(self, words: str) -> None:
        words = (words or "").strip()
        if not words or self._work is not None:
            return
        if not self._service.sessions.holds(self._session):
            ui.navigate.to("/login")
            return
        self._hello.set_visibility(False)
        self._field.set_value("")
        with self._talk:
            self._add_turn("user", self._t("page.you"), words)
            turn, said, note = self._add_turn("model", self._service.model.name, "")
        turn.classes("busy").props("aria-busy=true")
        self._show_busy(True)
        self._turns.append(Message("user", words))
        self._work = asyncio.create_task(self._answer(said, note))
        await asyncio.wait([self._work])
        self._work = None
        if not turn.is_deleted:
            turn.classes(remove="busy").props(remove="aria-busy")
        self._show_busy(False)
        self._field.run_method("focus")

    def _add_turn(self, kind: str, name: str, words: str) -> tuple[ui.element, ui.label, ui.label]:
        with ui.element("article").classes(f"turn {kind}") as turn:
            _element("div", name).classes("name")
            said = ui.label(words).classes("said")
            note = ui.label().classes("note") if kind == "model" else said
        return turn, said, note

    def _show_busy(self, busy: bool) -> None:
        self._send_button.set_visibility(not busy)
        self._stop_button.set_visibility(busy)

    async def _answer(self, said: ui.label, note: ui.label) -> None:
        """Stream one answer into its label; in the end the audit, whatever happened."""
        service, exchange = self._service, Exchange()
        started, status = time.monotonic(), 200
        sampling, turns, outcome = Sampling(max_tokens=service.max_tokens), self._turns, ""
        try:
            if not await service.audit.ready():
                status, outcome = 503, self._t("page.no_ledger")
                return
            async with aclosing(service.answer(turns, sampling, exchange)) as pieces:
                async for _piece in pieces:
                    said.text = exchange.answer
            outcome = self._cost(exchange, time.monotonic() - started)
        except asyncio.CancelledError:
            outcome = self._t("page.stopped")
        except Busy:
            status, outcome = 429, self._t("page.busy")
        except Exception:
            status, outcome = 500, self._t("page.failed")
            raise
        finally:
            if not note.is_deleted:
                note.text = outcome
                note.classes(add="failed" if status != 200 else "")
            if exchange.answer:
                turns.append(Message("assistant", exchange.answer))
            else:  # an unanswered question would confuse the next one
                turns.pop()
            await service.audit.write(
                exchange,
                path="/",
                method="CONSOLE",
                key=service.credentials.id,
                status=status,
                seconds=round(time.monotonic() - started, 3),
            )

    def _cost(self, exchange: Exchange, seconds: float) -> str:
        tokens = exchange.facts["completion_tokens"]
        cost = self._t("page.cost", tokens=tokens, seconds=self._decimal(seconds))
        cut = exchange.facts["finish_reason"] == "length"
        return f"{cost} · {self._t('page.cut')}" if cut else cost

    def _decimal(self, number: float) -> str:
        shown = f"{number:.1f}"
        return shown.replace(".", ",") if self._service.lang == "es" else shown


def _element(tag: str, words: str) -> ui.element:
    """A plain element with text, which the browser never reads as HTML."""
    element = ui.label(words)
    element.tag = tag
    return element
