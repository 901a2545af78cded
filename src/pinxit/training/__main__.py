"""``python -m pinxit.training``: the same as ``pinxit train``, on machines that have only PyTorch.

Its first word is the course: ``adain``, which may be left out, or ``fast``. It needs torch, numpy, pillow and
safetensors, and a checkout of pinxit on ``PYTHONPATH``; the command line's packages are not needed. ``torchrun -m
pinxit.training`` starts it in several processes.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from pinxit.config.options import specs
from pinxit.config.training import TrainAdain, TrainFast
from pinxit.methods.table import ANY_STYLE, TRAINED_STYLE
from pinxit.training import any_style as adain
from pinxit.training import trained_styles as fast

log = logging.getLogger("pinxit.training")

FAST, ADAIN = TRAINED_STYLE.name, ANY_STYLE.name


def parser(course: str = ADAIN) -> argparse.ArgumentParser:
    """Return the parser of a course: its paths, and every option that it has."""
    found = argparse.ArgumentParser(prog=f"python -m pinxit.training {course}", description=__doc__)
    if course == FAST:
        found.add_argument("--style", type=Path, action="append", required=True)
        found.add_argument("--output", "-o", type=Path, required=True)
        found.add_argument("--photos", type=Path)
        found.add_argument("--folder", type=Path)
    else:
        for path in ("photos", "paintings", "out"):
            found.add_argument(f"--{path}", type=Path, required=True)
    for name, (kind, default, spec) in specs(TrainFast if course == FAST else TrainAdain).items():
        how: dict[str, Any] = {"action": argparse.BooleanOptionalAction} if kind is bool else {"type": kind}
        found.add_argument("--" + name.replace("_", "-"), default=default, help=spec.help.replace("%", "%%"), **how)
    return found


def main(words: list[str] | None = None) -> None:
    """Train, and log every look."""
    words = sys.argv[1:] if words is None else words
    course = words[0] if words and words[0] in (FAST, ADAIN) else ADAIN
    given = vars(parser(course).parse_args(words[1:] if words[:1] == [course] else words))
    if course == FAST:
        style, output, photos, folder = (given.pop(name) for name in ("style", "output", "photos", "folder"))
        for told in fast.train(style, output, TrainFast(**given), source=photos, folder=folder):
            _log(told.step, told.seconds, told.losses, told.warning)
        return
    photos, paintings, out = (given.pop(name) for name in ("photos", "paintings", "out"))
    for progress in adain.train(photos, paintings, out, TrainAdain(**given)):
        _log(progress.step, progress.seconds, progress.losses, progress.warning)


def _log(step: int, seconds: float, losses: dict[str, float], warning: str) -> None:
    if warning:
        log.warning(warning)
    told = "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
    log.info("step %d  %.0f s  %s", step, seconds, told)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
