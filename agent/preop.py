"""A test of the procedure, run now: its checks in parallel, each repeated until it is settled.

A failing check is looked at again at once, as often as the procedure asks before it believes a failure;
a failed one that answers well again must pass twice. So the test ends with a verdict, not with a doubt.
"""

from collections.abc import Callable, Collection

import msgspec

from agent import clock
from agent.desk import Desk
from agent.pool import Pool
from agent.result import Result
from agent.track import phase
from agent.verdict import Key

REPEAT_AFTER_S = 0.5


class _Look(msgspec.Struct):
    """How far one row of the test has come."""

    key: Key
    since_s: float = 0.0  # only a result that was begun after this counts
    runs_left: int = 1
    start_at_s: float | None = None
    is_done: bool = False


def keys_of(desk: Desk, checks: Collection[str], device: str | None = None) -> tuple[Key, ...]:
    """Rows of the given checks (on one device) in the plan's order."""
    return tuple(key for key in desk.jobs if key[0] in checks and device in {None, key[1]})


def run(
    desk: Desk,
    pool: Pool,
    start: Callable[[Key], bool],
    keys: Collection[Key],
    max_s: float,
    on_result: Callable[[Result], None],
) -> None:
    """Run the rows until all are settled or `max_s` seconds have passed.

    `start` begins a row's run and says False while an earlier one is still going. `on_result` is
    called in this thread for every new result, rows that are off included.
    """
    deadline_s = clock.boot_s() + max_s
    looks = [_begin(desk, key, on_result) for key in keys]
    while (left_s := deadline_s - clock.boot_s()) > 0:
        version = desk.version
        waits_s = [left_s]
        for look in looks:
            _start_if_due(start, look)
            _take_result(desk, pool, look, on_result)
            if look.start_at_s is not None:
                waits_s.append(look.start_at_s - clock.boot_s())
        if all(look.is_done for look in looks):
            return
        next_limit_s = pool.expire()
        desk.wait(min(waits_s if next_limit_s is None else [*waits_s, next_limit_s]), version)


def _begin(desk: Desk, key: Key, on_result: Callable[[Result], None]) -> _Look:
    """Take a row up; a row that is off is done at once."""
    if desk.jobs[key].off is None:
        return _Look(key, runs_left=desk.attempts(key), start_at_s=clock.boot_s())
    for result in desk.results([key]):
        on_result(result)
    return _Look(key, is_done=True)


def _start_if_due(start: Callable[[Key], bool], look: _Look) -> None:
    """Start the row when its time has come; while an earlier run is still going, try again soon."""
    now_s = clock.boot_s()
    if look.start_at_s is None or now_s < look.start_at_s:
        return
    look.since_s = now_s
    look.start_at_s = None if start(look.key) else now_s + REPEAT_AFTER_S


def _take_result(desk: Desk, pool: Pool, look: _Look, on_result: Callable[[Result], None]) -> None:
    """Take a new result in; look again while the row is between two states."""
    track = desk.track(look.key)
    is_stuck = look.key in pool.stuck()
    if look.is_done or track.last is None or not (is_stuck or track.last.boot_s >= look.since_s):
        return
    if look.start_at_s is not None and not is_stuck:
        return
    on_result(track.last)
    look.runs_left -= 1
    is_between = (
        phase(track) in {"soft", "recovering"}
        and track.last.state != "unknown"
        and look.key not in desk.hidden()  # what depends on a failed thing is not asked again and again
    )
    look.is_done = is_stuck or look.runs_left <= 0 or not is_between
    look.start_at_s = None if look.is_done else clock.boot_s() + REPEAT_AFTER_S
