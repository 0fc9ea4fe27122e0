"""The heartbeat of the core loop: how long ago it last went round."""

from agent import clock


class Pulse:
    """Beaten by the core loop, read by whoever asks whether it still goes round."""

    def __init__(self) -> None:
        """Begin with a beat, so that a program that has just started counts as alive."""
        self._beat_s = clock.boot_s()

    def beat(self) -> None:
        """Note that the loop has gone round."""
        self._beat_s = clock.boot_s()

    def age_s(self) -> float:
        """Return the seconds since the last beat."""
        return clock.boot_s() - self._beat_s
