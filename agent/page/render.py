"""Views become HTML: one Jinja environment that escapes everything and stops at a name that is not there."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import words
from agent.page.asked import Asked, Shown
from agent.station import Station
from agent.words import Lang

if TYPE_CHECKING:
    import jinja2

_FOLDER = Path(__file__).with_name("templates")


def shown(
    station: Station, asked: Asked, it: Shown, *, here: str, token: str, is_part: bool, light: object
) -> bytes:
    """Render a view, as a part of the open page or as a whole document with its light.

    `here` is where the same view can be had again, in another language. `token` goes into the forms of a
    page without JavaScript; "" where JavaScript holds it.
    """
    return _render(
        it.template,
        asked.lang,
        {
            "layout": "part.html" if is_part else "page.html",
            "view": it.view,
            "light": light,
            "path": here,
            "by": asked.by,
            "token": token,
            "station": station.settings.station,
        },
    )


def door(lang: Lang, said: str = "") -> bytes:
    """Render the one document that is public: it asks for a code and knows nothing of this desk."""
    return _render("door.html", lang, {"said": said})


def warm() -> None:
    """Load what the first view needs, while its reader still waits for the browser."""
    for name in ("door.html", "page.html", "part.html", "today.html", "light.html", "forms.html"):
        _environment().get_template(name)


def _render(template: str, lang: Lang, values: Mapping[str, Any]) -> bytes:
    spoken = {
        "lang": lang,
        "say": lambda message, **named: words.say(message, lang, **named),
        "text": partial(words.text, lang=lang),
        "age": partial(words.age, lang=lang),
        "duration": partial(words.duration, lang=lang),
        "number": words.number,
    }
    return _environment().get_template(template).render(**spoken, **values).encode()


@cache
def _environment() -> "jinja2.Environment":
    import jinja2  # noqa: PLC0415  2 MB, only where somebody looks at the page

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
