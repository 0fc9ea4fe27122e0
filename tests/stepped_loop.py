"""A child that keeps time while its clock is set: `python stepped_loop.py WHAT FILE CLOCK STEPS LASTS_S`.

WHAT is interval or morning, each ours or by plain `schedule`. FILE is libfaketime's, CLOCK is what to write
to it first, STEPS is "1.0=+24h,2.0=-24h": what to write later, and when. Prints the age of each run.
"""

import select
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import schedule

from agent import clock
from agent.timetable import Calendar, Rule, Timetable
from agent.workdays import DAYS
from config import procedure

INTERVAL_S = 0.25
LOOK_S = 0.02
MORNING = "08:30"


def ours_interval() -> Callable[[], int]:
    table: Timetable[str] = Timetable()
    table.every("a", INTERVAL_S)
    return lambda: len(table.due())


def plain_interval() -> Callable[[], int]:
    return _plain(schedule.Scheduler(), lambda plan: plan.every(INTERVAL_S).seconds)  # type: ignore[arg-type]  # fractions work


def ours_morning() -> Callable[[], int]:
    work = msgspec.structs.replace(procedure.load().rows.work, timezone="UTC", workdays=DAYS)
    kept: dict[str, clock.Instant] = {}
    mornings = Calendar(work, kept.get, kept.__setitem__)
    mornings.add("preop", Rule("workday", MORNING))

    def look() -> int:
        due = mornings.due()
        for job in due:
            mornings.ran(job)
        return len(due)

    return look


def plain_morning() -> Callable[[], int]:
    return _plain(schedule.Scheduler(), lambda plan: plan.every().day.at(MORNING))


def _plain(
    plan: schedule.Scheduler, job_of: Callable[[schedule.Scheduler], schedule.Job]
) -> Callable[[], int]:
    ran: list[str] = []
    job_of(plan).do(ran.append, "a")

    def look() -> int:
        ran.clear()
        plan.run_pending()
        return len(ran)

    return look


def main(what: str, faked: Path, steps: str, lasts_s: float) -> None:
    look = {
        "ours-interval": ours_interval,
        "plain-interval": plain_interval,
        "ours-morning": ours_morning,
        "plain-morning": plain_morning,
    }[what]()
    waiting = [
        (float(at), text) for at, _, text in (step.partition("=") for step in steps.split(",") if step)
    ]
    start_s = clock.boot_s()
    while (age_s := clock.boot_s() - start_s) < lasts_s:
        if waiting and age_s >= waiting[0][0]:
            faked.write_text(waiting.pop(0)[1] + "\n", encoding="ascii")
        for _ in range(look()):
            sys.stdout.write(f"{age_s:.3f}\n")
        select.select([], [], [], LOOK_S)  # time.sleep fails under libfaketime once the clock was set


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(sys.argv[3] + "\n", encoding="ascii")
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[4], float(sys.argv[5]))
