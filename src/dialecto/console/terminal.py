"""The conversation in a terminal, or with lines from a pipe."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TextIO

from dialecto.console.conversation import Conversation, Reply
from dialecto.console.texts import text

EXIT = ("/salir", "/exit", "/quit")
HELP = ("/help", "/ayuda")
RESET = ("/reset", "/reiniciar")
SYSTEM = ("/system", "/sistema")


@dataclass(frozen=True)
class Screen:
    """Where answers, and everything else, are written. A silent one shows no answers."""

    answers: TextIO
    notes: TextIO
    silent: bool = False

    def piece(self, part: str) -> None:
        if not self.silent:
            self.answers.write(printable(part))
            self.answers.flush()

    def note(self, line: str) -> None:
        print(line, file=self.notes, flush=True)


def converse(
    conversation: Conversation, lines: Iterable[str], screen: Screen, lang: str
) -> list[Reply]:
    """Answer each line until they end or one says /exit."""
    replies = []
    for line in lines:
        question = line.strip()
        if not question:
            continue
        if question.startswith("/"):
            if _obey(conversation, question, screen, lang):
                continue
            break
        answered = conversation.ask(question, screen.piece)
        screen.piece("\n")
        if answered.finish_reason == "interrupted":
            screen.note(text(lang, "terminal.stopped"))
        replies.append(answered)
    return replies


def _obey(conversation: Conversation, order: str, screen: Screen, lang: str) -> bool:
    """Do what a slash command says; False to end."""
    command, _, rest = order.partition(" ")
    help_text = text(lang, "terminal.help")
    if command in EXIT:
        screen.note(text(lang, "terminal.bye"))
        return False
    if command in RESET:
        conversation.forget()
        screen.note(text(lang, "terminal.reset"))
    elif command in SYSTEM:
        conversation.system = rest.strip()
        screen.note(text(lang, "terminal.system"))
    elif command in HELP:
        screen.note(help_text)
    else:
        screen.note(text(lang, "terminal.unknown", command=command, help=help_text))
    return True


def printable(part: str) -> str:
    """Text that cannot steer the terminal: control characters but line ends and tabs replaced.

    What a model says may hold escape sequences that it read in its documents.
    """
    return "".join(c if c in "\n\t" or unicodedata.category(c) != "Cc" else "\ufffd" for c in part)


def typed_lines(
    prompt: str, aside: TextIO | None = None, read: Callable[[str], str] = input
) -> Iterator[str]:
    """Lines typed at a prompt until Ctrl-D, edited and recalled as in a shell.

    `aside` takes the prompt where standard output is not for it.
    """
    with suppress(ImportError):  # not on Windows, whose console edits lines by itself
        import readline  # noqa: F401
    while True:
        if aside:
            print(prompt, end="", file=aside, flush=True)
        try:
            yield read("" if aside else prompt)
        except EOFError:
            return


def piped_lines(stream: TextIO) -> Iterator[str]:
    """Lines of a pipe or file; bytes that are not UTF-8 are shown as U+FFFD, not fatal."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="replace")
    yield from stream
