"""Arbitrary trees give SettingsError or Settings, and a line that is told is the right one."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from settings_cases import RULES

from config.settings import Settings, SettingsError, load
from config.strict import problems, written
from config.toml_lines import line_of

NAMES = sorted(
    {field.name for field in msgspec.structs.fields(Settings)}
    | {"name", "host", "snmp", "step", "expect", "form", "url", "listen", "every", "backend", "a b", "", "名"}
)
TEXTS = st.sampled_from(
    ["secret:x", "${secret.x}", "http://[", "https://a@b:c", "127.0.0.1:1", "auto", "5m", "99h"]
)
LEAVES = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | TEXTS
    | st.datetimes()
    | st.dates()
    | st.times()
)
KEYS = st.sampled_from(NAMES) | st.text(max_size=8)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=15,
    ),
    max_size=5,
)


@st.composite
def almost_right(draw: st.DrawFn) -> dict[str, Any]:
    """A tree of the right tables with leaves that are partly wrong: it gets past the first doors."""
    return {
        field.name: draw(_value(field.type))
        for field in msgspec.structs.fields(Settings)
        if draw(st.booleans())
    }


def _value(kind: Any) -> st.SearchStrategy[Any]:
    inner = getattr(kind, "__args__", (kind,))[0]
    if not (isinstance(inner, type) and issubclass(inner, msgspec.Struct)):
        natural = TEXTS | st.text(max_size=12) if inner is str or kind is str else LEAVES
        return natural | st.sampled_from(["a", 1, True, ["a"], {"a": "b"}])
    table = st.fixed_dictionaries(
        {field.name: _value(field.type) for field in msgspec.structs.fields(inner) if field.required},
        optional={
            field.name: _value(field.type) for field in msgspec.structs.fields(inner) if not field.required
        },
    )
    return table if inner is kind else st.lists(table, max_size=2)


@settings(max_examples=150, deadline=None)
@given(TREES | almost_right())
def test_a_tree_without_a_problem_converts_and_one_with_a_problem_does_not(tree: dict[str, Any]) -> None:
    try:
        msgspec.convert(tree, Settings, strict=True)
        is_convertible = True
    except msgspec.ValidationError:
        is_convertible = False
    found = [one for one in problems(tree, Settings) if "control characters" not in one.words]
    assert is_convertible == (not found)


@settings(max_examples=150, deadline=None)
@given(tree=TREES | almost_right())
def test_any_toml_gives_settings_or_settings_error(
    tree: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(
        "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in tree.items()), encoding="utf-8"
    )
    lines = errors_of(path)
    assert not any("not TOML" in line for line in lines)  # the file itself is well formed
    assert all(line.isprintable() for line in lines)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_settings_or_settings_error(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(content)
    assert all("\n" not in line for line in errors_of(path))


def errors_of(path: Path) -> tuple[str, ...]:
    try:
        load(path)
    except SettingsError as error:
        return error.lines
    return ()


def _key(name: str) -> str:
    return '"' + "".join(f"\\U{ord(letter):08x}" for letter in name) + '"'


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _key(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


@pytest.mark.parametrize("rule", RULES)
def test_a_line_that_is_told_holds_the_key(rule: str, tmp_path: Path) -> None:
    path = tmp_path / "deskready.toml"
    path.write_text(RULES[rule][1], encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(path)
    _, line, place, _ = caught.value.lines[0].split(": ", 3)
    assert line.startswith("line ")
    text = RULES[rule][1].split("\n")[int(line.removeprefix("line ")) - 1]
    last, *before = reversed([part.partition("[")[0] for part in place.split(".")])
    assert last in text or (before and before[0] in text)


LAYOUTS = {
    '[a]\nb = """\n[[c]]\nd = 1\n"""\n[[c]]\nd = 2': (("c", 0, "d"), 7),
    "[a]\nb = '''\nd = 1\n'''\nd = 2": (("a", "d"), 5),
    '# """\n[a]\nb = 1': (("a", "b"), 3),
    "a.b.c = 1": (("a", "b", "c"), 1),
    '["a b"]\n"c.d" = 1': (("a b", "c.d"), 2),
    "[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n[[a]]\n[[a.b]]\nc = 3": (("a", 1, "b", 0, "c"), 8),
    "[[a]]\n[a.b]\nc = 1\n[[a]]\n[a.b]\nc = 2": (("a", 1, "b", "c"), 6),
    "a = [\n  { b = 1 },\n  { c = 2 },\n]": (("a", 1, "c"), 1),  # inside an inline table: where it begins
    "x = 1": (("a",), None),
}


@pytest.mark.parametrize("text", LAYOUTS)
def test_lines_of_keys(text: str) -> None:
    path, line = LAYOUTS[text]
    assert line_of(text, path) == line


def test_paths_are_written_as_people_do() -> None:
    assert written(("printer", 0, "snmp", "port")) == "printer[0].snmp.port"
    assert written(("a", "b c", "名", "\x1b")) == "a.'b c'.'\\u540d'.'\\x1b'"
