"""Colours as the browser shows them: those of a theme, and how well one is seen upon another."""

from __future__ import annotations

from typing import Any


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def in_theme(value: Any, theme: str = "light") -> Any:
    """A figure with a colour for each pair, as figure.js gives it to Plotly."""
    if isinstance(value, dict):
        if set(value) == {"light", "dark"}:
            return value[theme]
        if set(value) == {"theme"}:
            assert value["theme"] in {"text", "page", "grid", "raised"}
            return "#123456"
        return {key: in_theme(item, theme) for key, item in value.items()}
    return [in_theme(item, theme) for item in value] if isinstance(value, list) else value
