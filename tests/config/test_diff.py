import copy

import small_procedure as small
from hypothesis import given
from hypothesis import strategies as st

from config.diff import Change, diff

TREE = small.tree(small.text())


def test_an_edition_does_not_differ_from_itself() -> None:
    assert diff(TREE, copy.deepcopy(TREE)) == ()


def test_two_editions() -> None:
    content = small.changed("warn_lux = 300", "warn_lux = 500")
    content = content.replace('"Bright enough"', '"Is it bright?"', 1)
    content = content.replace('id = "lamp_use"\ntitle', 'id = "lamp_care"\ntitle', 1)
    content = content.replace('digest_weekday = "mon"', 'digest_weekday = "tue"', 1)
    changes = {(one.sign, one.table, one.id, one.field): one for one in diff(TREE, small.tree(content))}
    assert changes.keys() == {
        ("~", "check", "lamp.level", "params.warn_lux"),
        ("~", "attestation", "bright_enough", "question.en"),
        ("-", "training", "lamp_use", ""),
        ("+", "training", "lamp_care", ""),
        ("~", "tickets", "", "digest_weekday"),
    }
    warn = changes["~", "check", "lamp.level", "params.warn_lux"]
    assert (warn.old, warn.new) == (300, 500)


def test_order_says_nothing() -> None:
    turned = {table: rows[::-1] if isinstance(rows, list) else rows for table, rows in TREE.items()}
    assert diff(TREE, turned) == ()


def test_a_field_and_an_arrow_that_come_and_go() -> None:
    content = small.changed('parent = "lamp.level"\n', "").replace('to = "closed"', 'to = "open"', 1)
    found = diff(TREE, small.tree(content))
    assert Change("check", "lamp.colour", "parent", "lamp.level", None) in found
    arrows = [(one.sign, one.id.split()[0]) for one in found if one.table == "transition"]
    assert arrows == [("-", "close"), ("+", "close")]
    assert len(found) == 3


def test_true_is_not_one() -> None:
    assert len(diff({"work": {"a": True}}, {"work": {"a": 1}})) == 1


@given(st.data())
def test_what_is_added_one_way_is_removed_the_other(data: st.DataObject) -> None:
    rows = st.lists(
        st.fixed_dictionaries({"id": st.sampled_from("abc"), "v": st.integers(0, 2)}),
        unique_by=lambda row: row["id"],
    )
    old, new = {"check": data.draw(rows)}, {"check": data.draw(rows)}
    mirror = {"+": "-", "-": "+", "~": "~"}
    there = sorted((mirror[one.sign], one.id, one.field) for one in diff(old, new))
    back = sorted((one.sign, one.id, one.field) for one in diff(new, old))
    assert there == back
    assert (not there) == ({r["id"]: r["v"] for r in old["check"]} == {r["id"]: r["v"] for r in new["check"]})
