"""Two processes train one network, by both recipes: this one writes the files, the other one only learns."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pinxit.config.training import TrainAdain
from pinxit.styles import gallery
from pinxit.training import any_style, checkpoint, trained_styles
from support.networks import SMALL
from support.trainings import make_cheap, options

TESTS = Path(__file__).parents[1]

pytest_plugins = ["support.training_fixtures"]


def train(photos: Path, folder: Path, styles: list[Path], ports: list[str]) -> None:
    """Take the part of one process, which the environment names, in both trainings."""
    small = TrainAdain(
        minutes=0, steps=10, batch=2, crop_size=32, image_size=36, precision="float32", device="cpu", threads=1
    )
    os.environ["MASTER_PORT"] = ports[0]
    list(any_style.train(photos, photos, folder / "any", small, SMALL))
    how = options(steps=10, device="cpu", threads=1, save_minutes=0.0)
    os.environ["MASTER_PORT"] = ports[1]
    list(trained_styles.train(styles, folder / "x.pinxit", how, photos=photos, shape=SMALL))


def free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [str(server.getsockname()[1]) for server in servers]


def test_two_processes_train_one_network(styles: dict[str, Path], photos: Path, tmp_path: Path) -> None:
    paths = os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)])
    environment = {**os.environ, "PYTHONPATH": paths, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    words = [str(photos), str(tmp_path), *map(str, styles.values()), *free_ports(2)]
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, *words], env={**environment, "RANK": str(rank)}, stderr=subprocess.PIPE
        )
        for rank in range(2)
    ]
    try:
        errors = [process.communicate(timeout=100)[1].decode() for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], errors
    saved = checkpoint.load(tmp_path / "any")
    assert saved is not None
    assert saved.step == 10
    assert all(value.isfinite().all() for value in saved.ema.values())
    assert len((tmp_path / "any" / "curve.csv").read_text().splitlines()) == 2
    assert len(gallery.read(tmp_path / "x.pinxit")) == 2
    assert checkpoint.read_record(tmp_path / "x-training")["step"] == 10


if __name__ == "__main__":
    make_cheap(pytest.MonkeyPatch())
    train(Path(sys.argv[1]), Path(sys.argv[2]), [Path(word) for word in sys.argv[3:-2]], sys.argv[-2:])
