"""Windows of probes and drops, folded from run to run."""

import msgspec
import pytest

from checks.model import ProbeError
from checks.network import stability

STABLE = stability.Params()


def burst(at_s: float, lost: int, sent: int = 10) -> stability.Facts:
    rtts_ms = tuple(1.0 for _ in range(sent - lost))
    one = stability.Burst(at_s, sent, rtts_ms)
    return stability.Facts("10.77.0.1", "icmp", "eth0", 0, (one,), has_answered=bool(rtts_ms))


def fold(*bursts: stability.Facts) -> stability.Facts:
    facts: stability.Facts | None = None
    for one in bursts:
        facts = stability.carry(facts, one)
    assert facts is not None
    return facts


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ((0,), None),
        ((4,), None),  # 4 of 10: too few probes for that
        ((5,), False),  # half of them: plain
        ((0, 1), None),  # one lost probe is never a finding
        ((1, 1), True),  # 2 of 20: past warn
        ((0, 3), False),  # 3 of 20: at the fail limit
        ((0, 0, 0, 0, 0, 0, 2), None),  # 2 of 70: under warn
    ],
)
def test_loss_is_judged_from_enough_probes(lost: tuple[int, ...], expected: bool | None) -> None:
    facts = fold(*(burst(60.0 * n / 2, one) for n, one in enumerate(lost)))
    assert [one.is_warning for one in stability.judge(facts, STABLE)] == (
        [] if expected is None else [expected]
    )


def test_the_window_forgets_and_is_bounded() -> None:
    facts = fold(burst(0, 9), *(burst(300.0 + n, 0) for n in range(200)))
    assert facts.loss_pct_5m == 0
    assert len(facts.bursts) == 60
    assert fold(burst(0, 9), burst(299, 0)).loss_pct_5m == 45.0
    assert fold(burst(900, 9), burst(10, 0)).loss_pct_5m == 0  # another boot began its own count


def test_another_router_starts_anew_and_drops_are_forgotten_after_an_hour() -> None:
    other = msgspec.structs.replace(burst(60, 0), gateway="10.77.0.9")
    assert fold(burst(0, 9), other).loss_pct_5m == 0
    dropped = msgspec.structs.replace(burst(60, 0), drops_count=2)
    assert fold(burst(0, 0), dropped).link_drops_1h == 2
    later = msgspec.structs.replace(burst(3700, 0), drops_count=2)
    assert fold(burst(0, 0), dropped, later).link_drops_1h == 0
    reset = msgspec.structs.replace(burst(120, 0), drops_count=0)
    assert fold(burst(0, 0), dropped, reset).link_drops_1h == 2


def test_a_router_that_never_answered_is_not_called_unstable() -> None:
    with pytest.raises(ProbeError, match=r"network\.gateway_silent"):
        fold(burst(0, 10))
    assert fold(burst(0, 0), burst(60, 10)).loss_pct_5m == 50.0
