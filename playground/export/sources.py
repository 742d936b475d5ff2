"""Where the images of a run come from: the code that reads them, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass

from playground.datasets import CATALOGUE
from playground.datasets.catalogue import own_id
from playground.export.plan import Plan

OWN_FILE = "images.npz"


@dataclass(frozen=True)
class Source:
    """What the writers of code say of one data set.

    Attributes:
        title: its name.
        what: a sentence on what it holds.
        packages: what `pip install` has to bring.
        needs: a sentence on what else must be there before the code can run.
        imported: the lines of import for `read`.
        read: lines in the body of `load(train)`.
        images, labels: expressions for the images (n, 28, 28) and the labels (n,) after them.
    """

    title: str
    what: str
    packages: str
    needs: str
    imported: tuple[str, ...]
    read: tuple[str, ...]
    images: str
    labels: str


_SHOWS = {
    "mnist": "handwritten digits",
    "fashion-mnist": "pictures of clothes",
    "kmnist": "handwritten Japanese characters",
}


def source(plan: Plan) -> Source:
    """Return the source of a run's images."""
    name = plan.config.dataset
    if own_id(name) is not None:
        return _own()
    info = CATALOGUE[name]
    return Source(
        title=info.title,
        what=f"{info.title} has {_SHOWS[name]}, 60,000 to learn from and 10,000 to test on.",
        packages="torch torchvision",
        needs=f"{info.title} is downloaded the first time.",
        imported=(f"from torchvision.datasets import {info.torchvision_name}",),
        read=(f'data = {info.torchvision_name}("data", train=train, download=True)',),
        images="data.data",
        labels="data.targets",
    )


def _own() -> Source:
    return Source(
        title="your own images",
        what=f"Your own images are in {OWN_FILE}, already 28 x 28, grey and divided into two.",
        packages="torch numpy",
        needs=(
            f"The images are not in here: download {OWN_FILE} on the page where the run was "
            "started, below the choice of data, and put it into the folder you start this in."
        ),
        imported=("import numpy as np",),
        read=(
            'split = "train" if train else "test"',
            f'with np.load("{OWN_FILE}") as arrays:',
            '    images = torch.from_numpy(arrays[f"{split}_images"])',
            '    labels = torch.from_numpy(arrays[f"{split}_labels"])',
        ),
        images="images",
        labels="labels",
    )


def classes_text(plan: Plan) -> str:
    """Return which classes a run takes, in words."""
    labels = plan.config.output_classes
    digits = plan.config.dataset == "mnist"
    if plan.one_against_the_rest:
        return f"the {'digit' if digits else 'class'} {_named(plan, labels[0])} against the rest"
    if plan.all_classes:
        return "all ten digits" if digits else f"all {len(labels)} classes"
    named = ", ".join(_named(plan, label) for label in labels)
    return f"only the {'digits' if digits else 'classes'} {named}"


def _named(plan: Plan, label: int) -> str:
    """A label and, where its name is known to be harmless in code and Markdown, its name."""
    info = CATALOGUE.get(plan.config.dataset)
    if info is None or plan.config.dataset == "mnist":
        return str(label)
    return f"{label} ({info.class_names[label]})"


def load_code(plan: Plan) -> str:
    """Return the function that reads a split of the images."""
    origin = source(plan)
    lines = ["def load(train):"]
    if plan.one_against_the_rest:
        label = plan.config.output_classes[0]
        lines += [
            f'    """Images (n, 28, 28) as bytes and labels (n,): 1 for every {label}, else 0."""',
            *(f"    {line}" for line in origin.read),
            f"    return {origin.images}, ({origin.labels} == {label}).long()",
        ]
    elif plan.all_classes:
        lines += [
            '    """Images (n, 28, 28) as bytes and their labels (n,)."""',
            *(f"    {line}" for line in origin.read),
            f"    return {origin.images}, {origin.labels}",
        ]
    else:
        lines += [
            f'    """Images (n, 28, 28) as bytes and labels (n,): places in {plan.listed}."""',
            *(f"    {line}" for line in origin.read),
            f"    matches = {origin.labels}[:, None] == torch.tensor({plan.listed})"
            "  # (n, classes)",
            "    chosen = matches.any(dim=1)",
            f"    return {origin.images}[chosen], matches[chosen].long().argmax(dim=1)",
        ]
    return "\n".join(lines)
