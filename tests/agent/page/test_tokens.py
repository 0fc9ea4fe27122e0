"""Codes work once, for a minute and one user; tokens die idle, and at the end of a day."""

from hypothesis import given
from hypothesis import strategies as st

from agent.page.tokens import CODE_LIFE_S, IDLE_S, KEPT_MAX, LIFE_S, Tokens

BROKER, OTHER = 1000, 1001


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def tokens() -> tuple[Tokens, Clock]:
    clock = Clock()
    return Tokens(clock), clock


def test_a_code_opens_once() -> None:
    held, _ = tokens()
    code = held.code(BROKER)
    token = held.enter(code, BROKER)
    assert token is not None
    assert held.holder(token, BROKER) == BROKER
    assert held.enter(code, BROKER) is None


def test_a_code_may_be_typed_carelessly() -> None:
    held, _ = tokens()
    assert held.enter(" " + held.code(BROKER).replace("-", " ").lower() + "\n", BROKER)


def test_another_user_neither_opens_nor_spoils_it() -> None:
    held, _ = tokens()
    code = held.code(BROKER)
    assert held.enter(code, OTHER) is None
    assert held.enter(code, -1) is None
    token = held.enter(code, BROKER)
    assert token
    assert held.holder(token, OTHER) is None
    assert held.holder(token, BROKER) == BROKER


def test_where_the_platform_knows_no_peer_the_secret_alone_counts() -> None:
    held, _ = tokens()
    token = held.enter(held.code(BROKER), None)
    assert token
    assert held.holder(token, None) == BROKER


def test_a_code_dies_after_a_minute() -> None:
    held, clock = tokens()
    code = held.code(BROKER)
    clock.now_s += CODE_LIFE_S - 1
    late = held.code(BROKER)
    clock.now_s += 1
    assert held.enter(code, BROKER) is None
    assert held.enter(late, BROKER)


def test_a_token_dies_idle_and_lives_by_use_but_not_for_ever() -> None:
    held, clock = tokens()
    used, idle = held.enter(held.code(BROKER), BROKER), held.enter(held.code(BROKER), BROKER)
    assert used
    assert idle
    start_s = clock.now_s
    while clock.now_s + IDLE_S - 1 < start_s + LIFE_S:
        clock.now_s += IDLE_S - 1
        assert held.holder(used, BROKER) == BROKER
    assert held.holder(idle, BROKER) is None
    clock.now_s = start_s + LIFE_S
    assert held.holder(used, BROKER) is None


def test_only_digests_are_kept_and_not_many() -> None:
    held, _ = tokens()
    made = [held.code(BROKER) for _ in range(KEPT_MAX + 1)]
    entered = [held.enter(code, BROKER) for code in made]
    assert entered[0] is None
    assert all(entered[1:])
    kept = repr(held._tokens) + repr(held._codes)
    assert not [token for token in entered if token and token in kept]
    assert len(held._tokens) == KEPT_MAX


@given(st.text())
def test_nothing_else_opens(text: str) -> None:
    held, _ = tokens()
    held.code(BROKER)
    held.enter(held.code(BROKER), BROKER)
    assert held.enter(text, BROKER) is None
    assert held.holder(text, BROKER) is None
