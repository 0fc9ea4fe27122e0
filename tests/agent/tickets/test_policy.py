"""When a sink and a note are tried again: bounds that hold for every outcome."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.tickets import policy
from agent.tickets.model import Outcome
from agent.tickets.policy import SinkState


@given(st.integers(1, 10_000), st.randoms())
def test_waiting_times_are_bounded(count: int, chance: random.Random) -> None:
    wait_s = policy.backoff_s(count, chance)
    assert policy.SHORTEST_S / 2 <= wait_s <= policy.LONGEST_S


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                (
                    "delivered",
                    "not_sent",
                    "ambiguous",
                    "rate_limited",
                    "unauthorised",
                    "rejected",
                    "untouched",
                )
            ),
            st.none() | st.floats(0, 1e6),
        )
    ),
    st.randoms(),
)
def test_a_sink_that_answers_is_well_again(
    outcomes: list[tuple[Any, float | None]], chance: random.Random
) -> None:
    state, now_s = SinkState(), 100.0
    for name, retry_after_s in outcomes:
        state = policy.after(state, Outcome(note=1, outcome=name, retry_after_s=retry_after_s), now_s, chance)
        assert bool(state.problem) == (state.not_before_s > now_s)
    assert policy.after(state, Outcome(note=1, outcome="delivered"), now_s, chance) == SinkState()
