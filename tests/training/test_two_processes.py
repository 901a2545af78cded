"""Two processes train one network, by both recipes: one writes the files, the other one only learns.

They stand for two nodes of ``torchrun --nnodes 2``, with folders of their own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pinxit.config.training import TrainAdain
from pinxit.errors import NotFound
from pinxit.styles import gallery
from pinxit.training import any_style, checkpoint, trained_styles
from pinxit.training.device import init_distributed
from support.networks import SMALL
from support.trainings import make_cheap, options

TESTS = Path(__file__).parents[1]

pytest_plugins = ["support.training_fixtures"]


def train(photos: Path, folder: Path, styles: list[Path], steps: int, ports: Sequence[str] = ("", "")) -> None:
    """Take the part of one process, which the environment names, in both trainings, up to so many steps."""
    small = TrainAdain(
        minutes=0, steps=steps, batch=2, crop_size=32, image_size=36, precision="float32", device="cpu", threads=1
    )
    os.environ["MASTER_PORT"] = ports[0]
    list(any_style.train(photos, photos, folder / "any", small, SMALL))
    how = options(steps=steps, device="cpu", threads=1, save_minutes=0.0)
    os.environ["MASTER_PORT"] = ports[1]
    list(trained_styles.train(styles, folder / "x.pinxit", how, photos=photos, shape=SMALL))


def fail_together(port: str) -> None:
    """Raise an error in the main process; check that it is raised in this one, whichever it is."""
    os.environ["MASTER_PORT"] = port

    def load() -> None:
        raise NotFound("only the main process looks")

    with init_distributed("cpu") as group, pytest.raises(NotFound, match="only the main process looks"):
        group.from_main(load)


def free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [str(server.getsockname()[1]) for server in servers]


def test_two_nodes_continue_the_training_of_the_first(
    styles: dict[str, Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER_PORT", "")
    make_cheap(monkeypatch)
    nodes = [tmp_path / "first", tmp_path / "second"]  # the second one has no checkpoint, and fewer photos
    fewer = tmp_path / "fewer"
    shutil.copytree(photos, fewer)
    next(fewer.iterdir()).unlink()
    for node in nodes:
        node.mkdir()
    train(photos, nodes[0], [*styles.values()], 5)
    paths = os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)])
    environment = {**os.environ, "PYTHONPATH": paths, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    words = [*map(str, styles.values()), *free_ports(3)]
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, str(own), str(node), *words],
            env={**environment, "RANK": str(rank)},
            stderr=subprocess.PIPE,
        )
        for rank, (own, node) in enumerate(zip((photos, fewer), nodes, strict=True))
    ]
    try:
        errors = [process.communicate(timeout=100)[1].decode() for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], errors
    saved = checkpoint.load(nodes[0] / "any")
    assert saved is not None
    assert saved.step == 10
    assert all(value.isfinite().all() for value in saved.ema.values())
    assert len(gallery.read(nodes[0] / "x.pinxit")) == 2
    assert checkpoint.read_record(nodes[0] / "x-training")["step"] == 10
    assert not list(nodes[1].rglob("*.safetensors"))


if __name__ == "__main__":
    make_cheap(pytest.MonkeyPatch())
    photos, folder, *styles, port = sys.argv[1:-2]
    fail_together(port)
    train(Path(photos), Path(folder), [Path(style) for style in styles], 10, sys.argv[-2:])
