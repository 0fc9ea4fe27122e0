"""The types of `procedure.toml`: one struct for each table, strict about keys and kinds."""

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from config.business import (
    AdjustStep,
    Case,
    ClientMessage,
    IncidentRules,
    Label,
    Maintenance,
    Privacy,
    Report,
    Step,
    Training,
    Transition,
)
from config.row import Days, Level, Lines, Row, Text

Severity: TypeAlias = Literal["stop", "degraded", "notice"]
Platform: TypeAlias = Literal["linux", "windows"]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=604800)]


class About(Row, frozen=True):
    """`[procedure]`: which document this is."""

    id: str
    title: Text
    edition: str
    year: int
    category: Text
    issued_by: Text
    document_no: str
    reviewed_by: str
    approved_by: str
    source_truncated_at: str = ""
    default_language: Literal["zh-CN", "en"] = "zh-CN"
    languages: tuple[str, ...] = ("zh-CN", "en")


class OverlayRules(Row, frozen=True):
    """`[overlay]`: how company files merge."""

    merge_key: Literal["id"]
    allow_fields: tuple[str, ...]


class Work(Row, frozen=True):
    """`[work]`: hours of the desk, local time of `timezone`."""

    timezone: str
    day_starts: str
    day_ends: str
    workdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    ready_valid_until: Literal["day_ends"]
    ready_max_age_h: float
    broker_seconds_target_median: float
    broker_seconds_target_p95: float
    holidays: Literal["china", "none"] = "none"  # public holidays, with the workdays that make up for them
    days_off: tuple[date, ...] = ()  # of the company; these and `days_on` go before everything else
    days_on: tuple[date, ...] = ()


class VerdictNumbers(Row, frozen=True):
    """`[verdict]`: when results count as fresh, confirmed, recovered, flapping."""

    order: tuple[str, ...]
    freshness_factor: float
    freshness_min_s: float
    snapshot_max_age_s: float
    fail_attempts: Annotated[int, msgspec.Meta(ge=1, le=10)]
    fail_retry_s: Seconds
    recover_attempts: Annotated[int, msgspec.Meta(ge=1, le=10)]
    first_failure_shows: Literal["amber"]
    flap_window_min: float
    flap_changes: Annotated[int, msgspec.Meta(ge=2)]
    flap_quiet_min: float
    resume_grace_s: float
    attestation_reminder_min: float
    show_coverage: Literal[True]


class TicketNumbers(Row, frozen=True):
    """`[tickets]`: how IT is kept from a flood."""

    max_open_per_device_fault: int
    reopen_within_h: float
    max_new_per_station_per_day: int
    fleet_storm_stations: int
    fleet_storm_window_min: float
    digest_weekday: str
    observe_only_workdays: int


class Section(Row, frozen=True):
    """A numbered section of the document."""

    id: str
    title: Text
    optional: bool = False


class Capability(Row, frozen=True):
    """What the work needs; usable while any of its devices is usable."""

    id: str
    title: Text
    level: Level
    alternates: tuple[str, ...] = ()


class Clause(Row, frozen=True):
    """One demand of the document and the named parts that serve it."""

    id: str
    section: str
    title: Text
    text: Text
    actor: tuple[str, ...]
    mechanism: tuple[str, ...]
    cadence: tuple[str, ...]
    level: Level
    record: tuple[str, ...]
    done: Text
    enabled: bool = True
    origin: str = ""
    checks: tuple[str, ...] = ()
    attest: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    training: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    maintenance: tuple[str, ...] = ()
    incident_states: tuple[str, ...] = ()
    adjust_steps: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()
    due: Days | None = None
    params: dict[str, Any] = msgspec.field(default_factory=dict)


class CheckRow(Row, frozen=True):
    """How often, how long and against which thresholds one check runs."""

    id: str
    capability: str
    level: Literal["blocking", "advisory"]
    interval_s: Seconds
    timeout_s: Seconds
    title: Text
    facts: tuple[str, ...]
    faults: tuple[str, ...]
    parent: str | None = None
    attempts: Annotated[int, msgspec.Meta(ge=1, le=10)] | None = None
    retry_s: Seconds | None = None
    optional: bool = False
    enabled: bool = True
    params: dict[str, Any] = msgspec.field(default_factory=dict)


class OnProblem(Row, frozen=True):
    """What follows when a person answers "problem"."""

    route: Literal["it", "manager", "office", "self"]
    severity: Severity
    fault: str | None = None
    ask: Text | None = None


class Choice(Row, frozen=True):
    """One thing to tick under a question."""

    id: str
    zh: str
    en: str


class Attestation(Row, frozen=True):
    """A question that only a person can answer."""

    id: str
    clause: str
    when: str
    ttl: str
    question: Text
    answers: tuple[str, ...]
    on_problem: OnProblem
    order: int | None = None
    actor: str = "broker"
    enabled: bool = True
    required: bool = True
    skip_if: str | None = None
    skip_if_fresh: tuple[str, ...] = ()
    never_batch_on_spot_day: bool = False
    choices: tuple[Choice, ...] = ()


class Test(Row, frozen=True):
    """One test of section 5.1."""

    __test__ = False  # not for a test runner to collect
    id: str
    clause: str
    title: Text
    when: tuple[str, ...]
    max_s: Seconds
    paper_pages: int
    consent: Literal["none", "ask", "ask_it"]
    checks: tuple[str, ...]
    attest: tuple[str, ...] = ()
    same_as_failed: bool = False
    passes_required: int = 1
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    enabled: bool = True


class FaultText(Row, frozen=True):
    """Fields of a fault that read differently on one platform."""

    cause: Text | None = None
    now: Lines | None = None
    stop: Text | None = None
    alternate: Text | None = None


class Fault(Row, frozen=True):
    """What a fault means to the broker, and whether IT gets a ticket for it."""

    code: str
    title: Text
    device: str
    severity: Severity
    category: str
    ticket: Literal["auto", "after_self_help", "digest", "none"]
    retest: str
    cause: Text
    now: Lines
    stop: Text
    alternate: Text
    warn_severity: Severity | None = None  # for a finding past its warn limit only; None: as severity
    ticket_after_min: float | None = None
    ticket_at_once_days_left: float | None = None  # a digest fault this close to its end goes at once
    ppe_task: str | None = None
    route: str = "it"
    variants: dict[Platform, FaultText] = msgspec.field(default_factory=dict)
    enabled: bool = True

    @property
    def id(self) -> str:
        """Faults are merged by their code."""
        return self.code

    def on(self, platform: str) -> "Fault":
        """Return this fault with the texts of `platform` ("linux", "windows") in place."""
        variant = self.variants.get(platform)  # type: ignore[call-overload]
        if variant is None:
            return self
        own = {name: getattr(variant, name) for name in variant.__struct_fields__}
        return msgspec.structs.replace(self, **{name: text for name, text in own.items() if text is not None})


class Rows(Row, frozen=True):
    """The file as it is written, after the overlays."""

    schema: Literal["deskready.procedure/1"]
    procedure: About
    overlay: OverlayRules
    vocabulary: dict[str, tuple[str, ...]]
    work: Work
    verdict: VerdictNumbers
    tickets: TicketNumbers
    privacy: Privacy
    section: tuple[Section, ...]
    capability: tuple[Capability, ...]
    clause: tuple[Clause, ...]
    check: tuple[CheckRow, ...]
    attestation: tuple[Attestation, ...]
    training: tuple[Training, ...]
    test: tuple[Test, ...]
    step: tuple[Step, ...]
    case: Case
    transition: tuple[Transition, ...]
    incident: IncidentRules
    adjust: tuple[AdjustStep, ...]
    maintenance: tuple[Maintenance, ...]
    report: tuple[Report, ...]
    fault: tuple[Fault, ...]
    client_message: tuple[ClientMessage, ...]
    label: tuple[Label, ...] = ()
