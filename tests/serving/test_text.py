from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from dialecto.serving.text import Detokenizer, StopStrings


def decode_bytes(tokens: Sequence[int]) -> str:
    """A vocabulary of single bytes: the hardest borders there are."""
    return bytes(tokens).decode("utf-8", "replace")


@given(st.text())
def test_characters_come_whole_whatever_the_borders(text: str) -> None:
    detokenizer = Detokenizer(decode_bytes)
    pieces = [detokenizer.push(token) for token in text.encode("utf-8", "replace")]
    pieces.append(detokenizer.flush())
    assert "".join(pieces) == text.encode("utf-8", "replace").decode()


@given(st.binary())
def test_broken_bytes_neither_stop_the_stream_nor_stay_behind(data: bytes) -> None:
    detokenizer = Detokenizer(decode_bytes)
    waiting = 0
    for token in data:
        waiting = 0 if detokenizer.push(token) else waiting + 1
        assert waiting < 4
    detokenizer.flush()
    assert detokenizer.flush() == ""


def test_a_space_that_depends_on_what_came_before_is_kept() -> None:
    words = {1: "▁the", 2: "▁cat", 3: "s"}

    def decode(tokens: Sequence[int]) -> str:
        return "".join(words[t] for t in tokens).replace("▁", " ").removeprefix(" ")

    detokenizer = Detokenizer(decode)
    assert [detokenizer.push(token) for token in (1, 2, 3)] == ["the", " cat", "s"]


@given(
    st.lists(st.text("abc", max_size=4), max_size=12),
    st.lists(st.text("abc", min_size=1, max_size=4), max_size=3),
)
def test_stop_strings_cut_where_the_whole_text_would_be_cut(
    pieces: list[str], stops: list[str]
) -> None:
    cutter = StopStrings(stops)
    shown = ""
    for piece in pieces:
        shown += cutter.push(piece)
        if cutter.stopped:
            break
    else:
        shown += cutter.flush()
    text = "".join(pieces)
    ends = {text.find(stop) + len(stop): text.find(stop) for stop in stops if stop in text}
    assert cutter.stopped == bool(ends)
    # The stop string is the one that is complete first, as a reader of the stream sees it.
    assert not any(stop in shown for stop in stops)
    assert text.startswith(shown)
    if not ends:
        assert shown == text
