"""The layers of a network as a picture: what leaves each, and what there is to learn in it.

It is drawn as a list of boxes, in a row where there is room and one below the other where
there is not. All numbers are text, so a screen reader has them too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

import streamlit as st

from playground.errors import ConfigError, PlaygroundError
from playground.training import TrainConfig
from playground.ui.kit.text import escape_markdown
from playground.ui.pages.train.settings import chosen_config

IMAGE = (1, 28, 28)
# The bounds of `playground.models`, which cannot be imported without PyTorch.
_MAX_WIDTH, _MAX_HIDDEN_LAYERS, _MAX_CHANNELS = 4096, 8, 256
_MLP_WIDTHS = (520, 320, 240, 120)


@dataclass(frozen=True)
class Layer:
    """One layer as `playground.models.describe` names it, and what happens after it.

    Attributes:
        name: the attribute of the network.
        kind: PyTorch's name of the kind of layer.
        output_shape: of one example, without the batch axis.
        parameters: weights and biases.
        then: what is done with the output before the next layer, in words; often "ReLU".
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    then: str = ""

    @property
    def values(self) -> int:
        """Numbers that leave the layer."""
        return math.prod(self.output_shape)


def network_layers(config: TrainConfig) -> tuple[Layer, ...]:
    """Return the layers of a configuration's network, computed without PyTorch.

    A fully connected layer of a inputs and b outputs has (a + 1)·b parameters, a
    convolution with k × k weights of c inputs and d outputs (k²·c + 1)·d.

    Raises:
        ConfigError: sizes that `build_model` refuses too.
    """
    options = config.model_options
    classes = 1 if config.model == "binary" else len(config.output_classes)
    then = "ReLU" if options.get("activation", "relu") == "relu" else "no ReLU"
    match config.model:
        case "cnn":
            return _convolutional(_size("channels", options.get("channels", 16)), classes)
        case "linear":
            return (_dense("linear", 784, classes),)
        case "mlp":
            widths = _widths(options.get("widths", _MLP_WIDTHS))
            names = [f"l{number}" for number in range(1, len(widths) + 2)]
        case _:
            widths, names = [_size("hidden", options.get("hidden", 5))], ["linear1", "linear2"]
    sizes = [784, *widths, classes]
    return tuple(
        _dense(name, sizes[i], sizes[i + 1], "" if i == len(widths) else then)
        for i, name in enumerate(names)
    )


def _widths(given: object) -> list[int]:
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= _MAX_HIDDEN_LAYERS:
        raise ConfigError(
            "The hidden layers cannot be built", allowed=f"1 … {_MAX_HIDDEN_LAYERS} of them"
        )
    return [_size("widths", width) for width in given]


def _size(what: str, given: object) -> int:
    most = _MAX_CHANNELS if what == "channels" else _MAX_WIDTH
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise ConfigError(
            f"A network with {what} of {str(given)[:20]} cannot be built",
            allowed=f"whole numbers from 1 to {most:,}",
        )
    return given


def _dense(name: str, inputs: int, outputs: int, then: str = "") -> Layer:
    return Layer(name, "Linear", (outputs,), (inputs + 1) * outputs, then)


def _convolutional(c: int, classes: int) -> tuple[Layer, ...]:
    return (
        Layer("conv1", "Conv2d", (c, 14, 14), 26 * c, "ReLU"),
        Layer("conv2", "Conv2d", (2 * c, 14, 14), (9 * c + 1) * 2 * c),
        Layer("pool", "MaxPool2d", (2 * c, 7, 7), 0, "ReLU"),
        Layer("conv3", "Conv2d", (4 * c, 5, 5), (18 * c + 1) * 4 * c, "ReLU, flatten"),
        _dense("output", 100 * c, classes),
    )


def parameter_count(config: TrainConfig) -> int:
    """All weights and biases of a configuration's network.

    Raises: as `network_layers`.
    """
    return sum(layer.parameters for layer in network_layers(config))


def loss_in_words(config: TrainConfig) -> str:
    """What stands behind the last layer, with the mistake if it is made on purpose."""
    if config.model == "binary":
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


def layers_popover(shown: TrainConfig | None = None, *, label: str = "Layers") -> None:
    """A button that opens the picture of the network chosen in the settings.

    Args:
        shown: the configuration of the run on the page; if its network is another one,
            that one is drawn below.
        label: of the button; no two on a page may have the same.
    """
    with st.popover(label, icon=":material/account_tree:"):
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
        _arrow("" if config.model == "cnn" else "flatten"),
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
