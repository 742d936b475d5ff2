"""Grey pictures with a few words: one, or small ones with as many in a row as there is room for.

They are part of the page, not files: Streamlit drops a file of `st.image` as soon as its page has
been left, so who clicks quickly is left with an error in place of a picture.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from playground.png import grey_png

MOST_PIXELS = 280  # along a side: larger pictures are made smaller before they are sent

_STYLE = """
.sp-pictures { display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fit, minmax(var(--sp-picture), 1fr)); }
.sp-pictures > div { font-variant-numeric: tabular-nums; line-height: 1.35; }
.sp-pictures .sp-paper { max-width: calc(1.6 * var(--sp-picture)); margin-bottom: .35rem; }
.sp-pictures img { width: 100%; aspect-ratio: 1; object-fit: contain; }
.sp-pictures .sp-off img { filter: brightness(.5); }
.sp-pictures p { margin: 0; font-size: .875rem; }
.sp-pictures strong { display: block; font-size: 1rem; }
"""
# Ink is dark on a light page and light on a dark one, as on the canvas: a picture has it light on
# black, and its difference from white paper is dark on white.
_PAPER = """
.sp-paper { isolation: isolate; overflow: hidden; border-radius: .375rem; box-sizing: border-box;
  background: light-dark(#fff, #000);
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.sp-paper img { display: block; image-rendering: pixelated; mix-blend-mode: difference; }
"""
_STYLE_OF_ONE = """
.sp-one-picture { margin: 0; }
.sp-one-picture .sp-paper { width: fit-content; max-width: 100%; }
.sp-one-picture img { max-width: 100%; height: auto; }
.sp-one-picture figcaption { margin-top: .35rem; font-size: .875rem; }
"""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of the grid.

    Attributes:
        image: (H, W) from 0 (black) to 1 (white), or uint8 from 0 to 255.
        title: in bold below it.
        lines: below that; none of the texts is markup.
        alt: for a screen reader.
        off: drawn faint, for a picture that does not count.
    """

    image: ArrayLike
    title: str
    lines: tuple[str, ...]
    alt: str
    off: bool = False


def picture(image: ArrayLike, *, caption: str, alt: str, width: int) -> None:
    """Show one picture at a fixed size, smaller only where there is no room for it.

    Args:
        image: (H, W) from 0 (black) to 1 (white), or uint8 from 0 to 255; as many pixels as
            it has are sent.
        caption: below it.
        alt: for a screen reader.
        width: in px.

    Raises:
        ShapeError: an image that is not (H, W) with a pixel at least.
    """
    st.html(picture_html(image, caption, alt, width))


def picture_html(image: ArrayLike, caption: str, alt: str, width: int) -> str:
    """One picture as HTML, every text escaped."""
    source = _source(image)  # first: it checks the shape
    height, columns = np.shape(image)
    return (
        f"<style>{_PAPER}{_STYLE_OF_ONE}</style>"
        f'<figure class="sp-one-picture"><div class="sp-paper">'
        f'<img alt="{escape(alt)}" src="{source}" '
        f'width="{width}" height="{round(width * height / columns)}"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def picture_grid(pictures: Sequence[Picture], *, label: str, width: float = 9.0) -> None:
    """Show the pictures.

    Args:
        pictures: in reading order.
        label: of them all, for a screen reader.
        width: the least width of a picture, in rem.

    Raises:
        ShapeError: an image that is not (H, W) with a pixel at least.
    """
    st.html(grid_html(pictures, label, width))


def grid_html(pictures: Sequence[Picture], label: str, width: float) -> str:
    """The grid as HTML, every text escaped."""
    items = "".join(_item(picture) for picture in pictures)
    return (
        f"<style>{_PAPER}{_STYLE}</style>"
        f'<div class="sp-pictures" role="list" aria-label="{escape(label)}" '
        f'style="--sp-picture: {width}rem">'
        f"{items}</div>"
    )


def _item(picture: Picture) -> str:
    source = _source(picture.image, MOST_PIXELS)
    off = ' class="sp-off"' if picture.off else ""
    lines = "".join(f"<p>{escape(text)}</p>" for text in picture.lines)
    return (
        f'<div role="listitem"{off}>'
        f'<div class="sp-paper"><img alt="{escape(picture.alt)}" src="{source}"></div>'
        f"<p><strong>{escape(picture.title)}</strong></p>{lines}</div>"
    )


def _source(image: ArrayLike, longest: int | None = None) -> str:
    return f"data:image/png;base64,{base64.b64encode(grey_png(image, longest)).decode('ascii')}"
