from pathlib import Path
from typing import Any

import msgspec
import pytest
from incident_streams import LINK, STATUS, Stream, at
from stores import PROCEDURE

from agent.herald import FRESH_S, TOLD_MAX, Herald, News, standing
from agent.incidents.model import Incident
from agent.recorder import Recorder
from agent.result import Colour, Reason


@pytest.fixture
def recorder(tmp_path: Path) -> Any:
    recorder = Recorder(tmp_path, PROCEDURE)
    yield recorder
    recorder.close()


def jammed() -> Incident:
    stream = Stream()
    stream.run(STATUS, [True, True], "PRN_JAM")
    return stream.incidents[0]


JAM = jammed()
JAM_REASON = Reason("red", *STATUS, "PRN_JAM")


def reason(colour: Colour, code: str, key: tuple[str | None, str | None] = LINK) -> Reason:
    return Reason(colour, *key, code)


def look(herald: Herald, *reasons: Reason, incidents: tuple[Incident, ...] = (), now_s: float = 100.0) -> Any:
    return herald.look(reasons, incidents, at(now_s))


def test_a_confirmed_fault_is_brought_up_once(recorder: Recorder) -> None:
    herald = Herald(recorder)
    assert look(herald) is None
    news = look(herald, JAM_REASON, incidents=(JAM,))
    assert (news.kind, news.reason) == ("worse", JAM_REASON)
    assert look(herald, JAM_REASON, incidents=(JAM,)) == news, "offered until a face has shown it"
    herald.told(news.key)
    assert look(herald, JAM_REASON, incidents=(JAM,)) is None


def test_neither_a_restart_nor_a_light_that_swings_brings_it_up_again(recorder: Recorder) -> None:
    herald = Herald(recorder)
    herald.told(look(herald, JAM_REASON, incidents=(JAM,)).key)
    again = Herald(recorder)
    for _ in range(3):
        assert look(again, JAM_REASON, incidents=(JAM,)) is None
        assert look(again, reason("amber", "recovering", STATUS), incidents=(JAM,)) is None


def test_without_the_kept_key_a_restart_would_bring_it_up_again(recorder: Recorder) -> None:
    herald = Herald(recorder)
    assert (
        look(herald, JAM_REASON, incidents=(JAM,)).key
        == look(Herald(recorder), JAM_REASON, incidents=(JAM,)).key
    )


def test_the_next_life_of_a_fault_is_news(recorder: Recorder) -> None:
    herald = Herald(recorder)
    herald.told(look(herald, JAM_REASON, incidents=(JAM,)).key)
    look(herald)
    later = msgspec.structs.replace(JAM, life_at=at(9000))
    assert look(herald, JAM_REASON, incidents=(later,)).kind == "worse"


@pytest.mark.parametrize(
    "code",
    ["not_yet_checked", "off_hours", "checking_after_resume", "recovering", "to_confirm.no_hazard"],
)
def test_what_is_no_event_is_not_brought_up(recorder: Recorder, code: str) -> None:
    assert look(Herald(recorder), reason("grey", code)) is None


def test_a_first_failing_result_is_not_brought_up_and_its_confirmation_is(recorder: Recorder) -> None:
    herald = Herald(recorder)
    assert look(herald, reason("amber", "PRN_JAM", STATUS)) is None
    assert look(herald, reason("amber", "PRN_JAM", STATUS), incidents=(JAM,)).kind == "worse"


def test_not_knowing_is_brought_up_where_it_turns_the_desk_grey(recorder: Recorder) -> None:
    assert standing([reason("amber", "snmp.timeout")], ()) is None
    news = look(Herald(recorder), reason("grey", "snmp.timeout"))
    assert news.key.endswith(":snmp.timeout:2026-03-02")


def test_a_word_of_a_person_is_brought_up(recorder: Recorder) -> None:
    assert look(Herald(recorder), reason("red", "reported.no_hazard", (None, None))).kind == "worse"


def test_only_a_worse_colour_is_news(recorder: Recorder) -> None:
    herald = Herald(recorder)
    look(herald, reason("red", "reported.no_hazard", (None, None)))
    link = msgspec.structs.replace(JAM, check=LINK[0], device=LINK[1], fault="NET_LINK_DOWN", id="OTHER")
    both = (reason("red", "reported.no_hazard", (None, None)), reason("red", "NET_LINK_DOWN"))
    herald.told(look(herald, *both, incidents=(link,)).key)
    assert look(herald, *both, incidents=(link,)) is None


def test_news_that_is_no_longer_true_is_withdrawn(recorder: Recorder) -> None:
    herald = Herald(recorder)
    look(herald, JAM_REASON, incidents=(JAM,))
    assert look(herald, reason("amber", "recovering", STATUS), incidents=(JAM,)) is None


def over(herald: Herald, standing: str) -> News | None:
    """Let the jam end with this standing."""
    ended = msgspec.structs.replace(JAM, standing=standing)
    herald._ended = lambda _name: ended  # type: ignore[method-assign]  the store is the gate's test
    look(herald, JAM_REASON, incidents=(JAM,))
    return look(herald)


def test_the_end_of_a_fault_that_stopped_work_is_brought_up_for_a_while(recorder: Recorder) -> None:
    herald = Herald(recorder)
    news = over(herald, "closed")
    assert news
    assert (news.kind, news.incident.fault if news.incident else "") == ("over", "PRN_JAM")
    assert look(herald, now_s=100 + FRESH_S + 1) is None


def test_a_cancelled_fault_is_not_called_over(recorder: Recorder) -> None:
    assert over(Herald(recorder), "cancelled") is None


def test_what_no_face_was_offered_cannot_be_told(recorder: Recorder) -> None:
    Herald(recorder).told("x" * 10_000)
    assert recorder.note("glance.told") is None


def test_the_kept_keys_are_bounded(recorder: Recorder) -> None:
    herald = Herald(recorder)
    for number in range(TOLD_MAX + 6):
        look(herald)
        life = msgspec.structs.replace(JAM, life_at=at(1000.0 * number))
        herald.told(look(herald, JAM_REASON, incidents=(life,)).key)
    kept = recorder.note("glance.told")
    assert kept
    assert kept.count("worse:") == TOLD_MAX
