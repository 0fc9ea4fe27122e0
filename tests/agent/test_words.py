import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import tree

from agent import reasons, words
from agent.result import COLOURS, STATES
from checks import registry
from checks.model import Value
from checks.printer import mib
from config import procedure as procedures
from config.placeholders import IN_FAULTS, placeholders
from config.row import Lines, Text
from config.schema import Fault, FaultText

PROCEDURE = procedures.load()
LANGS: tuple[words.Lang, ...] = ("zh", "en")
PLATFORMS = ("linux", "windows", "other")
CODES = {"kind": "toner", "colour": "black", "reason": "timeout"}


def asked(fault: Fault | FaultText) -> set[str]:
    names: set[str] = set()
    for field in ("cause", "now", "stop", "alternate"):
        both = getattr(fault, field)
        if isinstance(both, Text):
            names |= placeholders(both.zh) | placeholders(both.en)
        elif isinstance(both, Lines):
            names |= {name for line in (*both.zh, *both.en) for name in placeholders(line)}
    return names


def full(fault: Fault) -> dict[str, Value]:
    names = asked(fault).union(*(asked(variant) for variant in fault.variants.values()))
    return {name: CODES.get(name, f"値{name}") for name in names}


def check_clean(text: str) -> None:
    assert text
    assert text == text.strip()
    assert not re.search(r"[{}]|\bNone\b(?! needed)|\bnan\b", text), text
    assert not re.search(
        r"“”|''|（）|\(\)|：[。，；]|: ?[.;]|  |，[。；]|[；;]$|[。；][。；]|^[，。；,.;]", text
    ), text


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("code", PROCEDURE.faults)
def test_every_fault_is_said_cleanly_with_any_one_value_missing(
    code: str, platform: str, lang: words.Lang
) -> None:
    fault = PROCEDURE.faults[code]
    values = full(fault)
    partial = [{**values, name: None} for name in values]
    for known in ({}, dict.fromkeys(values), values, *partial):
        card = words.card(fault, known, lang, platform)
        for text in (card.title, card.cause, *card.now, card.stop, card.alternate):
            check_clean(text)
        assert 1 <= len(card.now) <= 4
    said = words.card(fault, values, lang, platform)
    shown = " ".join((said.cause, *said.now, said.stop, said.alternate))
    for name in asked(fault.on(platform)) - CODES.keys():
        assert f"値{name}" in shown


def test_the_clean_check_itself_can_fail() -> None:
    for bad in ("", "a {b}", "打印机“”卡纸", "在：。", "Use ''.", "改用；", " a"):
        with pytest.raises(AssertionError):
            check_clean(bad)


def test_it_is_said_to_know_only_of_a_ticket_that_was_delivered() -> None:
    for code in ("NET_GATEWAY", "SEC_MALWARE", "PRN_SERVICE", "PC_BSOD", "SEC_FIREWALL_OFF"):
        fault = PROCEDURE.faults[code]
        for lang in LANGS:
            without = " ".join(words.card(fault, {"it_phone": "8000"}, lang, "linux").now)
            told = " ".join(words.card(fault, {"ticket": "IT-42"}, lang, "linux").now)
            assert "IT-42" in told
            assert not re.search(r"IT 已|IT has|IT knows", without), without


def test_a_desk_that_is_cut_off_is_told_to_phone() -> None:
    for code in ("NET_GATEWAY", "SEC_MALWARE"):
        card = words.card(PROCEDURE.faults[code], {"it_phone": "8000"}, "zh", "linux")
        assert "8000" in " ".join(card.now)
        assert "电话" in " ".join(words.card(PROCEDURE.faults[code], {}, "zh", "linux").now)


def test_no_fault_sends_what_was_typed_to_another_file() -> None:
    for fault in PROCEDURE.faults.values():
        for platform in PLATFORMS:
            card = words.card(fault, full(fault), "zh", platform)
            assert not re.search("记事本|Notepad", " ".join(card.now))


def test_the_words_follow_the_supply_that_the_device_holds() -> None:
    low = PROCEDURE.faults["PRN_TONER_LOW"]
    values: dict[str, Value] = {"device": "front", "kind": "ink", "colour": "cyan", "days_left": 4.6}
    assert words.card(low, values, "zh", "linux").cause == (
        "打印机“front”的墨水快该更换了，现在可以照常打印。颜色：青色。大约还能用 4.6 天。"
    )
    cause = words.card(low, {**values, "kind": None, "colour": None, "days_left": None}, "en", "linux").cause
    assert cause == "Printer 'front' will soon need its supply replaced; you can print as usual."


def test_closed_sets_are_the_sets_that_the_checks_use() -> None:
    assert set(get_args(mib.Kind)) <= reasons.SUPPLY_KINDS.keys()
    assert set(get_args(mib.Colour)) <= reasons.COLOURS.keys()


def test_windows_steps_are_for_windows_only() -> None:
    for fault in PROCEDURE.faults.values():
        card = words.card(fault, full(fault), "en", "linux")
        shown = " ".join((card.cause, *card.now, card.stop, card.alternate))
        assert not re.search(r"Windows|Ctrl\+Shift\+Esc|Win\+L|taskbar|Recycle Bin|Task Manager", shown)
    lock = PROCEDURE.faults["SEC_LOCK_OFF"]
    assert "Win+L" in words.card(lock, {}, "zh", "windows").now[0]


def test_every_built_fault_value_is_known_to_the_renderer() -> None:
    """A fault names only what its checks or the program give: lint says so, here for the built ones."""
    for check in registry.ALL:
        for code in check.faults:
            given = {name for one in registry.ALL for name in one.faults.get(code, ())}
            assert asked(PROCEDURE.faults[code]) <= given | IN_FAULTS


def raised() -> dict[str, str]:
    """Every code that a ProbeError is raised with, and the dotted strings that could be one, by module."""
    literal = {one: name for name, node in nodes() if is_probe_error(node) for one in strings(node)}
    families = {one.partition(".")[0] for one in literal if "." in one}
    shape = re.compile(rf"(?:{'|'.join(families)})\.[a-z0-9_]+")
    passed_on = {
        one: name
        for name, node in nodes()
        if name.startswith("checks") and isinstance(node, ast.Constant)
        for one in strings(node)
        if one not in PROCEDURE.checks
    }
    return {one: name for one, name in (literal | passed_on).items() if shape.fullmatch(one)}


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for name, module in tree.modules().items():
        for node in ast.walk(module):
            yield name, node


def is_probe_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ProbeError")


def strings(node: ast.AST) -> list[str]:
    """The strings of the first argument of a call, or of a constant itself."""
    start = node.args[0] if isinstance(node, ast.Call) and node.args else node
    found = (one.value for one in ast.walk(start) if isinstance(one, ast.Constant))
    return [value for value in found if isinstance(value, str)]


def test_every_reason_that_a_probe_can_give_has_words() -> None:
    codes = raised()
    assert len(codes) > 30
    unsaid = {code: name for code, name in codes.items() if words.reason(code, "en") == reasons.UNKNOWN}
    assert not unsaid


def test_the_scan_sees_a_code_without_words() -> None:
    assert words.reason("brand_new.failure", "en") == reasons.UNKNOWN
    assert "snmp.timeout" in raised()
    assert "smart.standby" in raised()  # raised by a variable: found as a string


def test_every_rule_of_the_light_has_words() -> None:
    source = (tree.ROOT / "agent" / "verdict.py").read_text(encoding="utf-8")
    rules = set(re.findall(r'Reason\([^)]*?f?"([a-z_]+)(?:\.\{[^"]*)?"\)', source))
    rules |= set(re.findall(r'Light\([^)]*?\("([a-z_]+)",\)', source))
    assert {"stopped_until_retest", "to_confirm", "recovering"} <= rules
    assert rules <= reasons.REASONS.keys()
    assert {"agent.crashed", "check.overrun", "not_configured", "not_built"} <= reasons.REASONS.keys()


def test_every_word_of_the_program_is_there_in_chinese() -> None:
    for table in (reasons.REASONS, reasons.VERDICTS, reasons.STATES, reasons.OUTAGES, reasons.SUPPLY_KINDS):
        for message in table.values():
            assert re.search(r"[\u4e00-\u9fff]", words.say(message, "zh")), message
            assert words.say(message, "en") == message


def test_colours_and_states() -> None:
    assert words.verdict("green", "zh") == "可以开工"
    assert [bool(words.verdict(colour, "zh")) for colour in COLOURS] == [True] * 4
    assert "不代表正常" in words.verdict("grey", "zh")
    assert len({words.state(state, "zh") for state in STATES}) == len(STATES)


def test_lengths_of_time_and_amounts() -> None:
    assert [words.duration(seconds, "en") for seconds in (0, 45.2, 90, 3600, 5400, 200_000)] == [
        "0 s",
        "45 s",
        "2 min",
        "1 h",
        "1.5 h",
        "2 days",
    ]
    assert words.age(12, "zh") == "12 秒前"
    assert [words.size(count) for count in (512, 1536, 5 * 1024**3)] == ["512 B", "1.5 KB", "5 GB"]
    assert words.spoken({"left_bytes": 2048, "idle_s": 60, "oven_s": None}, "zh") == {
        "left_bytes": "2 KB",
        "idle_s": "1 分钟",
        "oven_s": None,
    }


def test_names_from_the_settings_stand_as_they_are() -> None:
    assert words.spoken({"module": "claims"}, "zh")["module"] == "理赔处理"
    assert words.spoken({"module": "Ours {x}"}, "zh")["module"] == "Ours {x}"
    assert words.spoken({"module": ""}, "zh")["module"] == ""


def test_questions_are_asked_whole_without_counts() -> None:
    for row in PROCEDURE.attestations.values():
        for lang in LANGS:
            asked_text = words.question(row, PROCEDURE, lang)
            check_clean(asked_text)
    docs = PROCEDURE.attestations["client_docs_ready"]
    assert words.question(docs, PROCEDURE, "zh", {"n_cases": 3}).endswith("共 3 件")
    assert "工作服" in words.question(PROCEDURE.attestations["ppe_worn"], PROCEDURE, "zh")


@pytest.mark.parametrize(
    ("locale", "lang"),
    [("en_GB.UTF-8", "en"), ("zh_CN.UTF-8", "zh"), ("C", "zh"), (None, "zh"), ("de", "zh")],
)
def test_the_language_of_a_locale(locale: str | None, lang: str) -> None:
    assert words.language(locale) == lang


def translations(root: Path) -> subprocess.CompletedProcess[str]:
    script = tree.ROOT / "packaging" / "translations.py"
    argv = [sys.executable, str(script), "--check", "--root", str(root)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_the_catalogue_is_complete_and_compiled() -> None:
    done = translations(tree.ROOT)
    assert done.returncode == 0, done.stderr


def test_a_string_without_chinese_is_noticed(tmp_path: Path) -> None:
    for folder in ("agent", "config"):
        shutil.copytree(tree.ROOT / folder, tmp_path / folder)
    assert translations(tmp_path).returncode == 0
    (tmp_path / "agent" / "extra.py").write_text('say("a string that nobody translated", lang)\n')
    done = translations(tmp_path)
    assert done.returncode == 1
    assert "a string that nobody translated" in done.stderr
