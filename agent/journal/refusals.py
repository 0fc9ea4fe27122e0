"""Why the journal does not take an entry."""


class BadEntry(Exception):  # noqa: N818  the person's slip, not the program's
    """Not a step, tick, field, case or time that the procedure or the journal knows; the message names it."""


class Refused(Exception):  # noqa: N818  a rule at work, not an error
    """A rule of the procedure forbids it. `missing` names the ticks, reason or steps that are missing."""

    def __init__(self, missing: tuple[str, ...], why: str) -> None:
        super().__init__(f"{', '.join(missing)}: {why}")
        self.missing = missing
        self.why = why


class LooksPersonal(Refused):
    """A text looks like a client's number or address. The text itself is not in the message."""

    def __init__(self, name: str) -> None:
        super().__init__((name,), "this looks like a client's data, which the journal does not take")


class KeyReused(Refused):
    """An idempotency key came a second time with another entry."""

    def __init__(self) -> None:
        super().__init__(("idempotency key",), "it was used for another entry")
