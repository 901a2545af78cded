"""Adaptive instance normalization, by its formula."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from pinxit.nn.normalization import adain, statistics


def picture(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(1, 4), st.integers(2, 9), st.integers(2, 9))
def test_adain_gives_x_the_mean_and_deviation_of_y(
    seed: int, batch: int, channels: int, height: int, width: int
) -> None:
    x, y = picture(batch, channels, height, width, seed=seed), picture(batch, channels, 7, 5, seed=seed + 1)
    mean_x, std_x = x.mean((2, 3), keepdim=True), (x.var((2, 3), keepdim=True, correction=0) + 1e-5).sqrt()
    mean_y, std_y = statistics(y)
    painted = adain(x, std_y, mean_y, *statistics(x))
    torch.testing.assert_close(painted, std_y * (x - mean_x) / std_x + mean_y, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(painted.mean((2, 3), keepdim=True), mean_y, rtol=1e-4, atol=1e-4)
