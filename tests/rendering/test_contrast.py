"""The report's colours: text stands out from what is behind it, in light and in dark."""

from __future__ import annotations

import re

import pytest

from conformance.rendering.html import TEMPLATES

#: WCAG 2.2, 1.4.3: the least contrast of text for level AA.
LEAST = 4.5
TONES = ("passed", "failed", "warned", "deviating", "recovered", "error", "other")
PAIRS = [
    *((ink, paper) for ink in ("ink", "soft", "link") for paper in ("paper", "card")),
    ("ink", "code"),
    *((tone, f"{tone}-bg") for tone in TONES),
    *(("ink", f"{tone}-bg") for tone in ("passed", "failed", "warned")),
]


def palette(scheme: str) -> dict[str, str]:
    """The colours by name, as "#rrggbb"."""
    light, dark = re.findall(r":root \{(.*?)\}", (TEMPLATES / "report.css").read_text("utf-8"), re.DOTALL)[:2]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    """The relative luminance of an sRGB colour (WCAG 2.2, definitions)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_text_stands_out(scheme: str, ink: str, paper: str) -> None:
    """Every pair of text and background has the contrast that level AA asks for."""
    colours = palette(scheme)
    darker, lighter = sorted((luminance(colours[ink]), luminance(colours[paper])))

    assert (lighter + 0.05) / (darker + 0.05) >= LEAST
