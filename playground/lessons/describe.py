"""What settings and their values are called on the page, and a run in one line."""

from __future__ import annotations

from playground.lessons.comparison import dataset_title, option_in_words
from playground.training import TrainConfig
from playground.validation import counted

INITS = {"default": "Random, as PyTorch draws them", "zeros": "All zero"}
OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
SCHEDULES = {"constant": "Constant", "one-cycle": "One cycle"}
DEVICES = {"auto": "The fastest there is", "cpu": "CPU", "cuda": "CUDA", "mps": "MPS (Apple)"}


def fixed(value: float, places: int) -> str:
    """A loss with so many places; as a power of ten where they are all 0, and from a million on."""
    if 0 < value < 0.5 / 10**places:
        return f"{value:.1e}"
    return f"{value:.{places}f}" if value < 1e6 else f"{value:.3e}"


def on_gpu(device: str) -> str:
    """The GPU that computes, as in " on CUDA"; nothing of the CPU, or where it is not known."""
    kind = device.partition(":")[0]
    return f" on {DEVICES[kind]}" if kind in DEVICES.keys() - {"auto", "cpu"} else ""


def describe(config: TrainConfig, device: str = "", threads: int = 0) -> str:
    """One line that says what a run was started with, and what it got to compute on, if known."""
    parts = [] if config.dataset == TrainConfig().dataset else [dataset_title(config.dataset)]
    parts += [
        config.network.title,
        f"{OPTIMIZERS[config.optimizer]}, learning rate {config.lr:g}",
    ]
    if config.optimizer == "sgd":
        parts[-1] += f", {'Nesterov ' if config.nesterov else ''}momentum {config.momentum:g}"
    elif (config.beta1, config.beta2) != (TrainConfig().beta1, TrainConfig().beta2):
        parts[-1] += f", β₁ {config.beta1:g}, β₂ {config.beta2:g}"
    if config.schedule != "constant":
        parts.append(SCHEDULES[config.schedule].lower())
    if config.weight_decay:
        parts.append(f"weight decay {config.weight_decay:g}")
    batch = min(config.batch_size, config.train_size or config.batch_size)
    parts += [f"batches of {batch}", counted(config.epochs, "epoch")]
    if config.patience:
        parts.append(f"early-stop patience {config.patience}")
    if config.train_size is not None:
        parts.append(counted(config.train_size, "example"))
    if config.label_noise:
        parts.append(f"{config.label_noise:.0%} wrong labels")
    if config.init == "zeros":
        parts.append("all-zero weights")
    if config.double_softmax:
        parts.append("softmax twice")
    if config.shuffled_labels:
        parts.append("shuffled labels")
    if config.classes is not None:
        noun = "digits" if config.dataset == "mnist" else "classes"
        parts.append(f"{noun} " + " ".join(map(str, config.classes)))
    for option in config.network.options:
        if option.words and option.name in config.model_options:
            parts.append(option.words.format(option_in_words(config.model_options[option.name])))
    if config.model_options.get("activation") == "none":
        parts.append("no ReLU")
    if config.device != "auto":
        parts.append(f"on {DEVICES[config.device]}")
    elif gpu := on_gpu(device):
        parts.append(gpu.strip())
    if threads:
        parts.append("one thread" if threads == 1 else f"{threads} threads")
    return " · ".join([*parts, f"seed {config.seed}"])
