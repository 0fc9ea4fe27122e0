"""The page as a WSGI application: guard, token, route, view, document. It never blocks for long.

Order: the guard's rules; what is public ("/", the static files, a code handed in); then the token of
everything else, so that without one every path gives the same answer; then the route.
"""

import hashlib
import json
import logging
import pwd
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from agent import clock, words
from agent.control import ControlError
from agent.incidents.actions import BadAction, Refused
from agent.page import guard, render, routes, static
from agent.page.asked import Asked, Shown
from agent.page.views import light
from agent.station import Station
from agent.store.errors import StoreError
from agent.words import Lang

Environ: TypeAlias = Mapping[str, Any]
FIRST_VIEW = "/today"
PEER_UID = "deskready.peer_uid"  # in the environ: a function that tells the user at the other end
_FIELDS_MAX = 200
_HTML = "text/html; charset=utf-8"
log = logging.getLogger(__name__)


class Reply(msgspec.Struct, frozen=True):
    """One answer; the safety headers are added to every one."""

    status: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Sorry(msgspec.Struct, frozen=True):
    """A view that could not be shown, or an action that was refused, and why."""

    said: str


class App:
    """The WSGI callable. `hosts` are the names it answers to; `refused` counts by reason."""

    def __init__(self, station: Station) -> None:
        """Serve one desk; nobody is let in before `hosts` is set."""
        self._station = station
        self.hosts: Collection[str] = ()
        self.refused: Counter[str] = Counter()

    def __call__(self, environ: Environ, start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        reply = self._reply(environ)
        headers = [
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(reply.body))),
            *reply.headers,
            *guard.HEADERS,
        ]
        start_response(reply.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.body]

    def _reply(self, environ: Environ) -> Reply:
        why = guard.refusal(_visit(environ), self.hosts)
        if why is not None:
            self.refused[why] += 1
            return Reply(guard.STATUS[why], "text/plain", f"{guard.STATUS[why]}\n".encode())
        path = _path(environ)
        if path in static.PATHS:
            return _file(path, environ)
        form = _form(environ)
        lang = self._lang(environ, form)
        if path == "/":
            return Reply(_status(200), _HTML, render.door(lang))
        uid: int | None = environ[PEER_UID]()
        if path == "/enter":
            return self._enter(environ, form, lang, uid)
        token = environ.get("HTTP_X_DESKREADY_TOKEN") or form.get("token", "")
        holder = self._station.tokens.holder(token, uid)
        if holder is None:
            return self._closed(lang)
        asked = Asked(path=path, form=form, lang=lang, by=_name(holder), now=clock.now())
        return self._view(environ, asked)

    def _enter(self, environ: Environ, form: Mapping[str, str], lang: Lang, uid: int | None) -> Reply:
        """Exchange a code for a token: as JSON for our script, as the first view for a plain form."""
        token = self._station.tokens.enter(form.get("code", ""), uid)
        if token is None:
            return self._closed(lang, words.say("This code is not valid any more. Ask for a new one.", lang))
        if environ.get("HTTP_ACCEPT") == "application/json":
            return Reply(_status(200), "application/json", json.dumps({"token": token}).encode())
        holder = self._station.tokens.holder(token, uid)
        by = "" if holder is None else _name(holder)
        asked = Asked(path=FIRST_VIEW, form={"token": token}, lang=lang, by=by, now=clock.now())
        return self._view({**environ, "REQUEST_METHOD": "GET"}, asked)

    def _closed(self, lang: Lang, said: str = "") -> Reply:
        """Say that one has to come in first; the same for every path, existing or not."""
        self.refused["token"] += 1
        return Reply(guard.STATUS["token"], _HTML, render.door(lang, said))

    def _view(self, environ: Environ, asked: Asked) -> Reply:
        it = self._shown(environ["REQUEST_METHOD"], asked)
        is_part = (
            environ.get("HTTP_HX_REQUEST") == "true" and environ.get("HTTP_HX_REQUEST_TYPE") == "partial"
        )
        body = render.shown(
            self._station,
            asked,
            it,
            here=routes.view_of(asked.path) or FIRST_VIEW,
            token=asked.form.get("token", ""),
            is_part=is_part,
            light=None if is_part else light.of(self._station, asked.lang),
        )
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if it.status == HTTPStatus.OK and environ.get("HTTP_IF_NONE_MATCH") == etag:
            return Reply(_status(304), _HTML, b"", (("ETag", etag),))
        return Reply(_status(it.status), _HTML, body, (("ETag", etag),))

    def _shown(self, method: str, asked: Asked) -> Shown:
        """Ask the route's view; what the desk refuses becomes a view that says so."""
        found = routes.find(method, asked.path)
        if found is None:
            return Shown("sorry.html", Sorry(words.say("There is no such page.", asked.lang)), 404)
        route, places = found
        try:
            return route.show(self._station, msgspec.structs.replace(asked, places=places))
        except (Refused, BadAction) as error:
            return Shown("sorry.html", Sorry(str(error)), 409)
        except (StoreError, ControlError) as error:
            log.warning("page: %s not done: %s", asked.path, error)
            return Shown("sorry.html", Sorry(words.say("This could not be kept just now.", asked.lang)), 503)

    def _lang(self, environ: Environ, form: Mapping[str, str]) -> Lang:
        """Return the language that the person chose, else the desk's."""
        chosen = form.get("lang") or environ.get("HTTP_X_DESKREADY_LANG")
        return words.language(chosen or self._station.settings.station.lang)


def _visit(environ: Environ) -> guard.Visit:
    return guard.Visit(
        method=environ["REQUEST_METHOD"],
        path=_path(environ),
        host=environ.get("HTTP_HOST", ""),
        origin=environ.get("HTTP_ORIGIN", ""),
        fetch_site=environ.get("HTTP_SEC_FETCH_SITE", ""),
        content_type=environ.get("CONTENT_TYPE", ""),
    )


def _path(environ: Environ) -> str:
    """Return the path as text; WSGI hands its bytes over as latin-1."""
    path: str = environ["PATH_INFO"]
    return path.encode("latin-1").decode("utf-8", "replace")


def _form(environ: Environ) -> dict[str, str]:
    """Return the fields of a form without control characters; empty where there is none or too many."""
    if environ["REQUEST_METHOD"] != "POST":
        return {}
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode("utf-8", "replace")
    try:
        fields = parse_qsl(body, keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError:
        return {}
    return {name: _plain(value) for name, value in fields}


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char == "\n")


def _file(path: str, environ: Environ) -> Reply:
    found = static.file(path)
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        return Reply(_status(200), found.content_type, found.gzipped, (("Content-Encoding", "gzip"),))
    return Reply(_status(200), found.content_type, found.plain)


def _status(number: int) -> str:
    return f"{number} {HTTPStatus(number).phrase}"


def _name(uid: int) -> str:
    """Return the name of a user of this computer; one that is not in the user table is told by number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
