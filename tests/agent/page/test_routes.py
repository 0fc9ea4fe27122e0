"""The table of views: what a method and a path find."""

import pytest

from agent.page import routes
from agent.page.asked import Route


def one(_station: object, _asked: object) -> None: ...


def two(_station: object, _asked: object) -> None: ...


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        routes,
        "ROUTES",
        {("GET", "/a"): Route(one), ("POST", "/a"): Route(two), ("GET", "/a/{id}/b"): Route(one)},
    )


def test_a_place_is_named() -> None:
    assert routes.find("GET", "/a/INC-1/b") == (Route(one), {"id": "INC-1"})


def test_a_view_may_be_asked_as_post_but_an_action_comes_first() -> None:
    assert routes.find("POST", "/a/x/b") == (Route(one), {"id": "x"})
    assert routes.find("POST", "/a") == (Route(two), {})
    assert routes.find("GET", "/a") == (Route(one), {})
    assert routes.find("HEAD", "/a") == (Route(one), {})


def test_what_is_shown_again_does_nothing() -> None:
    assert routes.view_of("/a/x/b") == "/a/x/b"
    assert routes.view_of("/a/x/b/act") == "/a/x/b"
    assert routes.view_of("/a") == "", "a view of that path there is, but asked as POST it is an action"
    assert routes.view_of("/nothing") == ""


@pytest.mark.parametrize(
    "path", ["/", "/a/", "/a//b", "/a/x", "/a/x/b/", "/a/" + "x" * 129 + "/b", "a", "/A"]
)
def test_nothing_else_fits(path: str) -> None:
    assert routes.find("GET", path) is None
