"""The tables of `deskready.toml`: one struct for each, strict about keys and kinds.

Devices and company systems are in `config.devices`, which checks may import too.
"""

import re
import socket
from typing import Annotated, Literal

import msgspec

from config.devices import Computer, Name, Network, Printer, Scanner, Sensor, System, Transaction

_LONGEST_NAME = 32

SecretReference = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(secret:[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$",
        description='a reference "secret:NAME"; the secret itself never stands in this file',
    ),
]
Site = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([a-z0-9][a-z0-9_.-]{0,31})?$",
        description="at most 32 of a-z 0-9 _ . - that begin with a letter or a digit",
    ),
]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; an unknown key is an error."""


def host_name() -> str:
    """Return this computer's name in the letters that a station's name may have."""
    kept = re.sub(r"[^a-z0-9_.-]+", "-", socket.gethostname().lower()).strip("-_.")
    return kept[:_LONGEST_NAME] or "desk"


class Station(_Table, frozen=True):
    """Which desk this is, in which language it speaks, and whom the broker can call."""

    name: Name = msgspec.field(default_factory=host_name)
    site: Site = ""
    lang: Literal["zh", "en"] = "zh"
    it_phone: str = ""
    manager_phone: str = ""


class Ticket(_Table, frozen=True):
    """Where faults are reported. `observe_only` files nothing in the procedure's first days."""

    backend: Literal[
        "redmine",
        "rt",
        "servicenow",
        "jira",
        "jsm",
        "glpi",
        "glpi2",
        "zammad",
        "webhook",
        "email",
        "none",
    ] = "none"
    url: str = ""
    secret: SecretReference = ""
    user: str = ""
    project: str = ""  # project, queue, group, entity or assignment group, as the system calls it
    type: str = ""  # tracker, issue type or request type
    key_field: str = ""  # the custom field that holds our key, by id or name
    mail_from: str = ""
    mail_to: str = ""
    ca_file: str = ""
    template: str = ""  # JSON body of a webhook, with {subject}, {text}, {key} … in its strings
    hours: Literal["work", "always"] = "work"
    observe_only: bool = True


class Notify(_Table, frozen=True):
    """A channel that is told too: of everything, or (fallback) of what [ticket] did not take."""

    backend: Literal["wecom", "dingtalk", "feishu", "email", "webhook"]
    url: str
    secret: SecretReference = ""
    user: str = ""
    mail_from: str = ""
    mail_to: str = ""
    ca_file: str = ""
    template: str = ""
    when: Literal["always", "fallback"] = "always"


class Metrics(_Table, frozen=True):
    """/metrics. `auth` with a `user` is asked for as Basic, without one as Bearer."""

    enabled: bool = True
    listen: str = "127.0.0.1:9842"
    tls_cert: str = ""
    tls_key: str = ""
    auth: SecretReference = ""
    user: str = ""
    hosts: tuple[str, ...] = ()  # further values of the Host header that are answered


class Page(_Table, frozen=True):
    """The local page; it listens on loopback only."""

    enabled: bool = True
    listen: str = "127.0.0.1:9843"


class Fleet(_Table, frozen=True):
    """The company's PostgreSQL and Prometheus remote write; both empty: this desk stands alone."""

    postgres: str = ""  # postgresql://desk@db.example.cn/deskready, without a password
    postgres_secret: SecretReference = ""
    remote_write: str = ""
    remote_write_secret: SecretReference = ""
    remote_write_user: str = ""
    ca_file: str = ""


class ProcedureFiles(_Table, frozen=True):
    """The procedure's file ("": the shipped one) and the folder of overlays ("": none)."""

    file: str = ""
    overlays: str = ""


class Store(_Table, frozen=True):
    """Largest size of the store with its WAL, in MiB."""

    max_mib: Annotated[int, msgspec.Meta(ge=8, le=65536)] = 256


class Settings(_Table, frozen=True):
    """The whole file. A field is named as its table: `printer` holds every [[printer]]."""

    station: Station = msgspec.field(default_factory=Station)
    computer: Computer = Computer()
    network: Network = Network()
    printer: tuple[Printer, ...] = ()
    scanner: tuple[Scanner, ...] = ()
    sensor: tuple[Sensor, ...] = ()
    system: tuple[System, ...] = ()
    transaction: tuple[Transaction, ...] = ()
    ticket: Ticket = Ticket()
    notify: tuple[Notify, ...] = ()
    metrics: Metrics = Metrics()
    page: Page = Page()
    fleet: Fleet = Fleet()
    procedure: ProcedureFiles = ProcedureFiles()
    store: Store = Store()
