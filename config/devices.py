"""The devices and company systems of one desk, as the settings name them: what checks are aimed at.

Every type has a `device_id`, the value of the `device` label and of `--device` ("printer:front").
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$",
        description="1 to 32 of a-z 0-9 _ . - that begin with a letter or a digit",
    ),
]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Duration = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{1,6}(ms|s|m|h)$", description='a length of time such as "800ms", "10s" or "5m"'
    ),
]
SensorProfile: TypeAlias = Literal["xy-md02", "rs-ws-n01", "sht30-kincony", "mh-z19", "ascii"]
Status = Annotated[int, msgspec.Meta(ge=100, le=599)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Unknown keys are errors: a typo must not silently switch a check off."""


class Computer(_Strict, frozen=True):
    """This computer. `root` is the folder under which /proc, /sys, /var and /run are read."""

    root: str = "/"
    expected_displays: Annotated[int, msgspec.Meta(ge=0, le=16)] | None = None
    drives: tuple[str, ...] = ("/",)

    @property
    def device_id(self) -> str:
        """Always "computer"."""
        return "computer"


class Network(_Strict, frozen=True):
    """The network as this desk needs it. `gateway` is an address or "auto" (the OS's default route)."""

    gateway: str = "auto"
    interface: str = "auto"
    internet: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()  # names that must resolve; empty: only that the OS's name server answers
    root: str = "/"

    @property
    def device_id(self) -> str:
        """Always "network"."""
        return "network"


class Snmp(_Strict, frozen=True):
    """How to read a printer. `community` may be "secret:NAME"; version "3" uses the last six fields."""

    version: Literal["1", "2c", "3"] = "2c"
    community: str = "public"
    port: Port = 161
    user: str = ""
    auth: str = ""
    auth_protocol: Literal["SHA", "SHA256", "SHA512", "MD5"] = "SHA256"
    privacy: str = ""
    privacy_protocol: Literal["AES", "AES256", "DES"] = "AES"
    context: str = ""

    def __repr__(self) -> str:
        """Say nothing that opens a printer: the community may have been a secret."""
        return f"Snmp(version={self.version!r}, port={self.port})"


class Printer(_Strict, frozen=True):
    """A printer by host (network) or queue (known to the OS only)."""

    name: Name
    place: str = ""
    host: str = ""
    queue: str = ""
    snmp: Snmp = Snmp()
    ipp: str = ""
    substitutes: tuple[str, ...] = ()
    enabled: bool = True

    @property
    def device_id(self) -> str:
        """For example "printer:front"."""
        return f"printer:{self.name}"


class Scanner(_Strict, frozen=True):
    """A scanner by one of: SANE device name, eSCL address, WIA name."""

    name: Name
    place: str = ""
    sane: str = ""
    escl: str = ""
    wia: str = ""
    substitutes: tuple[str, ...] = ()
    enabled: bool = True

    @property
    def device_id(self) -> str:
        """For example "scanner:front"."""
        return f"scanner:{self.name}"


class Sensor(_Strict, frozen=True):
    """A room sensor on a serial port (anything pyserial's serial_for_url takes)."""

    name: Name
    port: str
    profile: SensorProfile
    address: Annotated[int, msgspec.Meta(ge=1, le=247)] = 1
    baud: Annotated[int, msgspec.Meta(ge=300, le=921600)] | None = None  # None: what the profile says
    place: str = ""
    enabled: bool = True

    @property
    def device_id(self) -> str:
        """For example "sensor:room"."""
        return f"sensor:{self.name}"


class System(_Strict, frozen=True):
    """A company system the broker works in, by the address of a page that needs no login."""

    name: Name
    url: str
    ca_file: str = ""
    enabled: bool = True

    @property
    def device_id(self) -> str:
        """For example "system:core"."""
        return f"system:{self.name}"


class Expect(_Strict, frozen=True):
    """What the answer to a step must be. `json` holds JMESPath conditions that must be true."""

    status: tuple[Status, ...] = (200,)
    within: Duration = "5s"
    warn_within: Duration | None = None
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    json: tuple[str, ...] = ()


class Step(_Strict, frozen=True):
    """One request: `get` or `post`, a path below `base_url`; `${secret.NAME}` and `${saved}` are filled."""

    name: str
    get: str = ""
    post: str = ""
    form: dict[str, str] = {}
    header: dict[str, str] = {}
    expect: Expect = Expect()
    save: dict[str, str] = {}  # name to "json:PATH"


class Transaction(_Strict, frozen=True):
    """Steps a broker would take in a company system, with a read-only account on a test record."""

    id: Name
    base_url: str
    step: tuple[Step, ...]
    title: str = ""  # what people call it; default: the id
    clause: str = ""
    every: Duration = "10m"
    ca_file: str = ""
    enabled: bool = True
    settings_file: str = ""  # filled in when the settings are read: its secrets lie beside it

    @property
    def device_id(self) -> str:
        """For example "transaction:claims-query"."""
        return f"transaction:{self.id}"


class Agent(_Strict, frozen=True):
    """This program, as the target of its own check."""

    heartbeat_age_s: float = 0.0
    store_error: str = ""
    config_error: str = ""
    clock_jump_s: float = 0.0

    @property
    def device_id(self) -> str:
        """Always "agent"."""
        return "agent"
