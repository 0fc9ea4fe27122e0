import tomllib
from pathlib import Path

import pytest
import small_procedure as small
from lint_cases import BAD

from agent.cli.shipped import shipped
from config import procedure as procedures
from config.lint import MESSAGES, Problem, lint
from config.lint.names import REFERENCES, names
from config.lint.problem import KINDS
from config.lint.shape import hidden_texts, read, shapes
from config.shipped import Shipped, ShippedCheck


def judged(content: str, built: Shipped = small.SHIPPED_ALL) -> list[Problem]:
    return list(lint(small.rows(content), built))


def test_the_small_procedure_is_clean() -> None:
    assert judged(small.text()) == []


@pytest.mark.parametrize("name", BAD)
def test_each_rule_finds_its_one_problem(name: str) -> None:
    old, new, expected = BAD[name]
    found = [
        (one.table, one.id, one.field, one.code, one.values.get("nearest"))
        for one in judged(small.changed(old, new))
    ]
    assert expected in found
    assert len([one for one in found if one[:4] == expected[:4]]) == 1


def test_a_state_that_cannot_be_left() -> None:
    content = small.changed('final = ["closed"]', "final = []")
    codes = [(one.code, one.values.get("name")) for one in judged(content)]
    assert codes == [("state_without_exit", "closed")]


def test_all_problems_are_told_not_the_first() -> None:
    content = small.text()
    for old, new, _ in (BAD["unknown test"], BAD["unknown retest"], BAD["unequal placeholders"]):
        content = content.replace(old, new, 1)
    assert len(judged(content)) >= 3


def test_a_check_that_the_program_does_not_know() -> None:
    typo = small.text().replace("lamp.colour", "lamp.color")
    found = [(one.id, one.code, one.values.get("nearest")) for one in judged(typo)]
    assert found == [("lamp.color", "check_unknown", "lamp.colour")]


def test_an_awaited_check_is_a_remark_and_its_params_are_not_judged() -> None:
    content = small.changed("params = { warn_lux = 300 }", "params = { nonsense = 1 }")
    awaiting = Shipped(checks={}, awaited=frozenset({"lamp.level", "lamp.colour"}))
    found = judged(content, awaiting)
    assert [(one.id, one.code, one.is_error) for one in found] == [("lamp.level", "param_not_judged", False)]


def test_the_program_and_the_row_agree_about_faults() -> None:
    raises_more = ShippedCheck(small.Params, {"LAMP_WEAK": ("lux",), "LAMP_DARK": ()})
    built = Shipped({**small.SHIPPED_ALL.checks, "lamp.level": raises_more})
    assert [one.code for one in judged(small.text(), built)] == ["fault_not_listed"]
    raises_less = ShippedCheck(small.Params, {})
    built = Shipped({**small.SHIPPED_ALL.checks, "lamp.level": raises_less})
    codes = {one.code for one in judged(small.text(), built)}
    assert "fault_not_of_check" in codes


def test_a_part_that_is_switched_off_serves_nobody() -> None:
    content = small.changed(
        'mechanism = ["check", "attestation", "test", "training", "guidance"]', 'mechanism = ["check"]'
    )
    for line in ('attest = ["bright_enough"]\n', 'tests = ["preop"]\n', 'training = ["lamp_use"]\n'):
        content = content.replace(line, "", 1)
    assert judged(content) == []
    off = content.replace('[[check]]\nid = "lamp.level"', '[[check]]\nid = "lamp.level"\nenabled = false', 1)
    assert [one.code for one in judged(off)] == ["clause_unserved"]


def test_shapes_of_the_small_procedure_fit() -> None:
    assert list(shapes(small.tree(small.text()))) == []


def test_every_wrong_shape_is_told() -> None:
    content = small.changed('severity = "degraded"', 'severty = "degraded"')
    content = content.replace(', en = "Smoke: stop using it."', "", 1)
    content = content.replace("interval_s = 60", 'interval_s = "60"', 1)
    found = {(one.table, one.id, one.field, one.code) for one in shapes(small.tree(content))}
    assert found == {
        ("fault", "LAMP_WEAK", "", "unknown"),
        ("fault", "LAMP_WEAK", "severity", "missing"),
        ("fault", "LAMP_WEAK", "stop.en", "missing"),
        ("check", "lamp.level", "interval_s", "shape"),
    }


def test_an_unknown_and_a_missing_table() -> None:
    tree = small.tree(small.text())
    tree["falt"] = tree.pop("fault")
    found = {(one.table, one.code, one.values.get("nearest")) for one in shapes(tree)}
    assert found == {("falt", "unknown", "fault"), ("fault", "missing", None)}


def test_a_problem_names_the_file_that_said_it(tmp_path: Path) -> None:
    base, overlays = tmp_path / "base.toml", tmp_path / "procedure.d"
    overlays.mkdir()
    base.write_text(small.text(), encoding="utf-8")
    overlay = '[[fault]]\ncode = "LAMP_WEAK"\nstop = { zh = "{x}", en = "" }\n'
    (overlays / "10-ours.toml").write_text(overlay, encoding="utf-8")
    source = read(base, overlays)
    found = lint(procedures.typed(dict(source.tree), source.base), small.SHIPPED_ALL)
    assert {source.file(one) for one in found} == {"10-ours.toml"}
    assert source.file(Problem("fault", "LAMP_WEAK", "cause", "text_missing")) == "10-ours.toml"
    assert source.file(Problem("fault", "LAMP_DARK", "cause", "text_missing")) == "base.toml"


def test_a_slip_in_the_id_of_an_overlay_is_told_with_the_id_that_was_meant(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text(small.text(), encoding="utf-8")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "1.toml").write_text('[[check]]\nid = "lamp.levle"\nlevel = "advisory"\n', "utf-8")
    source = read(base, tmp_path / "d")
    found = [one for one in shapes(source.tree) if one.code == "half_a_row"]
    assert [(one.id, one.values["nearest"], source.file(one)) for one in found] == [
        ("lamp.levle", "lamp.level", "1.toml")
    ]
    said = r"^1\.toml: check lamp\.levle: .*; to change 'lamp\.level', write its id$"
    with pytest.raises(procedures.ProcedureError, match=said):
        procedures.load(base, tmp_path / "d")


def test_overlays_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(procedures.ProcedureError, match="procedure: no such folder"):
        procedures.load(overlays=tmp_path / "procedure")
    with pytest.raises(procedures.ProcedureError, match="procedure: no such folder"):
        read(overlays=tmp_path / "procedure")


def test_an_overlay_that_one_platform_never_shows(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text(small.text(), encoding="utf-8")
    said = 'stop = { zh = "停。", en = "Stop." }\n'
    for extra, expected in (("", 1), ('variants = { windows = { cause = { zh = "a", en = "a" } } }\n', 0)):
        (tmp_path / "d").mkdir(exist_ok=True)
        (tmp_path / "d" / "1.toml").write_text(
            f'[[fault]]\ncode = "LAMP_WEAK"\n{said}{extra}', encoding="utf-8"
        )
        source = read(base, tmp_path / "d")
        found = list(hidden_texts(source, procedures.typed(dict(source.tree), source.base)))
        assert len(found) == expected
        assert not any(one.is_error for one in found)


def test_an_overlay_written_as_another_kind_of_table_is_refused(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text(small.text(), encoding="utf-8")
    (tmp_path / "d").mkdir()
    for wrong in ('[[work]]\nid = "x"\n', "[check]\ninterval_s = 3\n", "check = 3\n"):
        (tmp_path / "d" / "1.toml").write_text(wrong, encoding="utf-8")
        with pytest.raises(procedures.ProcedureError, match=r"1\.toml"):
            read(base, tmp_path / "d")


def test_the_shipped_procedure_is_clean() -> None:
    source = read()
    assert list(shapes(source.tree)) == []
    found = lint(procedures.load().rows, shipped())
    assert [one for one in found if one.is_error] == []


def test_every_problem_that_a_rule_can_make_has_words() -> None:
    folder = Path(procedures.__file__).parent / "lint"
    written = "".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.stem != "problem"
    )
    assert {code for code in MESSAGES if f'"{code}"' in written} >= MESSAGES.keys() - {
        "unknown",
        "unknown_alone",
    }
    assert {kinds[0] for _, _, kinds in REFERENCES} <= KINDS.keys()


def test_every_reference_points_at_a_field_that_exists() -> None:
    rows = procedures.load().rows
    known = names(rows)
    for table, field, kinds in REFERENCES:
        content = getattr(rows, table)
        row = content[0] if isinstance(content, tuple) else content
        assert hasattr(row, field.partition(".")[0]), (table, field)
        assert set(kinds) <= known.keys()


def test_the_small_file_is_no_copy_of_the_shipped_one() -> None:
    """The rules are tried on rows that the shipped file does not hold."""
    small_ids = {row["id"] for row in tomllib.loads(small.text())["check"]}
    assert not small_ids & procedures.load().checks.keys()
