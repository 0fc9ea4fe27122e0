"""GLPI and Zammad, held against the published shapes of their documents: they cannot run here."""

from typing import Any

import pytest
from tickets.shapes import SHORT, Turn, done, row, seen

from agent.tickets import glpi, zammad

# GLPI: /apirest.php, a session first.
GLPI = "/apirest.php"
TOKENS = "app s"
GLPI_FIND = f"GET {GLPI}/Ticket?searchText[externalid]=^{SHORT}$&sort=id&order=ASC&range=0-19"
SESSION = Turn(
    f"GET {GLPI}/initSession",
    answer={"session_token": "t"},
    headers={"Authorization": "user_token s", "App-Token": "app"},
)
IN_SESSION = {"Session-Token": "t", "App-Token": "app"}
GLPI_PAGE = "a &lt; b<br>key"


def glpi_ticket(status: int = 1, deleted: int = 0) -> dict[str, Any]:
    return {"id": 7, "name": "Jam", "status": status, "is_deleted": deleted, "externalid": SHORT}


def test_glpi_files_a_ticket_in_a_session() -> None:
    wanted = {
        "name": "Jam",
        "content": GLPI_PAGE,
        "type": 1,
        "urgency": 4,
        "externalid": SHORT,
        "entities_id": "3",
    }
    outcome = done(
        "glpi",
        GLPI,
        row(),
        SESSION,
        Turn(GLPI_FIND, answer=[glpi_ticket(status=6)], status=206, headers=IN_SESSION),
        Turn(f"POST {GLPI}/Ticket", {"input": wanted}, 201, {"id": 7, "message": ""}, IN_SESSION),
        Turn(GLPI_FIND, answer=[glpi_ticket()]),
        secret=TOKENS,
        project="3",
    )
    assert (outcome.remote_id, outcome.detail) == ("7", "ticket.created")
    assert outcome.url.endswith("/front/ticket.form.php?id=7")


def test_glpi_resolves_by_a_solution() -> None:
    outcome = done(
        "glpi",
        GLPI,
        row("resolve", remote_id="7"),
        SESSION,
        Turn(f"GET {GLPI}/Ticket/7", answer=glpi_ticket(2)),
        Turn(
            f"POST {GLPI}/ITILSolution",
            {"input": {"itemtype": "Ticket", "items_id": "7", "content": GLPI_PAGE}},
            201,
            {"id": 1},
        ),
        secret=TOKENS,
    )
    assert outcome.outcome == "delivered"


def test_glpi_opens_again_what_we_solved() -> None:
    follow_up = {"itemtype": "Ticket", "items_id": "7", "content": GLPI_PAGE}
    outcome = done(
        "glpi",
        GLPI,
        row("reopen", remote_id="7", is_ours_closed=True),
        SESSION,
        Turn(f"GET {GLPI}/Ticket/7", answer=glpi_ticket(5)),
        Turn(GLPI_FIND, answer=[]),
        Turn(f"PUT {GLPI}/Ticket/7", {"input": {"status": 2}}, answer=[{"7": True}]),
        Turn(f"POST {GLPI}/Ticket/7/ITILFollowup", {"input": follow_up}, 201, {"id": 1}),
        secret=TOKENS,
    )
    assert outcome.detail == "ticket.reopened"


def test_glpi_refuses_a_wrong_token() -> None:
    wrong = ["ERROR_GLPI_LOGIN_USER_TOKEN", "..."]
    outcome = done("glpi", GLPI, row(), Turn(f"GET {GLPI}/initSession", status=401, answer=wrong))
    assert outcome.outcome == "unauthorised"


@pytest.mark.parametrize(
    ("status", "deleted", "means"), [(1, 0, "open"), (5, 0, "closed"), (6, 0, "closed"), (2, 1, "gone")]
)
def test_glpi_states(status: int, deleted: int, means: str) -> None:
    turn = Turn(f"GET {GLPI}/Ticket/7", answer=glpi_ticket(status, deleted))
    assert seen(glpi.ADAPTER, GLPI, turn).state == means


# Zammad: /api/v1/tickets, with states by name.
ZAMMAD_FIND = (
    f"GET /api/v1/tickets/search?query=deskready_key:{SHORT}"
    "&limit=20&expand=true&sort_by=created_at&order_by=asc"
)
ZAMMAD_TOKEN = {"Authorization": "Token token=s"}


def zammad_ticket(state: str = "new") -> dict[str, Any]:
    return {"id": 7, "number": "22007", "title": "Jam", "state": state, "deskready_key": SHORT}


def test_zammad_files_a_ticket() -> None:
    wanted = {
        "title": "Jam",
        "group": "Users",
        "customer": "desk@example.cn",
        "deskready_key": SHORT,
        "article": {"subject": "Jam", "body": "a < b\nkey", "type": "note", "internal": False},
    }
    outcome = done(
        "zammad",
        "",
        row(),
        Turn(ZAMMAD_FIND, answer=[zammad_ticket("closed")], headers=ZAMMAD_TOKEN),
        Turn("POST /api/v1/tickets", wanted, 201, zammad_ticket()),
        Turn(ZAMMAD_FIND, answer=[]),  # its index does not show the new one yet
        user="desk@example.cn",
    )
    assert (outcome.remote_id, outcome.detail) == ("7", "ticket.created")


@pytest.mark.parametrize(
    ("kind", "state", "changes"),
    [
        ("comment", "open", {}),
        ("resolve", "open", {"state": "closed"}),
        ("reopen", "closed", {"state": "open"}),
    ],
)
def test_zammad_changes_a_ticket_in_one_step(kind: str, state: str, changes: dict[str, str]) -> None:
    article = {"body": "a < b\nkey", "type": "note", "internal": True}
    outcome = done(
        "zammad",
        "",
        row(kind, remote_id="7", is_ours_closed=True),
        Turn("GET /api/v1/tickets/7?expand=true", answer=zammad_ticket(state)),
        *([Turn(ZAMMAD_FIND, answer=[])] if state == "closed" else []),
        Turn("PUT /api/v1/tickets/7", {**changes, "article": article}, answer=zammad_ticket()),
    )
    assert outcome.outcome == "delivered"


@pytest.mark.parametrize(("state", "means"), [("open", "open"), ("closed", "closed"), ("removed", "gone")])
def test_zammad_states(state: str, means: str) -> None:
    turn = Turn("GET /api/v1/tickets/7?expand=true", answer=zammad_ticket(state))
    assert seen(zammad.ADAPTER, "", turn).state == means
