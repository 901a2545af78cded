"""One small page for all tests of the package, made with a tiny VGG-19."""

from __future__ import annotations

import numpy as np
import pytest

from pinxit import images
from pinxit.explain import page
from pinxit.explain.explain import explain
from pinxit.explain.pair import Pair
from support.explained import TINY, Explained
from support.networks import tiny_vgg


@pytest.fixture(autouse=True)
def _tiny_vgg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


@pytest.fixture(scope="session")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Explained:
    """A wide gray photo and an upright painting, partly transparent; what the page says of them, and the page."""
    folder = tmp_path_factory.mktemp("explained")
    files = [folder / "harbor.png", folder / "wave.png"]
    gray = Explained.textured(60, 90, 0)[..., :1].repeat(3, axis=2)
    clear = images.join_alpha(Explained.textured(80, 50, 1), np.tri(80, 50, 20, np.float32))
    for file, image in zip(files, (gray, clear), strict=True):
        images.write(image, file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)
        data: dict[str, object] = {}
        render = page.render
        patch.setattr(page, "render", lambda found, title: (data.update(found), render(found, title))[1])
        shares: list[float] = []
        text = explain(*files, sizes=TINY, watch=lambda words, share: shares.append(share))
        pair = Pair.open(files[0], files[1], TINY)
    path = folder / "explain.html"  # the patches are undone: this fixture lives as long as the other tests
    path.write_text(text, encoding="utf-8")
    return Explained(data, text, path, shares, pair)
