"""The layers of a network as a picture: what leaves each, and what there is to learn in it.

It is drawn as a list of boxes, in a row where there is room and one below the other where
there is not. All numbers are text, so a screen reader has them too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from playground.errors import ConfigError, PlaygroundError
from playground.networks import Layer, Option
from playground.networks.spec import MAX_HIDDEN_LAYERS, whole_number_faults
from playground.training import TrainConfig
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.settings import chosen_config

IMAGE = (1, 28, 28)


def network_layers(config: TrainConfig) -> Sequence[Layer]:
    """Return the layers of a configuration's network, computed without PyTorch.

    Raises:
        ConfigError: sizes that `build_model` refuses too.
    """
    network, given = config.network, config.model_options
    for option in network.options:
        if option.name in given and not option.choices:
            _require_size(option, given[option.name])
    return network.layers({**network.defaults, **given}, config.outputs)


def _require_size(option: Option, given: Any) -> None:
    sizes = [given] if isinstance(option.default, int) else given
    if not isinstance(sizes, list | tuple) or not 1 <= len(sizes) <= MAX_HIDDEN_LAYERS:
        allowed = f"1 … {MAX_HIDDEN_LAYERS} of them"
        raise ConfigError("The hidden layers cannot be built", allowed=allowed)
    for size in sizes:
        if whole_number_faults(option.name, size, option.low, option.high):
            raise ConfigError(
                f"A network with {option.name} of {str(size)[:20]} cannot be built",
                allowed=f"whole numbers from {option.low} to {option.high:,}",
            )


def parameter_count(config: TrainConfig) -> int:
    """All weights and biases of a configuration's network.

    Raises: as `network_layers`.
    """
    return sum(layer.parameters for layer in network_layers(config))


def loss_in_words(config: TrainConfig) -> str:
    """What stands behind the last layer, with the mistake if it is made on purpose."""
    if config.network.binary:
        loss, activation = "sigmoid + binary cross-entropy", "sigmoid"
    else:
        loss, activation = "softmax + cross-entropy", "softmax"
    return f"{activation}, then {loss}: once too often" if config.double_softmax else loss


def network_picture(config: TrainConfig) -> None:
    """Draw the network of a configuration, whose sizes may be impossible: then it says so."""
    try:
        st.html(picture_html(config))
    except ConfigError as error:
        st.error(escape_markdown(str(error)))


def layers_popover(shown: TrainConfig | None = None) -> None:
    """A button that opens the picture of the network chosen in the settings.

    Args:
        shown: the configuration of the run on the page; if its network is another one,
            that one is drawn below.
    """
    with st.popover("Layers", icon=":material/account_tree:"):
        try:
            chosen = chosen_config()
        except PlaygroundError as error:
            st.caption(escape_markdown(str(error)))
            chosen = None
        if chosen is not None:
            network_picture(chosen)
        if shown is not None and (chosen is None or not _same(shown, chosen)):
            st.markdown("**The run on this page has another network:**")
            network_picture(shown)


def _same(one: TrainConfig, two: TrainConfig) -> bool:
    try:
        layers = [network_layers(each) for each in (one, two)]
    except ConfigError:
        return False
    return layers[0] == layers[1] and loss_in_words(one) == loss_in_words(two)


# ---------------------------------------------------------------- drawing

_LINE = "color-mix(in srgb, currentColor 60%, transparent)"
_STYLE = f"""
.sp-net {{ container-type: inline-size; width: 62rem; max-width: 100%; }}
.sp-net p {{ margin: 0 0 .6rem; }}
.sp-net ol {{ list-style: none; margin: 0; padding: 0; font-variant-numeric: tabular-nums; }}
.sp-net li {{ margin: 0; padding: 0; line-height: 1.35; }}
.sp-net-box {{ box-sizing: border-box; height: .8rem; width: calc(var(--size) * 1%);
  background: color-mix(in srgb, currentColor 14%, transparent);
  border: 1.5px solid {_LINE}; border-radius: 3px; }}
.sp-net-room {{ margin-top: .25rem; }}
.sp-net-name {{ font-weight: 600; }}
.sp-net li > span {{ margin-right: .6rem; }}
.sp-net-then::before {{ content: "↓" / ""; margin-right: .4rem; }}
@container (min-width: 46rem) {{
  .sp-net ol {{ display: flex; justify-content: space-between; }}
  .sp-net li {{ display: flex; flex-direction: column; align-items: center; text-align: center; }}
  .sp-net li > span {{ margin: 0; max-width: 6.5rem; }}
  .sp-net-room {{ height: 8rem; display: flex; align-items: center; }}
  .sp-net-box {{ width: 2.2rem; height: calc(var(--size) * .08rem); }}
  .sp-net li.sp-net-then {{ height: 8rem; justify-content: center; }}
  .sp-net-then::before {{ content: "→" / ""; margin: 0; font-size: 1.3rem; }}
  .sp-net li.sp-net-end {{ max-width: 8rem; height: 8rem; justify-content: center; }}
}}
"""


def picture_html(config: TrainConfig) -> str:
    """The picture as HTML, every text escaped.

    Raises: as `network_layers`.
    """
    layers = network_layers(config)
    total = sum(layer.parameters for layer in layers)
    largest = max(math.prod(IMAGE), *(layer.values for layer in layers))
    size = f"{4 * total / 1e6:,.1f} MB" if total >= 250_000 else f"{4 * total / 1e3:,.0f} kB"
    items = [
        _box(Layer("image", "input", IMAGE, 0), largest),
        _arrow("flatten" if layers[0].kind == "Linear" else ""),
    ]
    for number, layer in enumerate(layers, start=1):
        items.append(_box(layer, largest))
        items.append(_arrow(layer.then if number < len(layers) else "logits"))
    items.append(
        f'<li class="sp-net-end">{_span("loss", "name")}{_span(loss_in_words(config))}</li>'
    )
    label = f"Layers of the network, {total:,} parameters"
    return (
        f'<style>{_STYLE}</style><div class="sp-net" role="group" aria-label="{escape(label)}">'
        f"<p><strong>{total:,} parameters</strong>, {size} of numbers. The size of a box tells "
        "how many numbers leave the layer, on a logarithmic scale.</p>"
        f"<ol>{''.join(items)}</ol></div>"
    )


def _box(layer: Layer, largest: int) -> str:
    """One layer; its box takes log(1 + numbers) of the room there is."""
    percent = 100 * math.log1p(layer.values) / math.log1p(largest)
    shape = " × ".join(f"{axis:,}" for axis in layer.output_shape)
    return (
        f'<li class="sp-net-layer"><div class="sp-net-room" aria-hidden="true">'
        f'<div class="sp-net-box" style="--size: {percent:.1f}"></div></div>'
        + _span(layer.name, "name")
        + _span(layer.kind)
        + _span(f"{shape} out" if layer.kind != "input" else shape)
        + ("" if layer.kind == "input" else _span(f"{layer.parameters:,} parameters"))
        + "</li>"
    )


def _arrow(text: str) -> str:
    return f'<li class="sp-net-then">{_span(text)}</li>'


def _span(text: str, part: str = "") -> str:
    kind = f' class="sp-net-{part}"' if part else ""
    return f"<span{kind}>{escape(text)}</span>"
