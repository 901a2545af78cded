"""The warping error, by computed and by given flow."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadFilm
from pinxit.images import Image
from pinxit.video.io.sources import Folder
from pinxit.video.score import read_flow, style_frames, warping_error
from support.films import moving


def folder(path: Path, pictures: list[Image]) -> Folder:
    path.mkdir()
    for number, picture in enumerate(pictures):
        images.write(picture, path / f"{number}.png")
    return Folder(path, Limits())


def test_a_film_that_moves_with_its_original_is_steady_and_one_that_flickers_is_not(tmp_path: Path) -> None:
    photos = moving(6, 64, 96)
    rng = np.random.default_rng(0)
    restless = [np.clip(picture + rng.normal(0, 0.1, picture.shape), 0, 1).astype(np.float32) for picture in photos]
    original = folder(tmp_path / "a", photos)
    steady = warping_error(original, folder(tmp_path / "b", [1 - picture for picture in photos]))
    flickers = warping_error(original, folder(tmp_path / "c", restless))
    assert steady.frames == 6
    assert steady.warping == pytest.approx(steady.warping_photo, rel=0.1)
    assert steady.warping < 0.0005
    assert 0.01 < flickers.warping < 0.03


def test_a_film_of_another_shape_is_refused(tmp_path: Path) -> None:
    original = folder(tmp_path / "a", moving(2, 64, 96))
    warping_error(original, folder(tmp_path / "b", moving(2, 43, 64)))  # a rounded size is not another shape
    with pytest.raises(BadFilm, match="does not match the original: frames of 96 x 64 and of 96 x 48 px"):
        warping_error(original, folder(tmp_path / "c", moving(2, 48, 96)))


def test_the_true_flow_and_its_mask_are_used(tmp_path: Path) -> None:
    photos = moving(2, 64, 96)
    photos[1][:20] = 0  # hidden
    true = np.zeros((64, 96, 2), np.float32)
    true[..., 0] = 1
    hidden = np.zeros((64, 96), np.bool_)
    hidden[:20] = True
    np.savez(tmp_path / "known.npz", flow=true.astype(np.float16), occlusion=hidden, invalid=~hidden & False)
    np.save(tmp_path / "all.npy", true)
    original = folder(tmp_path / "a", photos)
    assert warping_error(original, original, [tmp_path / "known.npz"]).warping < 1e-4
    assert warping_error(original, original, [tmp_path / "all.npy"]).warping > 0.05


def test_flo_files_are_read_and_scaled(tmp_path: Path) -> None:
    true = np.arange(4 * 6 * 2, dtype=np.float32).reshape(4, 6, 2)
    (tmp_path / "a.flo").write_bytes(struct.pack("<fii", 202021.25, 6, 4) + true.tobytes())
    found, known = read_flow(tmp_path / "a.flo", (4, 6))
    assert (found == true).all()
    assert known.all()
    larger, _ = read_flow(tmp_path / "a.flo", (8, 12))
    assert larger.mean() == pytest.approx(2 * true.mean(), rel=0.01)


def test_smaller_flow_is_averaged_and_known_where_all_of_the_pixel_is(tmp_path: Path) -> None:
    true = np.zeros((4, 8, 2), np.float32)
    true[:, 4:, 0] = np.arange(4) * 2
    hidden = np.zeros((4, 8), np.bool_)
    hidden[3, 3] = True
    np.savez(tmp_path / "a.npz", flow=true, occlusion=hidden)
    found, known = read_flow(tmp_path / "a.npz", (2, 4))
    assert found[..., 0] == pytest.approx(np.array([[0, 0, 0.5, 2.5]] * 2))
    assert known.tolist() == [[True, True, True, True], [True, False, True, True]]
    assert read_flow(tmp_path / "a.npz", (8, 16))[1].sum() == 8 * 16 - 4


@pytest.mark.parametrize("name", ["a.flo", "a.npy", "a.npz", "missing.npy"])
def test_files_that_are_not_a_flow_are_refused(tmp_path: Path, name: str) -> None:
    if name != "missing.npy":
        (tmp_path / name).write_bytes(b"PIEH nothing of the kind")
    with pytest.raises(BadFilm, match=r"is not a flow"):
        read_flow(tmp_path / name, (4, 6))


def test_one_frame_is_refused(tmp_path: Path) -> None:
    single = folder(tmp_path / "a", moving(1))
    with pytest.raises(BadFilm, match="two frames"):
        warping_error(single, single)


def test_frames_for_the_style_are_spread_over_the_film(tmp_path: Path) -> None:
    assert 12 <= len(list(style_frames(folder(tmp_path / "a", moving(30, 8, 8))))) <= 15
