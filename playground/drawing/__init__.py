"""From ink to digit: strokes, pixels, and what a network sees of them. No torch, no UI."""

from playground.drawing.digit import STEPS, Digit, Stage, to_digit
from playground.drawing.joining import Pair, Said, by_shape
from playground.drawing.parts import Layout, arrange, split
from playground.drawing.pictures import MAX_PICTURE_BYTES, Photo, read_picture
from playground.drawing.pieces import Part
from playground.drawing.regions import Box
from playground.drawing.rendering import as_sent, render
from playground.drawing.samples import Sample, sample_digits
from playground.drawing.strokes import (
    Drawing,
    Stroke,
    drawing_from_json,
    drawing_to_json,
    partial,
)
from playground.drawing.thin_pen import with_thinner_pen
from playground.drawing.tracing import traced

__all__ = [
    "MAX_PICTURE_BYTES",
    "STEPS",
    "Box",
    "Digit",
    "Drawing",
    "Layout",
    "Pair",
    "Part",
    "Photo",
    "Said",
    "Sample",
    "Stage",
    "Stroke",
    "arrange",
    "as_sent",
    "by_shape",
    "drawing_from_json",
    "drawing_to_json",
    "partial",
    "read_picture",
    "render",
    "sample_digits",
    "split",
    "to_digit",
    "traced",
    "with_thinner_pen",
]
