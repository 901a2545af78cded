"""``python -m pinxit.training``: the same as ``pinxit train adain``, on machines that have only PyTorch.

It needs torch, numpy, pillow and safetensors, and a checkout of pinxit on ``PYTHONPATH``; the command line's packages
are not needed. ``torchrun -m pinxit.training`` starts it in several processes.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

from pinxit.options import TrainAdain, specs
from pinxit.training.adain import train

log = logging.getLogger("pinxit.training")


def parser() -> argparse.ArgumentParser:
    """Return the parser: three paths, and every option of `TrainAdain`."""
    found = argparse.ArgumentParser(prog="python -m pinxit.training", description=__doc__)
    for path in ("photos", "paintings", "out"):
        found.add_argument(f"--{path}", type=Path, required=True)
    for name, (kind, default, spec) in specs(TrainAdain).items():
        how: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if kind is bool else {"type": kind}
        found.add_argument("--" + name.replace("_", "-"), default=default, help=spec.help, **how)
    return found


def main(words: list[str] | None = None) -> None:
    """Train, and log every look."""
    given = vars(parser().parse_args(words))
    photos, paintings, out = (given.pop(name) for name in ("photos", "paintings", "out"))
    for progress in train(photos, paintings, out, TrainAdain(**given)):
        if progress.warning:
            log.warning(progress.warning)
        losses = "  ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
        log.info("step %d  %.0f s  %s", progress.step, progress.seconds, losses)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
