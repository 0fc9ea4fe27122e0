"""ServiceNow and Jira, held against the published shapes of their documents: they cannot run here."""

from typing import Any

import pytest
from tickets.shapes import ANY, BASIC, SHORT, Turn, done, row, seen

from agent.tickets import jira, servicenow, zammad
from agent.tickets.model import Adapter, DeliveryError, Target

# ServiceNow: Table API, /api/now/table/incident.
SN = "/api/now/table/incident"
SN_FIELDS = "sysparm_fields=sys_id,number,state,correlation_id"
SN_QUERY = f"sysparm_query=correlation_id={SHORT}^active=true^ORDERBYsys_created_on&sysparm_limit=10"
SN_FIND = f"GET {SN}?{SN_QUERY}&{SN_FIELDS}"


def incident(state: str = "1", key: str = SHORT, sys_id: str = "7") -> dict[str, str]:
    return {"sys_id": sys_id, "number": "INC0010001", "state": state, "correlation_id": key}


def test_servicenow_files_an_incident() -> None:
    wanted = {
        "short_description": "Jam",
        "description": "a < b\nkey",
        "correlation_id": SHORT,
        "correlation_display": "deskready",
        "contact_type": "monitoring",
        "impact": "2",
        "urgency": "2",
        "assignment_group": "desk",
    }
    outcome = done(
        "servicenow",
        "",
        row(),
        Turn(SN_FIND, headers=BASIC, answer={"result": [incident(key="another's")]}),
        Turn(f"POST {SN}", wanted, 201, {"result": incident()}, BASIC),
        Turn(SN_FIND, answer={"result": [incident()]}),
        user="u",
        project="desk",
    )
    assert (outcome.outcome, outcome.remote_id, outcome.detail) == ("delivered", "7", "ticket.created")


def test_of_two_desks_the_younger_one_closes_its_own_ticket() -> None:
    """Another desk created "6" between our search and our ticket "7"."""
    closing = {"state": "6", "close_code": "Solution provided"}
    text = "[deskready] duplicate of 6"
    outcome = done(
        "servicenow",
        "",
        row(),
        Turn(SN_FIND, answer={"result": []}),
        Turn(f"POST {SN}", ANY, 201, {"result": incident()}),
        Turn(SN_FIND, answer={"result": [incident(sys_id="6"), incident()]}),
        Turn(
            f"PATCH {SN}/7",
            {**closing, "close_notes": text, "work_notes": text},
            answer={"result": incident("6")},
        ),
    )
    assert (outcome.remote_id, outcome.detail) == ("6", "ticket.adopted")


def test_servicenow_resolves_with_code_and_notes() -> None:
    changes = {
        "state": "6",
        "close_code": "Fixed",
        "close_notes": "a < b\nkey",
        "work_notes": "a < b\nkey",
    }
    key = {"x-sn-apikey": "s"}
    outcome = done(
        "servicenow",
        "",
        row("resolve", remote_id="7"),
        Turn(f"GET {SN}/7?{SN_FIELDS}", answer={"result": incident("2")}, headers=key),
        Turn(f"PATCH {SN}/7", changes, answer={"result": incident("6")}, headers=key),
        type="Fixed",
    )
    assert (outcome.outcome, outcome.seen) == ("delivered", "open")


def test_servicenow_opens_again_what_we_closed() -> None:
    outcome = done(
        "servicenow",
        "",
        row("reopen", remote_id="7", is_ours_closed=True),
        Turn(f"GET {SN}/7?{SN_FIELDS}", answer={"result": incident("6")}),
        Turn(SN_FIND, answer={"result": []}),
        Turn(f"PATCH {SN}/7", {"state": "2", "work_notes": "a < b\nkey"}, answer={"result": incident("2")}),
    )
    assert outcome.detail == "ticket.reopened"


@pytest.mark.parametrize(
    ("state", "means"), [("1", "open"), ("6", "closed"), ("7", "closed"), ("8", "refused"), ("gone", "gone")]
)
def test_servicenow_states(state: str, means: str) -> None:
    answer = (404, {"error": {}}) if state == "gone" else (200, {"result": incident(state)})
    turn = Turn(f"GET {SN}/7?{SN_FIELDS}", status=answer[0], answer=answer[1])
    assert seen(servicenow.ADAPTER, "", turn).state == means


# Jira: REST API 2; search by POST (Data Center /rest/api/2/search).
JQL = f'project = "IT" AND labels = "{SHORT}" AND statusCategory != Done ORDER BY created ASC'
JIRA_FIND = Turn(
    "POST /rest/api/2/search",
    {"jql": JQL, "fields": ["labels", "status", "resolution"], "maxResults": 10},
    answer={"issues": [], "total": 0},
    headers={"Authorization": "Bearer s"},
)
JIRA_LOOK = "GET /rest/api/2/issue/7?fields=labels,status,resolution"


def issue(category: str = "new", resolution: str | None = None) -> dict[str, Any]:
    fields = {
        "labels": ["deskready", SHORT],
        "status": {"name": "任何", "statusCategory": {"key": category}},
        "resolution": {"name": resolution} if resolution else None,
    }
    return {"id": "10007", "key": "IT-7", "fields": fields}


def test_jira_files_an_issue_and_reads_the_label_back() -> None:
    fields = {
        "project": {"key": "IT"},
        "issuetype": {"name": "Incident"},
        "summary": "Jam",
        "description": "a < b\nkey",
        "labels": ["deskready", SHORT],
    }
    outcome = done(
        "jira",
        "",
        row(),
        JIRA_FIND,
        Turn("POST /rest/api/2/issue", {"fields": fields}, 201, {"id": "10007", "key": "IT-7"}),
        JIRA_FIND,  # its index does not show the new one yet
        Turn("GET /rest/api/2/issue/IT-7?fields=labels,status,resolution", answer=issue()),
        project="IT",
        type="Incident",
    )
    assert (outcome.remote_id, outcome.detail) == ("IT-7", "ticket.created")
    assert outcome.url.endswith("/browse/IT-7")


def test_jira_asks_the_new_search_on_cloud() -> None:
    target = Target(backend="jira", url="https://x.atlassian.net", user="u", secret="s", project="IT")  # noqa: S106
    request = next(jira.find(target, row()))
    assert (request.path, request.headers) == ("rest/api/3/search/jql", BASIC)


@pytest.mark.parametrize(("kind", "to", "ours"), [("resolve", "31", False), ("reopen", "11", True)])
def test_jira_takes_the_transition_that_leads_there(kind: str, to: str, ours: bool) -> None:
    transitions = [
        {"id": "11", "name": "Wieder öffnen", "to": {"statusCategory": {"key": "indeterminate"}}},
        {"id": "31", "name": "Erledigt", "to": {"statusCategory": {"key": "done"}}},
    ]
    outcome = done(
        "jira",
        "",
        row(kind, remote_id="7", is_ours_closed=ours),
        *(
            [Turn(JIRA_LOOK, answer=issue("done", "Fixed")), JIRA_FIND]
            if ours
            else [Turn(JIRA_LOOK, answer=issue())]
        ),
        Turn("GET /rest/api/2/issue/IT-7/transitions", answer={"transitions": transitions}),
        Turn("POST /rest/api/2/issue/IT-7/comment", {"body": "a < b\nkey"}, 201, {"id": "1"}),
        Turn("POST /rest/api/2/issue/IT-7/transitions", {"transition": {"id": to}}, 204),
        project="IT",
    )
    assert outcome.outcome == "delivered"


def test_jira_without_such_a_transition_parks_the_note() -> None:
    outcome = done(
        "jira",
        "",
        row("resolve", remote_id="7"),
        Turn(JIRA_LOOK, answer=issue()),
        Turn("GET /rest/api/2/issue/IT-7/transitions", answer={"transitions": []}),
    )
    assert (outcome.outcome, outcome.detail) == ("rejected", "transition.missing")


@pytest.mark.parametrize(
    ("category", "resolution", "means"),
    [
        ("new", None, "open"),
        ("done", "Done", "closed"),
        ("done", "Won\u2019t Do", "refused"),
        ("done", None, "closed"),
    ],
)
def test_jira_states(category: str, resolution: str | None, means: str) -> None:
    assert seen(jira.ADAPTER, "", Turn(JIRA_LOOK, answer=issue(category, resolution))).state == means


@pytest.mark.parametrize("adapter", [servicenow.ADAPTER, jira.ADAPTER, zammad.ADAPTER])
@pytest.mark.parametrize("answer", [None, {}, {"result": None}, {"issues": {}}, "no"])
def test_a_search_without_its_list_is_no_empty_search(adapter: Adapter, answer: Any) -> None:
    """Read as "nothing found" it would make a second ticket."""

    class Any200:
        status, tree, headers = 200, answer, dict[str, str]()

    steps = adapter.find(Target(backend=adapter.name, url="http://127.0.0.1"), row())
    next(steps)
    with pytest.raises(DeliveryError) as refused:
        steps.send(Any200())  # type: ignore[arg-type]
    assert refused.value.outcome == "not_sent"
