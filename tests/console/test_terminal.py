from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from dialecto.console.conversation import Conversation
from dialecto.console.terminal import Screen, converse, piped_lines, printable, typed_lines
from dialecto.serving.engine import FinishReason, Prompt, Sampling


class Echo:
    """An engine that answers with what it was given."""

    context, chats, parameters = 100, True, 0

    def __init__(self, interrupt_after: int = 10**9) -> None:
        self.prompts: list[Prompt] = []
        self.interrupt_after = interrupt_after

    def stream(self, prompt: Prompt, _sampling: Sampling) -> EchoAnswer:
        self.prompts.append(prompt)
        return EchoAnswer(prompt[-1].content.split(), self.interrupt_after)  # type: ignore[union-attr]


class EchoAnswer:
    prompt_tokens = 3
    finish_reason: FinishReason | None = None

    def __init__(self, words: list[str], interrupt_after: int) -> None:
        self.words, self.interrupt_after, self.completion_tokens = words, interrupt_after, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.completion_tokens >= self.interrupt_after:
            raise KeyboardInterrupt
        if self.completion_tokens == len(self.words):
            self.finish_reason = "stop"
            raise StopIteration
        self.completion_tokens += 1
        return self.words[self.completion_tokens - 1] + " "

    def close(self) -> None:
        self.words = []


def talk(lines: list[str], engine: Echo | None = None, lang: str = "en") -> tuple[str, str, Echo]:
    engine = engine or Echo()
    answers, notes = io.StringIO(), io.StringIO()
    converse(Conversation(engine, Sampling(), "be kind"), lines, Screen(answers, notes), lang)
    return answers.getvalue(), notes.getvalue(), engine


def test_each_line_is_answered_with_all_that_was_said_before() -> None:
    out, notes, engine = talk(["one\n", "\n", "two words\n"])
    assert out == "one \ntwo words \n"
    assert notes == ""
    said = [(m.role, m.content) for m in engine.prompts[-1]]  # type: ignore[union-attr]
    assert said == [
        ("system", "be kind"),
        ("user", "one"),
        ("assistant", "one "),
        ("user", "two words"),
    ]


def test_commands_are_obeyed_and_never_sent_to_the_model() -> None:
    out, notes, engine = talk(["a", "/reset", "/system be brief", "b", "/nope", "/exit", "c"])
    assert out == "a \nb \n"
    assert [m.content for m in engine.prompts[-1]] == ["be brief", "b"]  # type: ignore[union-attr]
    assert "forgotten" in notes
    assert "/nope" in notes
    assert "Goodbye" in notes


@pytest.mark.parametrize("order", ["/salir", "/exit"])
def test_the_terminal_speaks_spanish(order: str) -> None:
    out, notes, _ = talk(["/ayuda", order, "nunca"], lang="es")
    assert out == ""
    assert "/reset" in notes
    assert "Hasta pronto" in notes


def test_ctrl_c_stops_the_answer_and_keeps_the_conversation() -> None:
    out, notes, _ = talk(["one two three", "four"], Echo(interrupt_after=2))
    assert out == "one two \nfour \n"
    assert notes == "(stopped)\n"


def test_a_model_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\n\tñ€\x07") == "a�[2Jb\n\tñ€�"


def test_typed_lines_end_with_the_end_of_input() -> None:
    lines = iter(["hello"])

    def read(prompt: str) -> str:
        assert prompt == "> "
        for line in lines:
            return line
        raise EOFError

    assert list(typed_lines("> ", read=read)) == ["hello"]


def test_a_prompt_stays_out_of_standard_output_that_goes_to_a_file() -> None:
    aside = io.StringIO()

    def read(prompt: str) -> str:
        assert prompt == ""
        raise EOFError

    assert list(typed_lines("> ", aside, read)) == []
    assert aside.getvalue() == "> "


def test_piped_bytes_that_are_not_utf8_are_read() -> None:
    stream = io.TextIOWrapper(io.BytesIO("año\n".encode("latin-1")), encoding="ascii")
    assert list(piped_lines(stream)) == ["a�o\n"]
