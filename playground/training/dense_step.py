"""What `loss.backward()` does, written out for dense layers with ReLU between them.

A batch of n images X₁ (n, 784) with targets Y, one-hot rows (n, K), goes through layers
l = 1 … L with weights Wₗ (outputs, inputs) and biases bₗ (outputs,):

    forward     Zₗ = Xₗ Wₗᵀ + bₗ             (n, outputs); Z_L are the logits
                Xₗ₊₁ = max(Zₗ, 0)            ReLU: what the next layer gets
    loss        −1/n Σ log P[target]         P = softmax(Z_L), one row an image
    backward    D_L = (P − Y) / n            ∂loss/∂Z_L, (n, K)
                ∂loss/∂Wₗ = Dₗᵀ Xₗ           (outputs, inputs)
                ∂loss/∂bₗ = the sum of Dₗ over its rows
                Dₗ₋₁ = Dₗ Wₗ, but 0 wherever ReLU gave 0: the chain rule

The update, W ← W − rate · ∂loss/∂W in the simplest case, is left to the optimizer.

These are the operations of autograd in its order, so the numbers are the same to the last bit.
They are faster because nothing is recorded on the way, and memory is taken once.

Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors"
(Nature 323, 1986).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.networks.classes import flatten


class DenseLayer:
    """One layer and its memory for n images; D is ∂loss/∂Z, (n, outputs)."""

    def __init__(self, layer: nn.Linear, n: int) -> None:
        self.W, self.b = layer.weight.detach(), layer.bias.detach()
        self.dW, self.db = _gradient(layer.weight), _gradient(layer.bias)
        self.X = torch.empty(0)
        self.Z = torch.empty(n, layer.out_features)
        self.D = torch.empty(n, layer.out_features)

    def forward(self, X: Tensor) -> Tensor:
        """Z = X Wᵀ + b of X (n, inputs)."""
        self.X = X
        return torch.addmm(self.b, X, self.W.T, out=self.Z)

    def backward(self) -> None:
        """The gradients of the layer's own numbers."""
        torch.mm(self.D.T, self.X, out=self.dW)
        torch.sum(self.D, dim=0, out=self.db)

    def hand_back_to(self, before: DenseLayer) -> None:
        """The chain rule, through this layer and the ReLU before it."""
        torch.mm(self.D, self.W, out=before.D)
        torch.ops.aten.threshold_backward.grad_input(before.D, self.X, 0, grad_input=before.D)


class DenseStep:
    """Forward, loss and backward for batches of n images.

    Args:
        model: a network of `nn.Linear` layers in their order, ReLU between them, float32, CPU.
    """

    def __init__(self, model: nn.Module, n: int) -> None:
        self.layers = [DenseLayer(m, n) for m in model.children() if isinstance(m, nn.Linear)]
        self.n = n

    @torch.no_grad()
    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Put the gradients where the optimizer looks for them.

        Args:
            images: (n, 784), or another shape that networks take.
            targets: (n,) class indices.

        Returns:
            The mean loss, and the logits (n, K), which the next step overwrites.
        """
        *hidden, last = self.layers
        X = flatten(images)
        for layer in hidden:
            X = layer.forward(X).relu_()
        logits = last.forward(X)

        log_P = logits.log_softmax(dim=1)
        loss = functional.nll_loss(log_P, targets)

        minus_Y = torch.zeros_like(log_P).scatter_(1, targets[:, None], -1 / self.n)  # / n
        torch._log_softmax_backward_data(minus_Y, log_P, 1, log_P.dtype, out=last.D)  # (P − Y) / n
        last.backward()
        for before, layer in reversed(list(pairwise(self.layers))):
            layer.hand_back_to(before)
            before.backward()
        return loss, logits


def _gradient(parameter: Tensor) -> Tensor:
    """The tensor that the optimizer reads."""
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad
