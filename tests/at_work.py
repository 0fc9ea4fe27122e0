"""A company overlay for tests: always at work, and only the checks that a bare machine can pass."""

from config import procedure

KEPT = ("agent.", "network.", "printer.", "computer.boot", "computer.disk", "computer.memory")
COMPANY = (
    '[work]\nday_starts = "00:00"\nday_ends = "23:59"\n'
    'workdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\nholidays = "none"\n'
) + "".join(
    f'[[check]]\nid = "{name}"\nenabled = false\n'
    for name in procedure.load().checks
    if not name.startswith(KEPT)
)
