"""Reading questions: every broken line is named, nothing crashes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialecto.evaluation.questions import Question, read_questions
from dialecto.runtime import DialectoError


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "q.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_reads_what_is_there(tmp_path: Path) -> None:
    rows = [
        {"question": " ¿Cuándo? ", "answer": "Hoy", "accepted": ["hoy mismo", "Hoy"]},
        {"question": "¿Cuánto?", "answer": 12, "accepted": None, "fact": 7, "pattern_seen": False},
    ]
    lines = "\ufeff" + "\r\n\r\n".join(json.dumps(row) for row in rows) + "\r\n"
    assert read_questions(write(tmp_path, lines)) == [
        Question("¿Cuándo?", "Hoy", ("Hoy", "hoy mismo")),
        Question("¿Cuánto?", "12", ("12",), "7", pattern_seen=False),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "an object with `question` and `answer` is needed, not a list"),
        ('{"answer": "a"}', "`question` is missing"),
        ('{"question": "q"}', "`answer` is missing"),
        ('{"question": "q", "answer": "  "}', "`answer` is empty"),
        ('{"question": ["q"], "answer": "a"}', "`question` must be text, not a list"),
        ('{"question": "q", "answer": "a", "accepted": "b"}', "`accepted` must be a list"),
        ('{"question": "q", "answer": "a", "pattern_seen": "yes"}', "`pattern_seen` must be"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    good = '{"question": "q", "answer": "a"}'
    path = write(tmp_path, f"{good}\n\n{line}\n{good}\n")
    with pytest.raises(DialectoError) as error:
        read_questions(path)
    assert str(error.value).startswith(f"{path}:3: ")
    assert problem in str(error.value)


def test_all_broken_lines_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DialectoError) as error:
        read_questions(write(tmp_path, "{\n" * 30))
    assert ":1: " in str(error.value)
    assert ":20: " in str(error.value)
    assert str(error.value).endswith("and 10 more lines")


def test_files_that_hold_no_questions(tmp_path: Path) -> None:
    with pytest.raises(DialectoError, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(DialectoError, match="no question in it"):
        read_questions(write(tmp_path, "\n\n"))
    with pytest.raises(DialectoError, match=r"q\.jsonl:2: not UTF-8"):
        read_questions(write(tmp_path, b'{"question": "q", "answer": "a"}\n{"question": "\xf1'))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x, max_size=3)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["question", "answer", "accepted", "fact"]), json_values)
        | json_values,
        max_size=4,
    )
)
def test_any_json_gives_questions_or_an_error_for_the_user(
    tmp_path: Path, rows: list[object]
) -> None:
    path = write(tmp_path, "\n".join(json.dumps(row) for row in rows))
    try:
        found = read_questions(path)
    except DialectoError:
        return
    assert all(q.question.strip() and q.answer in q.accepted for q in found)
