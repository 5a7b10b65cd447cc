from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from dialecto.serving.engine import Message
from dialecto.serving.window import Window, prompt_room

OVERHEAD = 3  # marks around each message


def render(messages: Sequence[Message]) -> list[int]:
    out: list[int] = []
    for message in messages:
        out += [0, ord(message.role[0]), *map(ord, message.content), 1]
    return out


WINDOW = Window(render, lambda text: [ord(c) for c in text], lambda ids: "".join(map(chr, ids)))
SYSTEM = Message("system", "be kind")
TURNS = [
    Message("user", "first question"),
    Message("assistant", "first answer"),
    Message("user", "second question"),
    Message("assistant", "second answer"),
    Message("user", "third"),
]


def test_what_fits_is_left_alone() -> None:
    assert WINDOW.fit([SYSTEM, *TURNS], 1000) == render([SYSTEM, *TURNS])


def test_the_oldest_exchange_goes_first_and_the_system_message_stays() -> None:
    room = len(render([SYSTEM, *TURNS])) - 1
    assert WINDOW.fit([SYSTEM, *TURNS], room) == render([SYSTEM, *TURNS[2:]])


def test_of_a_message_that_is_too_long_the_end_stays() -> None:
    tokens = WINDOW.fit([SYSTEM, Message("user", "a" * 100 + "the end")], 30)
    assert len(tokens) == 30
    assert tokens[: len(render([SYSTEM]))] == render([SYSTEM])
    assert tokens[-8:] == [*map(ord, "the end"), 1]


def test_of_a_system_message_that_is_too_long_the_beginning_stays() -> None:
    tokens = WINDOW.fit([Message("system", "be kind " + "x" * 100), Message("user", "hello?")], 40)
    text = "".join(map(chr, tokens))
    assert "be kind" in text
    assert text.endswith("hello?\x01")
    assert len(tokens) <= 40


def test_a_very_long_conversation_is_not_rendered_once_for_each_old_turn() -> None:
    rendered = 0

    def counted(messages: Sequence[Message]) -> list[int]:
        nonlocal rendered
        rendered += 1
        return render(messages)

    window = Window(counted, WINDOW.encode, WINDOW.decode)
    turns = [Message(("user", "assistant")[i % 2], f"turn {i}") for i in range(2001)]
    tokens = window.fit([SYSTEM, *turns], 100)
    assert rendered < 20
    assert tokens[-len(render(turns[-3:])) :] == render(turns[-3:])
    assert len(tokens) <= 100


@given(
    st.lists(
        st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text(max_size=50)),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 200),
)
def test_every_conversation_fits_into_every_room(messages: list[Message], room: int) -> None:
    assert len(WINDOW.fit(messages, room)) <= room


@given(st.integers(2, 4096), st.integers(1, 4096))
def test_an_answer_always_has_room(context: int, max_tokens: int) -> None:
    assert 1 <= prompt_room(context, max_tokens) < context
