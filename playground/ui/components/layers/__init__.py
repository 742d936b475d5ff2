"""What each layer of the main network makes of the drawing, while it is drawn.

The canvas reads in the browser and tells what its layers say (`_kernel/layers.js`); here they are
shown. So nothing of it comes from the server but the colours, and a note where there is nothing.
"""

from __future__ import annotations

from playground.palette import CLASSES
from playground.ui.kit.component import component

_mount = component("layers")


def layers_view(note: str, *, key: str) -> None:
    """Show the layers of what the canvas on this page reads.

    Args:
        note: plain text, as long as there are none.
        key: names the component.
    """
    _mount(key=key, data={"note": note, "colours": [list(colour) for colour in CLASSES]})
