import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sentences import number, sentence
from checks.model import Value

NAMES = ("device", "ticket", "percent")
WORDS = st.text(alphabet="纸盒墨粉abc ，,", min_size=1, max_size=8).filter(lambda word: word.strip(" ，,"))
ZH_ENDS, EN_ENDS = ("。", "；", "！", "？"), (". ", "; ", "! ", "? ")


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[set[str]]]:
    """A text of one language, and the names that each of its clauses asks for."""
    ends = draw(st.sampled_from([ZH_ENDS, EN_ENDS]))
    clauses, asked = [], []
    for _ in range(draw(st.integers(1, 5))):
        names = draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True))
        body = draw(WORDS).strip() + "".join(f"{{{name}}}" for name in names)
        clauses.append(body + draw(st.sampled_from(ends)))
        asked.append(set(names))
    whole = "".join(clauses).strip()
    return re.sub(r"[；;]$", "。" if ends is ZH_ENDS else ".", whole), asked


@given(texts())
def test_with_every_value_nothing_is_left_out(made: tuple[str, list[set[str]]]) -> None:
    text, _ = made
    values: dict[str, Value] = {"device": "前台", "ticket": "IT-7", "percent": 8.0}
    expected = text
    for name, word in (("device", "前台"), ("ticket", "IT-7"), ("percent", "8")):
        expected = expected.replace(f"{{{name}}}", word)
    assert sentence(text, values) == expected


@given(texts(), st.sets(st.sampled_from(NAMES)))
def test_a_clause_is_said_just_when_its_values_are_known(
    made: tuple[str, list[set[str]]], known: set[str]
) -> None:
    text, asked = made
    said = sentence(text, dict.fromkeys(known, "X") | dict.fromkeys(set(NAMES) - known))
    assert "{" not in said
    kept = [names for names in asked if names <= known]
    assert said.count("X") == sum(map(len, kept))
    assert (said == "") == (not kept)


@given(texts(), st.sets(st.sampled_from(NAMES)))
def test_what_remains_ends_and_is_spaced_as_a_text(made: tuple[str, list[set[str]]], known: set[str]) -> None:
    text, _ = made
    said = sentence(text, dict.fromkeys(known, "X"))
    if said:
        assert said[-1] in "。！？.!?"
        assert said == said.strip()
        assert not re.search(r"[。；！？.;!?]\s*[。；！？.;!?]", said)


@given(st.text(alphabet=string.printable + "{}。；纸", max_size=40))
def test_any_value_is_put_in_as_it_is(value: str) -> None:
    said = sentence("A {device} b. C {ticket}.", {"device": value, "ticket": "{device}"})
    expected = f"A {value} b. C {{device}}." if value.strip() else "C {device}."
    assert said == expected


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("改用“{a}”；IT 已收到工单 {b}。", {"a": "财务"}, "改用“财务”。"),
        ("改用“{a}”；先发电子保单。", {}, "先发电子保单。"),
        ("Use '{a}'; first cancel the document.", {}, "First cancel the document."),
        ("Use '{a}'; IT has {b}. Wait.", {"a": "x"}, "Use 'x'. Wait."),
        ("Wait. Use '{a}'; or not; IT has {b}!", {}, "Wait. Or not!"),
        ("It is {a} °C (max. {b} today). Save.", {"a": 8.5}, "Save."),
        ("已查过（有{a}；没有 b）。好。", {}, "好。"),
        ("客户资料已备齐；共 {n} 件", {}, "客户资料已备齐"),
        ("Version 1.5 of {a} is out. Go.", {"a": "x"}, "Version 1.5 of x is out. Go."),
        ("真的？！{a}。", {}, "真的？！"),
        ("还剩 {a}%。", {"a": float("nan")}, ""),
        ("还剩 {a}%。", {"a": " "}, ""),
        ("还剩 {a}%。", {"a": 0}, "还剩 0%。"),
        ("", {}, ""),
    ],
)
def test_examples(text: str, values: dict[str, str | float], said: str) -> None:
    assert sentence(text, values) == said


def test_numbers_say_no_more_than_they_know() -> None:
    assert [number(value) for value in (8, 8.0, 8.04, 8.06, 0.1 + 0.2, -0.01, 1234567)] == [
        "8",
        "8",
        "8",
        "8.1",
        "0.3",
        "0",
        "1234567",
    ]
