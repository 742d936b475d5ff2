"""Trainings worth starting: the notebook's, two good ones, and some that break on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from playground.training import TrainConfig


@dataclass(frozen=True)
class TrainingPreset:
    """A training with a question.

    Attributes:
        id: tells it from the others on the page; links carry the settings themselves.
        title: a few words for a button.
        config: what is trained.
        question: what to predict before Start is pressed.
        symptom: for a training that breaks on purpose, what to look for.
        remedy: and what mends it, in one line.
    """

    id: str
    title: str
    config: TrainConfig
    question: str
    symptom: str = ""
    remedy: str = ""

    @property
    def breaks(self) -> bool:
        return bool(self.remedy)


GOOD: tuple[TrainingPreset, ...] = (
    TrainingPreset(
        "notebook-a",
        "Notebook A",
        TrainConfig(),
        "After how many epochs will it read nine of ten unseen digits right?",
    ),
    TrainingPreset(
        "fast",
        "97 % fast",
        TrainConfig(optimizer="adamw", lr=3e-3, schedule="one-cycle", batch_size=256, epochs=2),
        "Notebook A needs nine epochs for 97 %. How many does AdamW with a schedule need?",
    ),
    TrainingPreset(
        "cnn",
        "99 % CNN",
        TrainConfig(
            model="cnn",
            optimizer="adamw",
            lr=5e-3,
            weight_decay=0.01,
            schedule="one-cycle",
            batch_size=128,
            epochs=2,
        ),
        "A sixteenth of notebook A's parameters: can it be better?",
    ),
)

BROKEN: tuple[TrainingPreset, ...] = (
    TrainingPreset(
        "rate-100",
        "rate × 100",
        TrainConfig(lr=1.0),
        "A hundred times the rate: a hundred times as fast?",
        "The loss jumps to about log 10 ≈ 2.30 and stays there, or becomes nan: every answer is "
        "the same digit.",
        "Divide the learning rate by ten until the loss falls from the first batches on.",
    ),
    TrainingPreset(
        "zeros",
        "all-zero weights",
        TrainConfig(init="zeros"),
        "All weights start at 0. Which of the 520 hidden units will learn what?",
        "The loss stays at log 10 ≈ 2.30: all units are the same, and ReLU of 0 has no slope. "
        "Only the last bias moves.",
        "Start from small random weights, as PyTorch does by itself.",
    ),
    TrainingPreset(
        "softmax-twice",
        "softmax twice",
        TrainConfig(double_softmax=True),
        "The network's softmax, then the loss's own: twice as good?",
        "The loss hardly moves from log 10, and could never fall below log(e + 9) − 1 ≈ 1.46.",
        "Give the loss raw logits; the softmax is inside.",
    ),
    TrainingPreset(
        "shuffled-labels",
        "shuffled labels",
        TrainConfig(shuffled_labels=True, train_size=2000, epochs=40, optimizer="adam", lr=1e-3),
        "Every image gets another image's label. What can it learn?",
        "The training loss falls to nearly 0 while the test accuracy stays near 10 % and the test "
        "loss rises above 9: it learns the examples by heart.",
        "Look at the test set, never at the training loss alone; and check the labels.",
    ),
    TrainingPreset(
        "no-relu",
        "no ReLU",
        TrainConfig(model_options={"activation": "none"}, lr=0.05),
        "Five layers without ReLU between them: how much better than one layer?",
        "It stops near 91 % on the test set, as a single layer does: a chain of linear maps "
        "is a linear map.",
        "Put ReLU between the layers.",
    ),
    TrainingPreset(
        "tiny",
        "100 examples",
        TrainConfig(train_size=100, batch_size=10, epochs=100, lr=0.05),
        "One hundred digits to learn from: how far will the test accuracy get?",
        "The training accuracy reaches 100 %, the test accuracy about 57 %, and the test loss "
        "rises again.",
        "More examples; failing that, weight decay or stopping early.",
    ),
)

PRESETS = GOOD + BROKEN
