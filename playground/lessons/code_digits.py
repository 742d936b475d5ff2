"""The sections with real digits as scripts: they read MNIST, and the weights of a network."""

from __future__ import annotations

from itertools import pairwise

from playground.lessons.code_parts import Block, Code, script
from playground.lessons.states import TEST_IMAGES, CrossEntropyState
from playground.notebooks import BINARY_LAYER_SIZES, HIDDEN_LAYER_SIZES, LAYER_SIZES

LINEAR = "linear.npz"
WALL = 64

_LAYERS = {"mlp": LAYER_SIZES, "hidden": HIDDEN_LAYER_SIZES, "binary": BINARY_LAYER_SIZES}
_MNIST = "from torchvision.datasets import MNIST"
_READ = 'test = MNIST("data", train=False, download=True)'


def digit_code(state: CrossEntropyState) -> Code:
    """One test digit: logits, probabilities, loss and prediction of the chosen network.

    The untrained networks draw their weights from PyTorch, in the numpy script too:
    those are the only numbers that it takes from there.
    """
    if state.network == "linear":
        return Code(_linear_numpy(state), _linear_torch(state), needs=(LINEAR,))
    return Code(_untrained_numpy(state), _untrained_torch(state))


def _numpy_weights(state: CrossEntropyState) -> Block:
    return [
        f"# {LINEAR} comes with the playground; it must lie beside this script.",
        f"moment = {state.moment}  # 0: before training, 1: after one epoch, 2: at the end",
        f'with np.load("{LINEAR}") as file:',
        '    W, b = file["W"][moment].astype(np.float64), file["b"][moment]',
    ]


def _torch_weights(state: CrossEntropyState) -> Block:
    return [
        *_numpy_weights(state)[:3],
        '    W = torch.from_numpy(file["W"][moment]).double()',
        '    b = torch.from_numpy(file["b"][moment])',
    ]


def _linear_numpy(state: CrossEntropyState) -> str:
    return script(
        ["# A test digit, read by a linear network, in numpy.", "import numpy as np", _MNIST],
        [
            _READ,
            f"index = {state.digit}",
            "x = test.data[index].numpy().reshape(784) / 255.0  # pixels from 0 to 1",
            "y = int(test.targets[index])  # the true class",
        ],
        _numpy_weights(state),
        [
            "z = x @ W + b  # ten logits",
            "shifted = z - z.max()",
            "p = np.exp(shifted) / np.exp(shifted).sum()",
            "loss = np.log(np.exp(shifted).sum()) - shifted[y]  # -log p_y",
        ],
        [
            'print("true class =", y)',
            'print("logits =", z.tolist())',
            'print("p =", p.tolist())',
            'print("loss =", loss)',
            'print("prediction =", z.argmax())',
        ],
    )


def _linear_torch(state: CrossEntropyState) -> str:
    return script(
        [
            "# A test digit, read by a linear network, in PyTorch.",
            "import numpy as np",
            "import torch",
            "import torch.nn.functional as F",
            _MNIST,
        ],
        [
            _READ,
            f"index = {state.digit}",
            "x = test.data[index].reshape(784).double() / 255  # pixels from 0 to 1",
            "y = test.targets[index]  # the true class",
        ],
        _torch_weights(state),
        ["z = x @ W + b  # ten logits", "p = torch.softmax(z, dim=0)"],
        [
            'print("true class =", y.item())',
            'print("logits =", z.tolist())',
            'print("p =", p.tolist())',
            'print("loss =", F.cross_entropy(z, y).item())',
            'print("prediction =", z.argmax().item())',
        ],
    )


# ------------------------------------------------- networks before training


def _sizes(state: CrossEntropyState) -> str:
    return "-".join(str(size) for size in _LAYERS[state.network])


def _untrained_numpy(state: CrossEntropyState) -> str:
    sizes = _LAYERS[state.network]
    layers = [f"    torch.nn.Linear({inputs}, {outputs})," for inputs, outputs in pairwise(sizes)]
    return script(
        [
            f"# A test digit, read by an untrained network {_sizes(state)}, in numpy.",
            "import numpy as np",
            "import torch  # for the first, random weights alone",
            _MNIST,
        ],
        [
            _READ,
            f"index = {state.digit}",
            "x = test.data[index].numpy().reshape(784) / 255.0  # pixels from 0 to 1",
            "y = int(test.targets[index])  # the true class",
        ],
        ["torch.manual_seed(0)", "layers = [", *layers, "]"],
        [
            "for layer in layers:",
            "    W, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()",
            "    z = W @ x + b",
            "    x = np.maximum(z, 0.0)  # ReLU, between two layers; the last z stays as it is",
        ],
        _sigmoid_numpy() if state.network == "binary" else _softmax_numpy(sizes[-1]),
    )


def _softmax_numpy(classes: int) -> Block:
    return [
        "exponentials = np.exp(z - z.max())",
        "p = exponentials / exponentials.sum()",
        'print("true class =", y)',
        'print("logits =", z.tolist())',
        'print("p =", p.tolist())',
        'print("prediction =", z.argmax())',
        *_if_known(classes, 'print("loss =", -np.log(p[y]))'),
    ]


def _sigmoid_numpy() -> Block:
    return [
        "s = z[0]  # one logit for two classes",
        "p = 1 / (1 + np.exp(-s))  # of class 1",
        'print("true class =", y)',
        'print("logits =", z.tolist())',
        'print("p =", [1 - p.item(), p.item()])',
        'print("prediction =", int(s > 0))',
        *_if_known(2, 'print("loss =", -np.log(p if y == 1 else 1 - p))'),
    ]


def _if_known(classes: int, loss: str) -> Block:
    """The loss, which there is only for a digit that is one of the classes."""
    if classes == 10:
        return [loss]
    return [
        f"if y < {classes}:",
        f"    {loss}",
        "else:",
        f'    print("loss = none: the digit is not one of the classes 0 to {classes - 1}")',
    ]


def _untrained_torch(state: CrossEntropyState) -> str:
    sizes = _LAYERS[state.network]
    layers = [f"    nn.Linear({inputs}, {outputs})," for inputs, outputs in pairwise(sizes)]
    between = [line for layer in layers for line in (layer, "    nn.ReLU(),")][:-1]
    return script(
        [
            f"# A test digit, read by an untrained network {_sizes(state)}, in PyTorch.",
            "import torch",
            "import torch.nn.functional as F",
            "from torch import nn",
            _MNIST,
        ],
        [
            _READ,
            f"index = {state.digit}",
            "x = test.data[index].reshape(1, 784) / 255  # pixels from 0 to 1",
            "y = test.targets[index]  # the true class",
        ],
        [
            "torch.manual_seed(0)  # the first weights are random",
            "network = nn.Sequential(",
            *between,
            ")",
        ],
        [
            "with torch.no_grad():",
            "    z = network(x)[0]  # raw logits: the loss applies the "
            + ("sigmoid" if state.network == "binary" else "softmax"),
            'print("true class =", y.item())',
            'print("logits =", z.tolist())',
            "z = z.double()  # from here on with all digits",
        ],
        _sigmoid_torch() if state.network == "binary" else _softmax_torch(sizes[-1]),
    )


def _softmax_torch(classes: int) -> Block:
    return [
        'print("p =", torch.softmax(z, dim=0).tolist())',
        'print("prediction =", z.argmax().item())',
        *_if_known(classes, 'print("loss =", F.cross_entropy(z, y).item())'),
    ]


def _sigmoid_torch() -> Block:
    return [
        "p = torch.sigmoid(z[0]).item()  # of class 1",
        'print("p =", [1 - p, p])',
        'print("prediction =", int(z[0] > 0))',
        *_if_known(
            2,
            'print("loss =", F.binary_cross_entropy_with_logits(z[0], y.double()).item())',
        ),
    ]


# ----------------------------------------------------------------- 64 digits


def wall_code(state: CrossEntropyState) -> Code:
    """The losses of 64 test digits: mean, median, largest, and how many are read wrong."""
    indices = [
        f"rng = np.random.default_rng({state.seed})",
        f"indices = rng.choice({TEST_IMAGES}, {WALL}, replace=False)  # {WALL} test digits",
        _READ,
    ]
    return Code(
        script(
            [
                f"# {WALL} test digits, read by a linear network, in numpy.",
                "import numpy as np",
                _MNIST,
            ],
            [
                *indices,
                f"x = test.data.numpy()[indices].reshape({WALL}, 784) / 255.0  # pixels, 0 to 1",
                "y = test.targets.numpy()[indices]  # the true classes",
            ],
            _numpy_weights(state),
            [
                f"z = x @ W + b  # {WALL} x 10 logits",
                "shifted = z - z.max(axis=1, keepdims=True)",
                "true = shifted[np.arange(len(y)), y]",
                "losses = np.log(np.exp(shifted).sum(axis=1)) - true  # -log p_y of each",
            ],
            [
                'print("mean =", losses.mean())',
                'print("median =", np.median(losses))',
                'print("largest =", losses.max())',
                'print("index of the largest =", indices[losses.argmax()])',
                'print("above the mean =", (losses > losses.mean()).sum())',
                'print("misses =", (z.argmax(axis=1) != y).sum())',
            ],
        ),
        script(
            [
                f"# {WALL} test digits, read by a linear network, in PyTorch.",
                "import numpy as np",
                "import torch",
                "import torch.nn.functional as F",
                _MNIST,
            ],
            [
                *indices,
                f"x = test.data[indices].reshape({WALL}, 784).double() / 255  # pixels, 0 to 1",
                "y = test.targets[indices]  # the true classes",
            ],
            _torch_weights(state),
            [
                f"z = x @ W + b  # {WALL} x 10 logits",
                'losses = F.cross_entropy(z, y, reduction="none")',
            ],
            [
                'print("mean =", losses.mean().item())',
                'print("median =", torch.quantile(losses, 0.5).item())',
                'print("largest =", losses.max().item())',
                'print("index of the largest =", indices[losses.argmax()])',
                'print("above the mean =", (losses > losses.mean()).sum().item())',
                'print("misses =", (z.argmax(dim=1) != y).sum().item())',
            ],
        ),
        needs=(LINEAR,),
    )
