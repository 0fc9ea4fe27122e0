"""A total time for something that waits in many small pieces, such as an HTTP body. For one-shot children.

A time limit of `requests` is for each read; this one is for all of them together.
"""

import contextlib
import signal
from collections.abc import Iterator


class OverdueError(Exception):
    """It took longer than all of it may."""


@contextlib.contextmanager
def within(total_s: float) -> Iterator[None]:
    """Raise OverdueError in the block after `total_s`, also while it waits for one more byte.

    Main thread only. Where the platform has no timer for that, the child's own deadline ends it.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def overdue(*_: object) -> None:
        raise OverdueError

    before = signal.signal(signal.SIGALRM, overdue)
    signal.setitimer(signal.ITIMER_REAL, total_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
