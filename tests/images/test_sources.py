"""Where pictures come from, and the limits on them: names, bytes, open files, pipes, folders, threads."""

from __future__ import annotations

import io
import os
import threading
import warnings
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pinxit import images
from pinxit.config.options import Limits
from pinxit.errors import BadImage, NotFound, TooLarge
from support import pictures

SCENE = pictures.scene()


def test_every_source_gives_the_same(tmp_path: Path) -> None:
    data = pictures.saved(SCENE, "PNG")
    path = tmp_path / "照片.dat"  # known by its content, whatever its name
    path.write_bytes(data)
    with path.open("rb") as file:
        sources: list[images.Source] = [path, str(path), data, io.BytesIO(data), file]
        for source in sources:
            np.testing.assert_array_equal(images.read(source), SCENE / np.float32(255))


def test_a_pipe_that_gives_little_at_a_time_is_read_to_its_end() -> None:
    reader, writer = os.pipe()
    data = pictures.saved(np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8), "BMP")

    def feed() -> None:
        with open(writer, "wb", buffering=0) as file:
            for start in range(0, len(data), 5000):
                file.write(data[start : start + 5000])

    thread = threading.Thread(target=feed)
    thread.start()
    with open(reader, "rb", buffering=0) as file:
        assert images.read(file).shape == (200, 200, 3)
    thread.join()


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    for name in (tmp_path / "absent.png", tmp_path / "no" / "folder.png", tmp_path / ("x" * 300), "nul\0.png"):
        with pytest.raises(NotFound, match="no such file"):
            images.read(name)
    with pytest.raises(BadImage, match="is a folder"):
        images.read(tmp_path)


def test_messages_name_the_file_but_not_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    with pytest.raises(BadImage, match=r"^empty\.jpg is empty") as caught:
        images.read(path)
    assert str(tmp_path) not in str(caught.value)


def test_bytes_over_the_limit_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)  # a hole: it takes no space
    with pytest.raises(TooLarge, match="268,435,456 bytes"):
        images.read(path)
    data = pictures.saved(SCENE, "PNG")
    assert images.read(data, Limits(image_bytes=len(data))).shape == SCENE.shape
    for source in (data, io.BytesIO(data)):
        with pytest.raises(TooLarge):
            images.read(source, Limits(image_bytes=len(data) - 1))


def test_an_endless_device_is_read_to_the_limit_only() -> None:
    if not os.path.exists("/dev/zero"):
        pytest.skip("this system has no /dev/zero")
    with pytest.raises(TooLarge):
        images.read("/dev/zero", Limits(image_bytes=1000))


def test_pixels_at_the_limit_pass_and_one_more_does_not() -> None:
    data = pictures.saved(SCENE, "PNG")
    assert images.read(data, Limits(image_pixels=16 * 24)).shape == SCENE.shape
    with pytest.raises(TooLarge, match="383 pixels"):
        images.read(data, Limits(image_pixels=16 * 24 - 1))


def test_pillows_settings_and_the_warning_filters_are_left_as_they_were() -> None:
    before = PIL.Image.MAX_IMAGE_PIXELS, list(warnings.filters)
    images.read(pictures.saved(SCENE, "PNG"))
    with pytest.raises(BadImage):
        images.read(b"\xff\xd8\xff")
    assert (PIL.Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


def test_many_threads_read_at_once() -> None:
    files = list(pictures.good_files().values())
    before, failures = list(warnings.filters), []

    def work(offset: int) -> None:
        for index in range(len(files)):
            try:
                images.read(files[(index + offset) % len(files)])
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(warnings.filters) == before


def test_find_pictures_goes_by_suffix_and_name(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "c.txt", ".hidden.png", "d.heic", "no_suffix"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in images.find_pictures(tmp_path)] == ["a.png", "b.JPG", "d.heic"]
    for wrong in (tmp_path / "absent", tmp_path / "a.png"):
        with pytest.raises(NotFound):
            images.find_pictures(wrong)
