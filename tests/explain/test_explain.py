"""The numbers on the page are those of pinxit's own functions, and the arithmetic shown is true."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from pinxit.config.options import STYLE_LAYERS, Optimize
from pinxit.errors import NotFound
from pinxit.explain import excerpts, features, grams, optimization, page, pair
from pinxit.explain.explain import explain
from pinxit.explain.pair import tensor
from pinxit.methods.optimize.objective import GramLosses
from pinxit.nn.gram import gram
from pinxit.nn.layers import NAMES
from pinxit.nn.normalization import statistics
from pinxit.nn.vgg import VGG19
from support.explained import Explained
from support.networks import tiny_vgg


def feature(explained: Explained, layer: str) -> torch.Tensor:
    with torch.no_grad():
        photo, _ = explained.pair.at(explained.pair.sizes.picture)
        features: dict[str, torch.Tensor] = explained.pair.network(tensor(photo))
        return features[layer]


def test_the_receptive_field_is_the_part_that_a_feature_depends_on() -> None:
    assert [features.receptive_field(name) for name in ("conv1_1", "conv1_2", "conv2_1", "conv3_1")] == [3, 5, 10, 24]
    assert features.receptive_field("conv5_4") == 252
    weights = tiny_vgg()
    weights = type(weights)(
        {name: (weight.abs(), bias) for name, (weight, bias) in weights.convolutions.items()},
        weights.preprocessing,
        weights.source,
        weights.fingerprint,
    )
    for name in ("conv2_2", "conv3_1"):
        picture = torch.full((1, 3, 96, 96), 0.9, requires_grad=True)
        VGG19(weights, [name], pooling="average")(picture)[name][0, :, 12, 12].sum().backward()
        assert picture.grad is not None
        touched = picture.grad[0].abs().sum(0).sum(0).nonzero()
        assert int(touched.max() - touched.min()) + 1 == features.receptive_field(name)


def test_every_layer_says_where_each_channel_answers_most(explained: Explained) -> None:
    assert [layer["name"] for layer in explained.data["network"]] == list(NAMES)
    layer = explained.data["network"][2]
    maps = feature(explained, layer["name"])[0]
    assert layer["size"] == list(maps.shape)
    for channel, (at, top) in enumerate(zip(layer["at"], layer["tops"], strict=True)):
        assert float(maps[channel].flatten()[at]) == pytest.approx(top, rel=1e-3)
        assert top == pytest.approx(float(maps[channel].max()), rel=1e-3)


def test_the_convolution_worked_through_is_true(explained: Explained) -> None:
    shown = explained.data["convolution"]
    side, count = shown["side"], len(shown["channels"])
    values = np.array(shown["input"]).reshape(3, side, side)
    weight = np.array(shown["weight"]).reshape(count, 3, 3, 3)
    output = np.array(shown["output"]).reshape(count, side - 2, side - 2)
    for channel in range(count):
        for row, column in [(0, 0), (2, 3), (5, 5)]:
            total = (values[:, row : row + 3, column : column + 3] * weight[channel]).sum() + shown["bias"][channel]
            assert output[channel, row, column] == pytest.approx(max(0, total), rel=1e-3, abs=1e-2)


def test_the_poolings_are_those_of_the_network(explained: Explained) -> None:
    shown = explained.data["pool"]
    squares = np.array(shown["input"]).reshape(4, 2, 4, 2)
    np.testing.assert_allclose(shown["max"], squares.max((1, 3)).ravel(), rtol=1e-3)
    np.testing.assert_allclose(shown["average"], squares.mean((1, 3)).ravel(), rtol=2e-3)


def test_gram_matrices_are_those_of_the_losses(explained: Explained) -> None:
    assert [layer["name"] for layer in explained.data["gram"]] == list(STYLE_LAYERS)
    for layer in explained.data["gram"]:
        whole = gram(feature(explained, layer["name"]))[0]
        shown = layer["channels"]
        part = np.array(layer["grams"]["photo"]).reshape(len(shown), -1)
        np.testing.assert_allclose(part, whole[shown][:, shown], rtol=1e-3)
        assert layer["distances"]["painting"] == 0
        assert layer["shuffled"] < 1e-5


def test_shuffling_would_show_if_places_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = torch.arange(12.0)
    monkeypatch.setattr(grams, "gram", lambda each: (each[0, :, :, 0] * ramp).sum(1, keepdim=True))
    assert grams.shuffled_change(torch.rand(1, 3, 3, 4)) > 0.01


def test_a_layer_without_any_response_has_numbers() -> None:
    dead = grams._layer("conv1_1", {key: torch.zeros(1, 4, 8, 8) for key in ("photo", "painting", "result")})
    assert dead["distances"] == {"photo": 0, "painting": 0, "result": 0}
    assert dead["shuffled"] == 0


def test_adain_gives_the_photo_the_statistics_of_the_painting(explained: Explained) -> None:
    shown = explained.data["adain"]
    mean, _ = statistics(feature(explained, shown["layer"]))
    np.testing.assert_allclose(shown["before"]["mean"], mean.flatten()[shown["channels"]], rtol=1e-3)
    np.testing.assert_allclose(shown["after"]["mean"], shown["target"]["mean"], rtol=2e-3, atol=1e-3)
    np.testing.assert_allclose(shown["after"]["std"], shown["target"]["std"], rtol=2e-2, atol=1e-2)


def test_the_descents_fall_and_their_parts_add_up(explained: Explained) -> None:
    main = explained.data["main"]
    assert len(main["curves"]["style"]) == 5
    assert main["steps"][-1] == 5
    totals = [sum(each) for each in zip(*main["curves"].values(), strict=True)]
    assert totals[-1] < totals[0]
    by_layer = sum(values[-1] for name, values in main["layers"].items() if name.startswith("style"))
    assert by_layer == pytest.approx(min(main["curves"]["style"]), rel=0.1)
    assert [run["name"] for run in explained.data["start"]] == ["recolored", "content", "style", "noise"]
    assert [float(run["name"]) for run in explained.data["ratio"]] == sorted(
        float(r["name"]) for r in explained.data["ratio"]
    )


def test_every_place_of_the_result_has_a_place_of_the_painting(explained: Explained) -> None:
    shown = explained.data["neighbors"]
    assert shown["grid"] == (43 // 4, 16)
    assert len(shown["index"]) == 10 * 16
    assert max(shown["index"]) < np.prod(shown["of"])


def test_prices_have_every_method(explained: Explained) -> None:
    methods = [row["method"] for row in explained.data["prices"]]
    assert methods == ["adain", "fast", "optimize neighbors", "optimize gatys"]
    assert all(row["seconds"] > 0 and row["style"] > 0 for row in explained.data["prices"])


def test_progress_rises_to_the_end(explained: Explained) -> None:
    assert explained.shares == sorted(explained.shares)
    assert explained.shares[-1] == pytest.approx(1)


def test_every_formula_has_its_running_lines(explained: Explained) -> None:
    formulas = explained.text.count('class="formula"')
    assert formulas == len(excerpts.EXCERPTS)
    for name in excerpts.EXCERPTS:
        assert f'href="#code-{name}"' in explained.text
        assert f'<details id="code-{name}">' in explained.text
    assert "(f @ f.mT).sum(-3)" in explained.text


def glossary(name: str) -> list[str]:
    """Return what a list of the glossary explains: ``TERMS`` or ``LETTERS``."""
    text = (page.STATIC / "main.js").read_text(encoding="utf-8")
    return re.findall(r'^  \["([^"]+)"', text.split(f"const {name} = [")[1].split("\n];")[0], re.MULTILINE)


def test_every_letter_of_a_formula_is_in_the_glossary() -> None:
    template = (page.STATIC / "template.html").read_text(encoding="utf-8")
    letters = [letter for entry in glossary("LETTERS") for letter in re.split("[,;] ", entry)]
    assert len(letters) == len(set(letters)), "one letter, one meaning"
    assert set(re.findall(r"<mi>(.)</mi>", template)) == {letter[0] for letter in letters}


def test_every_word_that_the_page_explains_is_in_the_glossary() -> None:
    template = (page.STATIC / "template.html").read_text(encoding="utf-8")
    english = "".join(re.findall(r'<(?:p|ol|ul) lang="en".*?</(?:p|ol|ul)>', template, re.DOTALL))
    words = {word.lower() for word in re.findall("<em>(.*?)</em>", english)}
    assert {"bias", "curvature", "covariance", "optical flow", "patch precision", "ssim"} < words
    entries = ", ".join(glossary("TERMS")).lower()
    assert {word for word in words if word.removesuffix("s") not in entries} == {"square root", "no memory of places"}


def test_the_page_needs_nothing_from_elsewhere(explained: Explained) -> None:
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)[^"'$]""", explained.text)
    assert "<!--" not in explained.text
    assert len(explained.text) < 8e6


def test_both_languages_say_the_same_number_of_things(explained: Explained) -> None:
    body = explained.text.split("<body>")[1].split('<script type="application/json"')[0]
    assert body.count('lang="en"') == body.count('lang="zh"') > 50


def test_a_panorama_is_explained_by_its_middle() -> None:
    panorama = np.zeros((20, 200, 4), np.float32)
    panorama[:, 80:120] = 1
    panorama[..., 3] = 1
    shown = pair._shown(panorama, 60)
    assert shown.shape == (20, 60, 3)
    assert shown[:, 30].mean() == pytest.approx(1, abs=1e-3)
    gray = pair._shown(np.full((40, 10, 3), 0.5, np.float32), 90)
    assert gray.shape == (90, 30, 3)


def test_a_missing_picture_is_reported_before_anything_is_computed() -> None:
    with pytest.raises(NotFound, match=r"none\.png"):
        explain("none.png", "none.png")


@pytest.mark.parametrize("kind", ["content", "style"])
def test_a_reconstruction_computes_no_deeper_layer_than_its_own(kind: str) -> None:
    for job in optimization.jobs(pair.FULL)[kind]:
        needed = GramLosses.layers(Optimize(**job.options))
        assert max(needed, key=NAMES.index) == job.name
