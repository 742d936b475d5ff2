"""The look inside the network while the pen moves: its layers, one unit, one class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import streamlit as st

from playground.errors import PlaygroundError
from playground.recognition.catalogue import load_reader
from playground.recognition.in_browser import BrowserNetwork, browser_networks
from playground.recognition.reading import WAITING
from playground.recognition.strongest import strongest_images
from playground.ui.components.layers import Look, Strongest, layers_view
from playground.ui.kit.link_warnings import check_list
from playground.ui.kit.links import read_choice, write_parameters
from playground.ui.kit.live_fragment import live_fragment
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.draw.canvas import weights_url
from playground.ui.server import lazy_torch
from playground.ui.server.session import manager

UNIT, CLASS = "unit", "class"  # in the address and in the session; one of them is None
_NAME = re.compile(r"(?:(?P<layer>[A-Za-z0-9_]{1,20})\.)?(?P<unit>[0-9]{1,5})", re.ASCII)
_EMPTY = "Draw something first."
_PICTURE = "A picture is read by the server: draw on the canvas."
_TOO_LARGE = (
    "Your browser cannot read with these networks, because one is too large or trains on: the "
    "server does, and shows its answer alone."
)


def read_look(choices: Sequence[str]) -> None:
    """Take over what the link says is pressed; say it if the network does not have it.

    Call it before the refusals of the page are shown.
    """
    for key in (UNIT, CLASS):
        asked = st.query_params.get(key)
        read_choice(key, {} if asked is None else {asked: asked})
    network = _main_network(choices) if _is_asked() else None
    for key in (UNIT, CLASS):
        if not _has(network, key, st.session_state.get(key)) or (key == CLASS and _pressed(UNIT)):
            st.session_state[key] = None
    if network is not None:
        units = network.hidden_units
        ends = [f"{layer}.0 to {layer}.{count - 1}" for layer, count in units.items()]
        check_list("Unit", UNIT, [_pressed(UNIT)], ", ".join(ends) or "none")
        last = len(network.class_names) - 1
        check_list("Class", CLASS, [_pressed(CLASS)], f"0 to {last}, and no unit beside it")
    _write_address()


def _is_asked() -> bool:
    return bool(_pressed(UNIT) or _pressed(CLASS))


def _pressed(key: str) -> str:
    return st.session_state.get(key) or ""


def _has(network: BrowserNetwork | None, key: str, name: str | None) -> bool:
    """Whether there is such a unit or class, or it is not known yet who reads."""
    match = _NAME.fullmatch(name or "")
    if match is None or (match["layer"] is None) != (key == CLASS):
        return False
    if network is None:
        return True
    count = network.hidden_units.get(match["layer"], 0) if match["layer"] else None
    return int(match["unit"]) < (len(network.class_names) if count is None else count)


def layers(choices: Sequence[str], *, on_canvas: bool) -> None:
    """What each layer makes of the drawing; the browser works it out.

    Args:
        choices: who reads, the main network first.
        on_canvas: whether the canvas is shown, and not a picture.
    """
    network = _main_network(choices)
    if network is not None and on_canvas:
        name = network.name.removesuffix(
            f", step {network.step:,}" if network.step is not None else ""
        )
        st.markdown(  # the canvas says the step, which may go on
            f"What each layer of **{escape_markdown(name)}** makes of the picture, while "
            "you draw: what is strong stands out. Last come the logits, and as bars their softmax."
        )
    why_not = _TOO_LARGE if lazy_torch.wait(0) else WAITING
    note = _PICTURE if not on_canvas else why_not if network is None else _EMPTY
    live_fragment(partial(_show, choices, note))


def _show(choices: Sequence[str], note: str) -> None:
    _write_address()
    look = _look()
    strongest = None if look is None else _strongest(choices, look)
    layers_view(note, key="draw_layers", look=look, strongest=strongest, on_look=_take)


def _take(look: Look | None) -> None:
    st.session_state[UNIT] = look.name if look and look.layer else None
    st.session_state[CLASS] = str(look.unit) if look and not look.layer else None


def _look() -> Look | None:
    layer, _, unit = (_pressed(UNIT) or _pressed(CLASS)).rpartition(".")
    return Look(layer, int(unit)) if unit else None


def _write_address() -> None:
    write_parameters({key: _pressed(key) or None for key in (UNIT, CLASS)})


def _main_network(choices: Sequence[str]) -> BrowserNetwork | None:
    """What the browser reads with first; None if the server reads, or if it is not known yet."""
    networks = browser_networks(choices, manager(), is_ready=lazy_torch.wait(0))
    return networks[0] if networks else None


def _strongest(choices: Sequence[str], look: Look) -> Strongest | None:
    """The test images for a unit; None for a class, and where there are none yet."""
    network = _main_network(choices)
    if not look.layer or network is None or not lazy_torch.wait(0):
        return None
    address = weights_url(network)
    try:
        found = strongest_images(load_reader(choices[0], manager()), look.layer, look.unit)
    except PlaygroundError as error:
        return Strongest(address, look.name, problem=str(error))
    return Strongest(address, look.name, found.names, found.values, found.images)
