"""What users of pystray write first: an icon of one colour, with a title (under X11 never in Chinese)."""

import os
import sys

os.environ["PYSTRAY_BACKEND"] = "xorg"

import pystray  # type: ignore[import-not-found]
from PIL import Image, ImageDraw  # type: ignore[import-not-found]

SIDE_PX = 64


def main(colour: str) -> None:
    """Show the icon until the program is ended."""
    image = Image.new("RGBA", (SIDE_PX, SIDE_PX))
    ImageDraw.Draw(image).ellipse((2, 2, SIDE_PX - 2, SIDE_PX - 2), fill=colour)
    pystray.Icon("deskready", image, "Ready for work").run()


if __name__ == "__main__":
    main(sys.argv[1])
