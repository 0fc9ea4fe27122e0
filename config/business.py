"""The types of the procedure's tables about people's work: steps, cases, incidents, upkeep, reports."""

from typing import Literal

import msgspec

from config.row import Days, Row, Text


class Training(Row, frozen=True):
    """One course or sign-off; `valid_days` 0 means for good."""

    id: str
    title: Text
    who: tuple[str, ...]
    valid_days: int
    remind_days: int
    drill_every_days: int | None = None
    enabled: bool = True


class NextDue(Row, frozen=True):
    """Which step follows, after how many days."""

    step: str
    after: Days


class OpensWhen(Row, frozen=True):
    """Obligations that a phase of a step opens."""

    phase: str
    obligations: tuple[str, ...]


class Step(Row, frozen=True):
    """One business step of section 3."""

    id: str
    clause: str
    key: str
    title: Text
    needs: tuple[str, ...]
    hard: tuple[str, ...]
    soft: tuple[str, ...]
    fields: tuple[str, ...]
    next_due: NextDue | None = None
    opens: tuple[str, ...] = ()
    opens_when: OpensWhen | None = None
    phases: tuple[str, ...] = ()
    repeats: bool = False
    obligation: bool = False
    due: Days | None = None
    enabled: bool = True


class Case(Row, frozen=True):
    """The states of one case."""

    initial: str
    final: tuple[str, ...]
    states: tuple[str, ...]
    close_requires_no_open_obligations: bool
    out_of_order: Literal["accept_with_reason", "refuse"]
    reopen_days: int


class Label(Row, frozen=True):
    """How a tick, field, phase or move of the business steps is called."""

    id: str
    title: Text


class Privacy(Row, frozen=True):
    """`[privacy]`: what is refused at input and may be a label."""

    client_names_allowed_in: tuple[str, ...]
    case_ref_pattern: str
    reject_patterns: tuple[str, ...]
    note_max_chars: int
    metrics_labels_allowed: tuple[str, ...]


class Transition(Row, frozen=True, rename={"from_states": "from"}):
    """One arrow of the case's state chart."""

    from_states: tuple[str, ...]
    step: str
    to: str
    when: dict[str, bool | str] = msgspec.field(default_factory=dict)


class IncidentRules(Row, frozen=True):
    """The incident life cycle of 4.2 and 5.2."""

    states: tuple[str, ...]
    close_requires: tuple[str, ...]
    human_cannot_close_without_retest: Literal[True]
    parallel: tuple[str, ...]
    tell_clients_within_min: float
    notify_it_within_min: float


class AdjustStep(Row, frozen=True):
    """One of the six steps of 5.2."""

    id: str
    clause: str
    order: int
    title: Text
    auto: bool
    fields: tuple[str, ...]
    categories: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


class Maintenance(Row, frozen=True):
    """A recurring task of 4.2.5."""

    id: str
    title: Text
    device: str
    actor: str
    every: Days
    minutes: float
    or_uses: int | None = None
    ppe: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    enabled: bool = True


class Report(Row, frozen=True, rename={"for_whom": "for"}):
    """A report by name and lines."""

    id: str
    title: Text
    for_whom: str
    when: str
    lines: tuple[str, ...]
    enabled: bool = True


class ClientMessage(Row, frozen=True):
    """Ready wording for clients, sent by the company's own channel."""

    id: str
    use: tuple[str, ...]
    text: Text
    needs_approval: bool = False
    enabled: bool = True
