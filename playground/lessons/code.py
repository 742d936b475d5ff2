"""The code for what a lesson shows: scripts that stand alone and print the page's numbers.

They are text; nothing of them is run here.
"""

from __future__ import annotations

from playground.lessons.code_cross_entropy import cross_entropy_code
from playground.lessons.code_parts import Code
from playground.lessons.code_softmax import softmax_code

__all__ = ["Code", "cross_entropy_code", "softmax_code"]
