"""The style encoder in closed form: a pruned VGG-19 by least squares, and codes by principal components."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pinxit.nn.gram import gram
from pinxit.nn.style_encoder import PrunedVGG, pruned_layers
from pinxit.nn.vgg import VGG19
from pinxit.training.losses.features import relative_distance
from pinxit.training.pruning import fit, pivots
from pinxit.training.start import principal_components
from support.networks import tiny_vgg


def test_measured_codes_keep_what_differs_most() -> None:
    directions = torch.linalg.qr(torch.randn(60, 3, generator=torch.Generator().manual_seed(0)))[0].T
    factors = torch.randn(500, 3, generator=torch.Generator().manual_seed(1)) * torch.tensor([4.0, 2.0, 1.0])
    measures = factors @ directions + 5
    basis, offset = principal_components(measures, (10, 20), 8)
    code = measures @ basis + offset
    assert code.shape == (500, 8)
    deviations = code.std(0)
    assert deviations[:3].square().sum() == pytest.approx(8, rel=0.05)
    assert (deviations[:2] / deviations[1:3] > 1.1).all()
    assert (deviations[3:] < 1e-2).all()
    correlation = np.corrcoef(code[:, :3].T, factors.T)[:3, 3:]
    assert (np.abs(correlation).max(1) > 0.9).all()


def test_no_layer_dominates_the_code_by_its_size() -> None:
    measures = torch.randn(400, 12, generator=torch.Generator().manual_seed(0))
    basis, offset = principal_components(measures, (2, 4), 4)
    larger = measures * torch.tensor([1.0] * 4 + [100.0] * 8) + 7
    again, shifted = principal_components(larger, (2, 4), 4)
    code, same = measures @ basis + offset, larger @ again + shifted
    torch.testing.assert_close(code.abs(), same.abs(), rtol=1e-2, atol=1e-2)  # a component's sign is free


def test_the_pivots_leave_least_unexplained() -> None:
    generator = torch.Generator().manual_seed(0)
    few = torch.randn(200, 3, generator=generator)
    copies = few @ torch.randn(3, 5, generator=generator) * 0.1
    channels = torch.cat([copies, few], 1)
    moments = channels.T @ channels
    assert sorted(pivots(moments, 3).tolist()) == [5, 6, 7]
    assert sorted(pivots(moments, 8).tolist()) == list(range(8)), "each once, also where nothing is left"


def test_a_pruned_vgg_computes_what_vgg_does() -> None:
    whole = tiny_vgg()  # 4, 8, 16, 32 channels: here the one that is made thinner
    names = [name for name, *_ in pruned_layers((4, 8, 16))]
    crops = [torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(place)) for place in range(3)]
    vgg = VGG19(whole, names)
    same, fewer = PrunedVGG((4, 8, 16)), PrunedVGG((4, 6, 10))
    for network in (same, fewer):
        fit(network.requires_grad_(False), vgg, crops[:2])
    features = vgg(crops[2])
    for name, value in same(crops[2]).items():
        size = value.flatten(2).square().mean((0, 2)).sort()[0]
        wanted = features[name].flatten(2).square().mean((0, 2)).sort()[0]
        torch.testing.assert_close(size / size.sum(), wanted / wanted.sum(), rtol=0.05, atol=0.01, msg=name)
    style = torch.rand(2, 3, 32, 32) * torch.tensor([1.0, 0.3]).view(2, 1, 1, 1)
    thin, all_of_it = ([gram(net(x)["conv3_1"]) for x in (style[:1], style[1:])] for net in (fewer, vgg))
    ratios = [float(relative_distance(first, second)) for first, second in (thin, all_of_it)]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.15), "distances between pictures are as by the whole one"
