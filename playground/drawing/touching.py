"""Digits that touch: where a piece of ink that is too wide for one digit is cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from playground.drawing.pieces import Mask

TOO_WIDE = 1.5  # times as wide as high: more than one digit
NARROW = 0.8  # of the mean column from highest to lowest ink, where digits touch
USUAL = 0.8  # times as wide as high: one digit


def cut_apart(mask: Mask) -> list[Mask]:
    """Return the ink of each digit: all of it, or what lies between cuts where it is least high.

    Args:
        mask: the ink within its box.
    """
    height, width = mask.shape
    if width < TOO_WIDE * height:
        return [mask]
    count = max(2, round(width / (USUAL * height)))
    # From the highest to the lowest ink of a column: round digits touch where they are lowest.
    below, above = np.maximum.accumulate(mask, axis=0), np.maximum.accumulate(mask[::-1], axis=0)
    extent = (below & above[::-1]).sum(axis=0)
    cuts = [0]
    for number in range(1, count):
        middle, reach = number * width / count, width / count * 0.35
        low, high = int(middle - reach), int(middle + reach) + 1
        cuts.append(low + int(np.argmin(extent[low:high])))
    cuts.append(width)
    # A long line is as thick everywhere.
    if any(extent[cut] >= NARROW * float(extent.mean()) for cut in cuts[1:-1]):
        return [mask]
    columns = np.arange(width)
    return [mask & (columns >= a) & (columns < b) for a, b in pairwise(cuts)]
