"""A training run as seven phases of plain PyTorch, each with two sentences and its code.

The script and the notebook are both made of these. Only what the one run needs is
written: no choice of optimizer or schedule is left for the reader to follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playground.export.networks import network_code, network_title
from playground.export.optimizing import (
    loss_text,
    optimizer_code,
    optimizer_text,
    settings_update,
)
from playground.export.plan import Plan
from playground.export.sources import classes_text, load_code, source


@dataclass(frozen=True)
class Phase:
    """One step of the lesson.

    Attributes:
        title: a few words.
        what: a sentence on what happens.
        why: a sentence on the reason for it, or on what to look at.
        code: Python, without a line break at its end.
    """

    title: str
    what: str
    why: str
    code: str


def phases(plan: Plan, *, reads_arguments: bool) -> list[Phase]:
    """Return the phases of a run in order, without the imports they need.

    Args:
        reads_arguments: the losses go to the file named on the command line, if one is.
    """
    writers: tuple[Callable[[Plan], Phase], ...] = (
        _settings,
        _images,
        _network,
        _optimizer,
        _testing,
        _training,
    )
    return [*(write(plan) for write in writers), _results(reads_arguments)]


def title(plan: Plan) -> str:
    """Return what the run trains, as a heading."""
    return f"Train {network_title(plan)} on {source(plan).title}"


def imports(plan: Plan, parts: Sequence[Phase]) -> str:
    """Return the import lines that the code of some phases needs, in the usual order."""
    code = "\n".join(part.code for part in parts)
    lines = [f"import {name}" for name in ("math", "sys") if f"{name}." in code]
    if lines:
        lines.append("")
    imported = source(plan).imported
    lines += [line for line in imported if line.startswith("import ")]
    lines += ["import torch", "from torch import nn"]
    if "F." in code:
        lines.append("from torch.nn import functional as F")
    return "\n".join([*lines, *(line for line in imported if line.startswith("from "))])


def _settings(plan: Plan) -> Phase:
    config = plan.config
    lines = [
        f"SEED = {config.seed}",
        f"EPOCHS = {config.epochs}",
        f"BATCH_SIZE = {config.batch_size}",
        f"LEARNING_RATE = {float(config.lr)!r}",
    ]
    if config.schedule != "constant":
        lines[-1] += "  # at its highest"
    if plan.has_momentum:
        lines.append(f"MOMENTUM = {float(config.momentum)!r}")
    if plan.has_betas:
        lines.append(f"BETAS = {(float(config.beta1), float(config.beta2))!r}")
    if config.weight_decay or config.optimizer == "adamw":  # AdamW's own default is not 0
        lines.append(f"WEIGHT_DECAY = {float(config.weight_decay)!r}")
    if not plan.all_classes and not plan.one_against_the_rest:
        lines.append(
            f"{plan.listed} = {list(config.output_classes)}  # in the order of the classes"
        )
    if config.train_size is not None:
        lines.append(f"TRAIN_SIZE = {config.train_size}")
    if config.label_noise:
        lines.append(
            f"LABEL_NOISE = {float(config.label_noise)!r}  # part of the labels made wrong"
        )
    if plan.changes:
        lines += [
            "# Changed by hand while the run went on: after so many steps, these settings.",
            "CHANGES = {",
        ]
        for step, settings in plan.changes.items():
            inside = ", ".join(f'"{name}": {value!r}' for name, value in settings.items())
            lines.append(f"    {step}: {{{inside}}},")
        lines.append("}")
    lines.append(_device_code(plan))
    return Phase(
        "Settings",
        "These are the numbers the run was started with.",
        "The seed decides the first weights and the order of the images, so the losses come out "
        "the same every time.",
        "\n".join(lines),
    )


def _images(plan: Plan) -> Phase:
    config = plan.config
    arrange = [
        "train_images, train_labels = load(train=True)",
        "test_images, test_labels = load(train=False)",
    ]
    if config.train_size is not None:
        arrange.append("train_images = train_images[:TRAIN_SIZE]")
        arrange.append("train_labels = train_labels[:TRAIN_SIZE]")
    if config.shuffled_labels:
        arrange.append(_SHUFFLE)
    if config.label_noise:
        arrange.append(_noise_code(plan))
    return Phase(
        "Images",
        source(plan).what,
        f"This run takes {classes_text(plan)}; the images stay bytes, and only the batch in use "
        "becomes floats on the device.",
        "\n\n\n".join([load_code(plan), _BATCH, "\n".join(arrange)]),
    )


_SHUFFLE = """
# On purpose: the labels are dealt out anew, so that no image keeps its own.
lots = torch.Generator().manual_seed(SEED)
train_labels = train_labels[torch.randperm(len(train_labels), generator=lots)]
""".strip()


_BATCH = '''
def batch(images, labels, rows):
    """The images of some rows, pixels from 0 to 1, and their labels."""
    return images[rows].to(device).float() / 255, labels[rows].to(device)
'''.strip()


def _device_code(plan: Plan) -> str:
    if plan.config.device != "auto":
        return f'device = torch.device("{plan.config.device}")'
    return (
        'device = torch.device("cpu")\n'
        "if torch.cuda.is_available():\n"
        '    device = torch.device("cuda")\n'
        "elif torch.backends.mps.is_available():\n"
        '    device = torch.device("mps")'
    )


def _noise_code(plan: Plan) -> str:
    return (
        "# Wrong labels: images drawn by lot get another class.\n"
        "lots = torch.Generator().manual_seed(SEED)\n"
        "count = round(LABEL_NOISE * len(train_labels))\n"
        "wrong = torch.randperm(len(train_labels), generator=lots)[:count]\n"
        f"shift = torch.randint(1, {plan.classes}, (count,), generator=lots)\n"
        f"train_labels[wrong] = (train_labels[wrong] + shift) % {plan.classes}"
    )


def _network(plan: Plan) -> Phase:
    lines = [network_code(plan), "", ""]
    if plan.config.model == "cnn" and plan.config.device in {"auto", "cuda"}:
        lines += [
            "# On a GPU, convolutions that give the same numbers each time.",
            "torch.backends.cudnn.deterministic = True",
            "torch.backends.cudnn.allow_tf32 = False",
        ]
    lines += ["torch.manual_seed(SEED)", "model = Net().to(device)"]
    if plan.config.init == "zeros":
        lines += [
            "for parameter in model.parameters():  # on purpose: nothing tells the units apart",
            "    nn.init.zeros_(parameter)",
        ]
    if plan.binary:
        what = "An image goes in, one logit comes out: above 0 means class 1."
        why = "There is no sigmoid at the end, because the loss applies it."
    else:
        what = f"An image goes in, {plan.outputs} logits come out, one for each class."
        why = "There is no softmax at the end, because the loss applies it."
    return Phase("Network", what, why, "\n".join(lines))


def _optimizer(plan: Plan) -> Phase:
    return Phase("Loss and optimizer", loss_text(plan), optimizer_text(plan), optimizer_code(plan))


def _testing(plan: Plan) -> Phase:
    if plan.binary:
        answer, right = "whether the logit is above 0", "(logits.squeeze(1) > 0) == labels"
    else:
        answer, right = "the class of the largest logit", "logits.argmax(dim=1) == labels"
    return Phase(
        "Test",
        "The network is judged on images it never learns from.",
        f"Its answer is {answer}.",
        "@torch.no_grad()\n"
        "def test():\n"
        '    """The mean loss of a test image, and the fraction read correctly."""\n'
        "    loss, right = 0.0, 0\n"
        "    for rows in torch.arange(len(test_labels)).split(2000):\n"
        "        x, labels = batch(test_images, test_labels, rows)\n"
        "        logits = model(x)\n"
        "        loss += criterion(logits, labels).item() * len(rows)\n"
        f"        right += ({right}).sum().item()\n"
        "    return loss / len(test_labels), right / len(test_labels)",
    )


def _training(plan: Plan) -> Phase:
    update = "".join(f"        {line}\n" for line in settings_update(plan))
    return Phase(
        "Training",
        "An epoch takes every image once, in a new order, one batch a step.",
        "Each step asks how the loss changes with every weight, and moves all weights a little "
        "downhill.",
        "order = torch.Generator().manual_seed(SEED)\n"
        "losses = []\n"
        "for epoch in range(1, EPOCHS + 1):\n"
        "    shuffled = torch.randperm(len(train_labels), generator=order)\n"
        "    for number, rows in enumerate(shuffled.split(BATCH_SIZE)):\n"
        f"{update}"
        "        x, labels = batch(train_images, train_labels, rows)\n"
        "        optimizer.zero_grad()\n"
        "        loss = criterion(model(x), labels)\n"
        "        loss.backward()\n"
        "        optimizer.step()\n"
        "        losses.append(loss.item())\n"
        "        if number % 10 == 0:\n"
        '            print(f"Epoch {epoch}, batch {number}: loss {losses[-1]:.6f}")\n'
        "    loss, accuracy = test()\n"
        '    print(f"Test after epoch {epoch}: loss {loss:.6f}, accuracy {accuracy:.2%}")',
    )


def _results(reads_arguments: bool) -> Phase:
    path, target = "", '"losses.csv"'
    if reads_arguments:
        path, target = f"path = sys.argv[1] if len(sys.argv) > 1 else {target}\n", "path"
    return Phase(
        "Results",
        "The loss of every step goes into a table, the weights into a file.",
        'The weights come back with `model.load_state_dict(torch.load("weights.pt"))`.',
        f"{path}"
        f'with open({target}, "w") as file:\n'
        '    file.write("step,loss\\n")\n'
        '    file.writelines(f"{n},{loss}\\n" for n, loss in enumerate(losses, start=1))\n'
        'torch.save(model.state_dict(), "weights.pt")',
    )
