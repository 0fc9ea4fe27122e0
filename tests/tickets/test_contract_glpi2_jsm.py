"""GLPI 11's second API and Jira Service Management, held against their published shapes."""

from typing import Any

import pytest
from tickets.shapes import BASIC, SHORT, Turn, done, row, seen

from agent.tickets import glpi2, jsm

GLPI = "/api.php"
TICKETS = f"{GLPI}/v2/Assistance/Ticket"
FIND = f"GET {TICKETS}?filter=external_id=={SHORT}&sort=id:asc&limit=20"
BEARER = {"Authorization": "Bearer t"}
FORM = b"grant_type=password&username=desk&password=p&client_id=c&client_secret=s&scope=api"
TOKEN = Turn(
    f"POST {GLPI}/token", FORM, 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": "t"}
)
PAGE = "a &lt; b<br>key"
LOG_IN = {"secret": "c s p", "user": "desk"}


def ticket(status: int = 1, *, is_deleted: bool = False) -> dict[str, Any]:
    state = {"id": status, "name": "New"}
    return {"id": 7, "name": "Jam", "status": state, "is_deleted": is_deleted, "external_id": SHORT}


def test_glpi2_files_a_ticket_with_a_token() -> None:
    wanted = {
        "name": "Jam",
        "content": PAGE,
        "type": 1,
        "urgency": 4,
        "external_id": SHORT,
        "entity": {"id": 3},
    }
    outcome = done(
        "glpi2",
        GLPI,
        row(),
        TOKEN,
        Turn(FIND, answer=[ticket(6)], status=206, headers=BEARER),
        Turn(f"POST {TICKETS}", wanted, 201, {"id": 7, "href": "/Assistance/Ticket/7"}, BEARER),
        Turn(FIND, answer=[ticket()]),
        project="3",
        **LOG_IN,
    )
    assert (outcome.remote_id, outcome.detail) == ("7", "ticket.created")
    assert outcome.url.endswith("/front/ticket.form.php?id=7")


def test_glpi2_without_a_user_shows_the_clients_own_credentials() -> None:
    form = b"grant_type=client_credentials&client_id=c&client_secret=s&scope=api"
    wrong = {"error": "invalid_client"}
    outcome = done("glpi2", GLPI, row(), Turn(f"POST {GLPI}/token", form, 401, wrong), secret="c s")  # noqa: S106
    assert outcome.outcome == "unauthorised"


def test_glpi2_resolves_by_a_solution() -> None:
    outcome = done(
        "glpi2",
        GLPI,
        row("resolve", remote_id="7"),
        TOKEN,
        Turn(f"GET {TICKETS}/7", answer=ticket(2)),
        Turn(f"POST {TICKETS}/7/Timeline/Solution", {"content": PAGE}, 201, {"id": 1}),
        **LOG_IN,
    )
    assert outcome.detail == "ticket.resolved"


def test_glpi2_opens_again_what_we_solved() -> None:
    outcome = done(
        "glpi2",
        GLPI,
        row("reopen", remote_id="7", is_ours_closed=True),
        TOKEN,
        Turn(f"GET {TICKETS}/7", answer=ticket(5)),
        Turn(FIND, answer=[]),
        Turn(f"PATCH {TICKETS}/7", {"status": {"id": 2}}, answer=ticket(2)),
        Turn(f"POST {TICKETS}/7/Timeline/Followup", {"content": PAGE}, 201, {"id": 1}),
        **LOG_IN,
    )
    assert outcome.detail == "ticket.reopened"


@pytest.mark.parametrize(
    ("status", "is_deleted", "means"),
    [(1, False, "open"), (5, False, "closed"), (6, False, "closed"), (2, True, "gone")],
)
def test_glpi2_states(status: int, means: str, *, is_deleted: bool) -> None:
    turn = Turn(f"GET {TICKETS}/7", answer=ticket(status, is_deleted=is_deleted))
    assert seen(glpi2.ADAPTER, GLPI, turn).state == means


JQL = f'project = "IT" AND description ~ "{SHORT}" AND statusCategory != Done ORDER BY created ASC'
SEARCH = {"jql": JQL, "fields": ["labels", "status", "resolution", "description"], "maxResults": 10}
DESK = {"project": "IT", "user": "u", "type": "4/25"}
TEXT = f"a < b\ndeskready {SHORT} key"


def issue(description: str, category: str = "new") -> dict[str, Any]:
    status = {"statusCategory": {"key": category}}
    return {
        "key": "IT-7",
        "fields": {"labels": [], "status": status, "resolution": None, "description": description},
    }


def test_jsm_makes_a_customer_request() -> None:
    wanted = {
        "serviceDeskId": "4",
        "requestTypeId": "25",
        "requestFieldValues": {"summary": "Jam", "description": TEXT},
    }
    outcome = done(
        "jsm",
        "",
        row(text=TEXT),
        Turn(
            "POST /rest/api/2/search",
            SEARCH,
            answer={"issues": [issue("another that sounds alike")]},
            headers=BASIC,
        ),
        Turn(
            "POST /rest/servicedeskapi/request", wanted, 201, {"issueId": "10007", "issueKey": "IT-7"}, BASIC
        ),
        Turn("POST /rest/api/2/search", SEARCH, answer={"issues": []}),  # its index does not show it yet
        **DESK,
    )
    assert (outcome.remote_id, outcome.detail) == ("IT-7", "ticket.created")
    assert outcome.url.endswith("/browse/IT-7")


def test_jsm_adopts_what_a_lost_answer_made() -> None:
    outcome = done(
        "jsm",
        "",
        row(text=TEXT, attempt=2),
        Turn("POST /rest/api/2/search", SEARCH, answer={"issues": [issue(TEXT)]}),
        **DESK,
    )
    assert (outcome.remote_id, outcome.detail) == ("IT-7", "ticket.adopted")


def test_jsm_says_where_its_type_is_half_given() -> None:
    outcome = done(
        "jsm",
        "",
        row(),
        Turn("POST /rest/api/2/search", SEARCH, answer={"issues": []}),
        **{**DESK, "type": "25"},
    )
    assert (outcome.outcome, outcome.detail) == ("rejected", "type.unreadable")


def test_jsm_is_an_issue_from_then_on() -> None:
    turn = Turn("GET /rest/api/2/issue/7?fields=labels,status,resolution", answer=issue(TEXT, "done"))
    assert seen(jsm.ADAPTER, "", turn).state == "closed"
