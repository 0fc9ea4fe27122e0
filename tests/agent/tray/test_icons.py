import sys
from collections.abc import Iterator
from itertools import combinations

import pytest

QtGui = pytest.importorskip("PySide6.QtGui", exc_type=ImportError)
from agent.tray import icons  # noqa: E402  needs Qt and the libraries of the desktop

PANELS = ("#ffffff", "#202020")


@pytest.fixture(scope="module", autouse=True)
def app() -> Iterator[None]:
    kept = QtGui.QGuiApplication.instance() or QtGui.QGuiApplication(["icons", "-platform", "offscreen"])
    yield
    del kept


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize(
    "paints",
    [(icons.GREEN,), (icons.ORANGE, icons.RIM), (icons.VERMILLION,), (icons.GREY,)],
    ids=["green", "amber", "red", "grey"],
)
def test_each_sign_stands_out_on_light_and_dark(paints: tuple[str, ...], panel: str) -> None:
    assert max(contrast(paint, panel) for paint in paints) >= 3


def test_the_rim_is_needed() -> None:
    assert contrast(icons.ORANGE, "#ffffff") < 3


@pytest.mark.parametrize(
    ("mark", "on"), [(icons.WHITE, icons.GREEN), (icons.BLACK, icons.ORANGE), (icons.WHITE, icons.VERMILLION)]
)
def test_each_mark_stands_out_on_its_shape(mark: str, on: str) -> None:
    assert contrast(mark, on) >= 3


def image(colour: str, size_px: int) -> "QtGui.QImage":
    return icons.icon(colour).pixmap(size_px).toImage()


def opaque(colour: str, size_px: int) -> set[tuple[int, int]]:
    """The pixels that are painted, whatever their colour: the shape."""
    shot = image(colour, size_px)
    return {(x, y) for x in range(size_px) for y in range(size_px) if shot.pixelColor(x, y).alpha() > 127}


def bright(colour: str, size_px: int) -> set[tuple[int, int]]:
    """The pixels that are painted and light: what is left without any colour."""
    shot = image(colour, size_px)
    return {(x, y) for x, y in opaque(colour, size_px) if luminance(shot.pixelColor(x, y).name()) > 0.5}


@pytest.mark.parametrize("size_px", icons.SIZES_PX)
def test_the_signs_differ_without_any_colour(size_px: int) -> None:
    for one, other in combinations(icons.SIGNS, 2):
        differ = opaque(one, size_px) ^ opaque(other, size_px) | bright(one, size_px) ^ bright(other, size_px)
        assert len(differ) >= 0.08 * size_px**2, (one, other)


@pytest.mark.parametrize("size_px", icons.SIZES_PX)
def test_the_shapes_are_what_they_are_called(size_px: int) -> None:
    def is_painted(colour: str, x: float, y: float) -> bool:
        return (int(x * size_px), int(y * size_px)) in opaque(colour, size_px)

    assert not any(is_painted(colour, 0.02, 0.02) for colour in icons.SIGNS), "corners are free"
    assert is_painted("red", 0.5, 0.1)
    assert is_painted("green", 0.5, 0.1)
    assert is_painted("amber", 0.1, 0.9)
    assert not is_painted("amber", 0.15, 0.3), "a triangle"
    assert not is_painted("grey", 0.2, 0.5), "a hollow circle"


def test_drawing_does_not_give_away_what_is_not_its_own() -> None:
    """PySide6 6.12.0 on Python 3.11: each call took a reference of None, and after hours the tray ended."""
    icons.icon("green")
    before = sys.getrefcount(None)
    for _ in range(20):
        icons.icon("green")
    assert sys.getrefcount(None) >= before - 20


def test_an_unknown_colour_is_the_grey_sign() -> None:
    assert image("purple", 32) == image("grey", 32)
    assert image("green", 32) != image("grey", 32)
