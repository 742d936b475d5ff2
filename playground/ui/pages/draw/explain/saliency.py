"""Which pixels counted for an answer, and which training digits look most like the drawing."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike

from playground.charts.heat import occlusion_map, saliency_map
from playground.explaining import WINDOW, Reader, nearest, occlusion, saliency
from playground.ui.components.figure import figure
from playground.ui.kit.pictures import Picture, picture_grid
from playground.ui.kit.projecting import projecting
from playground.ui.pages.draw.explain.surprise import choose_class
from playground.validation import with_article

_HEIGHT = 340


def saliency_view(reader: Reader, digit: ArrayLike) -> None:
    """Gradient × input and occlusion for a class, side by side; on a phone one below the other.

    Args:
        reader: who has read the drawing.
        digit: (28, 28) in [0, 1].

    Raises:
        As `playground.explaining.saliency`.
    """
    pixels = np.asarray(digit)
    best = int(np.argmax(reader.logits(pixels[np.newaxis])[0]))
    chosen = choose_class("What counts for", reader, "draw_why_class")
    k = best if chosen is None else chosen
    name = reader.class_names[k]
    left, right = st.columns(2, gap="medium")
    with left:
        chart = saliency_map(saliency(reader, pixels, k), pixels, name)
        figure(chart, key="draw_why_saliency", height=_HEIGHT)
    with right:
        chart = occlusion_map(occlusion(reader, pixels, k), pixels, name)
        figure(chart, key="draw_why_occlusion", height=_HEIGHT)
    st.caption(
        ("Shown for the answer itself. " if chosen is None else "")
        + "Blue ink speaks for the class, orange ink against it: by the slope of its logit at "
        f"each pixel, and by what happens to its probability without a square of {WINDOW} × "
        f"{WINDOW} pixels."
        + " Both say what this network reacts to here, not why people would call it that class, "
        "and neither sees what the absence of ink does." * (not projecting())
    )


def nearest_view(digit: ArrayLike, n: int) -> None:
    """The training digits nearest to the drawing, with label and distance.

    Args:
        digit: (28, 28) in [0, 1].
        n: how many.

    Raises:
        As `playground.explaining.nearest`.
    """
    found = nearest(digit, n)
    labels = found.labels.tolist()
    with st.container(key="draw_why_nearest"):
        picture_grid(
            [
                Picture(
                    found.images[i],
                    str(labels[i]),
                    (f"distance {found.distances[i]:.2f}",),
                    f"Training digit {found.indices[i]}, {with_article(labels[i])}",
                )
                for i in range(len(labels))
            ],
            label="Nearest training digits",
            width=5.5,
        )
    if projecting():  # the nearest fill the screen
        return
    most = max(set(labels), key=lambda label: (labels.count(label), -labels.index(label)))
    st.caption(
        f"Of the {n} nearest of 60,000 training digits, {labels.count(most)} are "
        f"{with_article(most)}: what a nearest-neighbour classifier would vote. The network never "
        "looks them up; it has only its weights. Distance is √Σ(x − y)² over the 784 pixels."
    )
