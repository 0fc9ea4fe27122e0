"""Every view of the page, as a table. To add one: its file in `views`, its template, its line here.

A GET may also be asked as POST: a page without JavaScript carries its token in a form. Of two patterns
that fit, the first one counts.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from agent.page.asked import Route
from agent.page.views import (
    cases,
    desk,
    device,
    due,
    evening,
    explain,
    fault,
    incident,
    incidents,
    it,
    light,
    privacy,
    progress,
    report,
    today,
)

Method: TypeAlias = Literal["GET", "POST"]
_PLACE_MAX_CHARS = 128

ROUTES: Mapping[tuple[Method, str], Route] = {
    ("GET", "/light"): Route(light.show),
    ("GET", "/today"): Route(today.show),
    ("GET", "/cases"): Route(cases.show_list),
    ("GET", "/case/{ref}"): Route(cases.show_one),
    ("GET", "/case/{ref}/{step}"): Route(cases.show_one),
    ("POST", "/case/{ref}/{step}/keep"): Route(cases.keep),
    ("GET", "/today/news"): Route(today.news),
    ("POST", "/today/start"): Route(today.start),
    ("POST", "/today/answer"): Route(today.answer),
    ("POST", "/today/problem"): Route(today.problem),
    ("GET", "/due"): Route(due.show),
    ("POST", "/due/mark"): Route(due.mark_task),
    ("GET", "/evening"): Route(evening.show),
    ("POST", "/evening/end"): Route(evening.end),
    ("GET", "/privacy"): Route(privacy.show),
    ("GET", "/it"): Route(it.show),
    ("GET", "/progress"): Route(progress.show),
    ("POST", "/check-now"): Route(progress.check_now),
    ("GET", "/fault/{incident}"): Route(fault.show),
    ("POST", "/fault/{incident}/act"): Route(fault.act),
    ("GET", "/fault/{incident}/act"): Route(fault.show),  # after an action, in the other language
    ("GET", "/incidents"): Route(incidents.show),
    ("GET", "/incidents/all"): Route(incidents.show_all),
    ("GET", "/incident/{incident}"): Route(incident.show),
    ("POST", "/incident/{incident}/act"): Route(incident.act),
    ("GET", "/incident/{incident}/act"): Route(incident.show),
    ("GET", "/incident/{incident}/report"): Route(incident.report),
    ("GET", "/report"): Route(report.show),
    ("POST", "/report/send"): Route(report.send),
    ("GET", "/report/send"): Route(report.show),
    ("GET", "/desk"): Route(desk.show),
    ("GET", "/device/{device}"): Route(device.show),
    ("GET", "/explain/{check}/{device}"): Route(explain.show),
    ("POST", "/explain/{check}/{device}/run"): Route(explain.run),
}


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return what answers a request and the named parts of its path, or None."""
    wanted = ("GET", "POST") if method == "POST" else ("GET",)
    for (offered, pattern), route in sorted(ROUTES.items(), key=lambda row: row[0][0] != wanted[-1]):
        places = _fits(pattern, path) if offered in wanted else None
        if places is not None:
            return route, places
    return None


def view_of(path: str) -> str:
    """Return the path, or the nearest above it, that shows and does nothing; "" where there is none."""
    while path:
        view = find("GET", path)
        if view is not None and view == find("POST", path):
            return path
        path = path.rpartition("/")[0]
    return path


def _fits(pattern: str, path: str) -> dict[str, str] | None:
    """Return the values of a pattern's names ("/incident/{id}"), None where the path is another."""
    names, parts = pattern.split("/"), path.split("/")
    if len(names) != len(parts):
        return None
    places = {}
    for name, part in zip(names, parts, strict=True):
        if name.startswith("{") and 0 < len(part) <= _PLACE_MAX_CHARS:
            places[name[1:-1]] = part
        elif name != part:
            return None
    return places
