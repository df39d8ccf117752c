"""A project's one colour, and the ones that follow from it so that text can be read."""

from dataclasses import dataclass
from typing import Final, TypeAlias

LEAST_CONTRAST: Final = 4.5  # of text, as WCAG 2 counts it at level AA
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
# What text in the project's colour stands on in the widget, in its light and in its dark.
LIGHT_GROUND: Final = "#eef1f3"
DARK_GROUND: Final = "#2a3138"

Rgb: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Palette:
    """What a visitor sees of a colour, each as #rrggbb.

    `on` is text on the accent; `light` and `dark` are the accent as text, moved as far towards
    black or white as the ground of that theme asks for.
    """

    accent: str
    on: str
    light: str
    dark: str


def palette(accent: str) -> Palette:
    """The colours that follow from `accent`, which is #rrggbb."""
    return Palette(
        accent=accent,
        on=max(WHITE, BLACK, key=lambda ink: contrast(ink, accent)),
        light=legible(accent, on=LIGHT_GROUND, towards=BLACK),
        dark=legible(accent, on=DARK_GROUND, towards=WHITE),
    )


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: str, *, on: str, towards: str) -> str:
    """The colour itself if it can be read on a ground, else the nearest mixture that can."""
    for hundredths in range(101):
        mixed = _mix(colour, towards, hundredths / 100)
        if contrast(mixed, on) >= LEAST_CONTRAST:
            return mixed
    return towards


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    parts = (round(255 * (mine + (theirs - mine) * share)) for mine, theirs in pairs)
    return "#" + "".join(f"{part:02x}" for part in parts)


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
