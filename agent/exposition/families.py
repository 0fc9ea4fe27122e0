"""Every metric that /metrics can show: the contract as a literal table.

A series whose metric is not here, or whose labels are not exactly these, is dropped and counted: one
typing error in a check must not break the scrape of the others. To add a metric, add its row.
"""

from typing import Literal

import msgspec

_CHECK = ("check", "device")
_SUPPLY = ("device", "supply", "kind", "colour")


class Family(msgspec.Struct, frozen=True):
    """One metric: its Prometheus type, label names in order, help text. The unit is the name's suffix."""

    name: str
    type: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    help: str


FAMILIES: tuple[Family, ...] = (
    Family("deskready_verdict", "gauge", ("verdict",), "Colour of the desk: 1 for the one that holds."),
    Family(
        "deskready_verdict_valid_until_timestamp_seconds",
        "gauge",
        (),
        "When the verdict expires; later it means grey.",
    ),
    Family("deskready_coverage_ratio", "gauge", (), "Rows really checked, of all that there are."),
    Family("deskready_build_info", "gauge", ("version",), "Version of deskready; always 1."),
    Family(
        "deskready_config_last_reload_successful",
        "gauge",
        (),
        "1 while the settings and procedure in use are the newest ones.",
    ),
    Family("deskready_store_writable", "gauge", (), "1 while results and the journal can be kept."),
    Family(
        "deskready_requests_refused_total",
        "counter",
        ("listener", "reason"),
        "Requests and connections that a listener refused.",
    ),
    Family("deskready_page_up", "gauge", (), "1 while the broker's page is served."),
    Family("process_resident_memory_bytes", "gauge", (), "Resident memory of the daemon."),
    Family("process_cpu_seconds_total", "counter", (), "User and system CPU time of the daemon."),
    Family("process_start_time_seconds", "gauge", (), "Start of the daemon, as a Unix time."),
    Family("process_open_fds", "gauge", (), "Open file descriptors of the daemon."),
    Family("process_threads", "gauge", (), "Threads of the daemon."),
    Family(
        "deskready_fault",
        "gauge",
        ("code", "device"),
        "1 while the last run found this fault, 0 after it found it gone; absent when it could not look.",
    ),
    Family(
        "deskready_check_state",
        "gauge",
        ("check", "device", "state"),
        'State of a check\'s last run: 1 for the one that holds; state="off" stands alone.',
    ),
    Family("deskready_check_last_run_timestamp_seconds", "gauge", _CHECK, "When the check last ran."),
    Family("deskready_check_duration_seconds", "gauge", _CHECK, "How long the last run took."),
    Family("deskready_incidents_open", "gauge", ("severity",), "Incidents that no retest has closed."),
    Family("deskready_incidents", "gauge", ("state",), "Incidents with the fault still there, or in retest."),
    Family(
        "deskready_incidents_ended_total",
        "counter",
        ("severity", "state"),
        "Incidents that ended: closed by a passed retest, or cancelled.",
    ),
    Family(
        "deskready_incident_open_seconds_total",
        "counter",
        ("severity",),
        "Seconds from the confirmed fault to the passed retest, of all closed incidents together.",
    ),
    Family(
        "deskready_incidents_ticketed_total",
        "counter",
        ("severity",),
        "Incidents for which a ticket of their own was accepted.",
    ),
    Family(
        "deskready_incident_ticket_wait_seconds_total",
        "counter",
        ("severity",),
        "Seconds from the confirmed fault to the accepted ticket, the time for self-help included, together.",
    ),
    Family("deskready_outbox_rows", "gauge", ("sink", "state"), "Messages waiting or parked, by receiver."),
    Family(
        "deskready_outbox_oldest_age_seconds",
        "gauge",
        ("sink", "state"),
        "How long the oldest message that is not delivered has been there.",
    ),
    Family(
        "deskready_ticket_deliveries_total",
        "counter",
        ("sink", "outcome"),
        "Attempts to deliver a message, by what came of them.",
    ),
    Family("deskready_ticket_sink_up", "gauge", ("sink",), "1 while a receiver takes messages."),
    Family("deskready_journal_events_total", "counter", ("step",), "Business steps recorded."),
    Family(
        "deskready_transaction_duration_seconds",
        "gauge",
        ("transaction", "step"),
        "How long each step of a company-system transaction last took.",
    ),
    Family("deskready_printer_supply_ratio", "gauge", _SUPPLY, "What is left of a supply, 0 to 1."),
    Family("deskready_printer_supply_days_left", "gauge", _SUPPLY, "Days until a supply is used up."),
    Family("deskready_printer_pages_total", "counter", ("device",), "Pages printed in the printer's life."),
    Family("deskready_temperature_celsius", "gauge", ("sensor",), "Temperature inside the computer."),
    Family("deskready_fan_rpm", "gauge", ("sensor",), "Speed of a fan, in revolutions per minute."),
    Family("deskready_room_temperature_celsius", "gauge", ("device",), "Temperature of the room."),
    Family("deskready_room_humidity_ratio", "gauge", ("device",), "Relative humidity of the room, 0 to 1."),
    Family(
        "deskready_network_round_trip_seconds",
        "gauge",
        ("target", "quantile"),
        "Round trip over the last measurement.",
    ),
    Family("deskready_network_loss_ratio", "gauge", ("target",), "Packets lost, 0 to 1."),
)
# The page adds these itself: they must grow even where it cannot be rendered.
OWN = (
    Family(
        "deskready_series_dropped_total",
        "counter",
        (),
        "Series left out: over the limit, unknown, doubled or not a number.",
    ),
    Family("deskready_page_render_failures_total", "counter", (), "Times that this page was not made anew."),
)
BY_NAME = {family.name: family for family in FAMILIES}
