"""Every way to convolve gives what PyTorch's own convolution gives, forward and backward."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pinxit.nn import convolution
from pinxit.nn.convolution import Winograd, bfloat16, choose, direct

CPU = torch.device("cpu")

nnpack = pytest.mark.skipif(
    not torch.backends.nnpack.is_available(),  # type: ignore[no-untyped-call]
    reason="this PyTorch has no NNPACK for this processor",
)

SIZES = [(32, 32), (33, 47), (61, 35), (16, 129), (130, 17), (3, 400), (1, 1200), (1200, 1)]


def layer(inputs: int, outputs: int, height: int, width: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """An input, (1, I, H, W), weights (O, I, 3, 3) and bias (O,), of a layer whose ReLU stops half of it."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(1, inputs, height, width, generator=generator)
    weight = torch.randn(outputs, inputs, 3, 3, generator=generator) / (3 * inputs**0.5)
    return x, weight, torch.randn(outputs, generator=generator) / 10


def gradients(way: Any, x: Tensor, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """The result, and the gradient with respect to x of its product with fixed random numbers."""
    x = x.clone().requires_grad_()
    y = way(x, weight, bias)
    y.backward(torch.randn(y.shape, generator=torch.Generator().manual_seed(7)).to(y.dtype))
    assert x.grad is not None
    return y.detach().float(), x.grad


def test_direct_by_hand() -> None:
    x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    weight = torch.arange(9.0).view(1, 1, 3, 3)
    # Top left: the kernel's middle, right, below and below right meet 1, 2, 3, 4: 4 + 10 + 21 + 32.
    assert direct(x, weight, torch.tensor([-50.0])).tolist() == [[[[17.0, 7.0], [0.0, 0.0]]]]


@nnpack
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_winograd_agrees_with_the_direct_convolution(height: int, width: int) -> None:
    parts = layer(5, 7, height, width)
    for result, expected in zip(gradients(Winograd(), *parts), gradients(direct, *parts), strict=True):
        torch.testing.assert_close(result, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


@nnpack
@pytest.mark.parametrize("rows", [8, 9, 13, 31, 60])
@pytest.mark.parametrize(("height", "width"), [(61, 37), (64, 32), (33, 32)])
def test_strips_agree_with_the_whole(monkeypatch: pytest.MonkeyPatch, rows: int, height: int, width: int) -> None:
    parts = layer(4, 6, height, width)
    unsplit = gradients(Winograd(), *parts)
    monkeypatch.setattr(convolution, "WORKSPACE_BYTES", (rows + 0.5) * 10 * width * convolution.TRANSFORMED_BYTES)
    strips: list[int] = []
    counted = torch._nnpack_spatial_convolution

    def count(x: Tensor, *rest: Any) -> Tensor:
        strips.append(x.shape[2])
        return counted(x, *rest)

    monkeypatch.setattr(torch, "_nnpack_spatial_convolution", count)
    for result, expected in zip(gradients(Winograd(), *parts), unsplit, strict=True):
        torch.testing.assert_close(result, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))
    assert len(strips) == 2 * -(-height // rows) or rows >= height
    assert max(strips) <= rows + 2, "a strip sees one row more on either side"


@nnpack
def test_the_gradient_stops_where_the_relu_does() -> None:
    x, weight, bias = layer(3, 4, 40, 40)
    result, gradient = gradients(Winograd(), x, weight, bias - 100)
    assert not result.any()
    assert not gradient.any()


@nnpack
def test_a_small_picture_goes_the_direct_way() -> None:
    parts = layer(3, 4, 31, 33)
    assert torch.equal(Winograd()(*parts), direct(*parts))


@nnpack
def test_one_object_serves_layers_of_several_shapes() -> None:
    winograd = Winograd()
    for outputs in (4, 6, 4):
        parts = layer(3, outputs, 40, 40, seed=outputs)
        for result, expected in zip(gradients(winograd, *parts), gradients(direct, *parts), strict=True):
            torch.testing.assert_close(result, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


@nnpack
def test_winograd_repeats_itself_to_the_bit() -> None:
    parts = layer(8, 8, 50, 50)
    once, again = gradients(Winograd(), *parts), gradients(Winograd(), *parts)
    assert all(torch.equal(a, b) for a, b in zip(once, again, strict=True))


def test_bfloat16_is_near_the_direct_convolution() -> None:
    parts = layer(5, 7, 33, 47)
    result, gradient = gradients(bfloat16, *parts)
    expected, slope = gradients(direct, *parts)
    assert bfloat16(*parts).dtype == torch.bfloat16
    torch.testing.assert_close(result, expected, rtol=0, atol=0.02 * float(expected.abs().max()))
    assert F.cosine_similarity(gradient.flatten(), slope.flatten(), dim=0) > 0.99


@pytest.mark.parametrize("able", [False, True])
def test_the_choice_on_a_cpu(monkeypatch: pytest.MonkeyPatch, able: bool) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: able)
    monkeypatch.setattr(torch.backends.nnpack, "is_available", lambda: True)
    assert (choose(CPU, "auto") is bfloat16) == able
    assert choose(CPU, "bfloat16") is bfloat16
    assert isinstance(choose(CPU, "float32"), Winograd)
    monkeypatch.setattr(torch.backends.nnpack, "is_available", lambda: False)
    assert choose(CPU, "float32") is direct


def test_the_choice_on_a_gpu() -> None:
    cuda = torch.device("cuda")
    assert choose(cuda, "auto") is direct
    assert choose(cuda, "float32") is direct
    assert choose(cuda, "bfloat16") is bfloat16
