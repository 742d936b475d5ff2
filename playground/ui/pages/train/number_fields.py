"""The settings that are numbers: what each may be, its field, and what is wrong with those shown.

The fields themselves have no bounds. Streamlit keeps a number outside of them to itself: the field
is red and shows one number, and Start would take another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground import golden_values
from playground.training import TrainConfig
from playground.ui.kit import link_warnings
from playground.ui.server.session import manager

ALL_EXAMPLES = golden_values.TRAIN_IMAGES
_USUAL = TrainConfig()
# In the URL, which survives a reload, and in the session, which survives a visit to another page.
KEPT: Any = {"bind": "query-params", "persist_state": "session"}
_RED = "light-dark(#bd4043, #ff6c6c)"


@dataclass(frozen=True)
class NumberField:
    """One number among the settings.

    Attributes:
        key: of its control, and in links.
        label: of its control.
        usual: what it shows at first.
        low, high: the least and the largest number allowed.
        step: of its buttons; 1 if only whole numbers are allowed.
    """

    key: str
    label: str
    usual: float
    low: float
    high: float
    step: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are allowed."""
        return self.step >= 1.0

    def allows(self, value: float) -> bool:
        """Whether it may be this number."""
        in_bounds = math.isfinite(value) and self.low <= value <= self.high
        return in_bounds and (not self.whole or float(value).is_integer())

    @property
    def allowed(self) -> str:
        """What is, in words."""
        bounds = f"{_plain(self.low)} to {_plain(self.high)}"
        return f"whole numbers from {bounds}" if self.whole else bounds

    @property
    def value(self) -> float:
        """The number shown."""
        return float(st.session_state.get(self.key, self.usual))

    def draw(self, **options: Any) -> None:
        """The control, marked if its number is not allowed."""
        options = {"format": "%.12g" if self.whole else "%.9g"} | options
        number = st.number_input(
            self.label, value=float(self.usual), step=self.step, key=self.key, **KEPT, **options
        )
        link_warnings.check_number(self.label, self.key, number, self.allowed)
        if not self.allows(number):
            field = f".st-key-{self.key} [data-testid=stNumberInputContainer]"
            st.html(f"<style>{field} {{ border-color: {_RED}; }}</style>")


def _plain(number: float) -> str:
    """With six decimals at most and none that is not needed: 0.000001, 1,000,000."""
    return f"{number:,f}".rstrip("0").rstrip(".")


def largest() -> dict[str, int]:
    """By the fields' keys, the highest whole numbers that this server allows."""
    limits = manager().limits
    return {
        "epochs": limits.epochs,
        "batch": min(limits.batch, ALL_EXAMPLES),
        "units": limits.units,
        "channels": limits.channels,
    }


def number_fields() -> dict[str, NumberField]:
    """By their keys, those that every network and optimizer has, or may have."""
    most = largest()
    fields = (
        NumberField("lr", "Learning rate", _USUAL.lr, 1e-6, 1e6, 0.001),
        NumberField("momentum", "Momentum", _USUAL.momentum, 0.0, 0.999, 0.05),
        NumberField("batch", "Batch size", _USUAL.batch_size, 1, most["batch"]),
        NumberField("epochs", "Epochs", _USUAL.epochs, 1, most["epochs"]),
        NumberField("patience", "Early-stop patience", _USUAL.patience, 0, 1000),
        NumberField("beta1", "β₁", _USUAL.beta1, 0.0, 0.9999, 0.01),
        NumberField("beta2", "β₂", _USUAL.beta2, 0.0, 0.999999, 0.001),
        NumberField("decay", "Weight decay", 0.0, 0.0, 1000.0, 0.0001),
        NumberField("examples", "Training examples", ALL_EXAMPLES, 1, ALL_EXAMPLES, 1000.0),
        NumberField("noise", "Wrong labels", 0.0, 0.0, 1.0, 0.05),
        NumberField("seed", "Seed", _USUAL.seed, 0, 2**31 - 1),
    )
    return {field.key: field for field in fields}


def faults(fields: Iterable[NumberField]) -> list[str]:
    """What is wrong with the numbers shown, [] if nothing is."""
    return [
        f"{field.label} is {field.value:,.12g}, allowed: {field.allowed}"
        for field in fields
        if not field.allows(field.value)
    ]
