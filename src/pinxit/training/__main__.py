"""``python -m pinxit.training``: ``pinxit train`` for machines that have only PyTorch.

Its first word is what to train: ``adain``, which may be omitted, or ``fast``. It needs torch, numpy, pillow and
safetensors, and a checkout of pinxit on ``PYTHONPATH``, but not the packages of the command line. ``torchrun -m
pinxit.training`` starts it in several processes.
"""

import argparse
import logging
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pinxit.config.schema import flag, renamed_flags
from pinxit.config.spec import Options, specs
from pinxit.config.training import TrainAdain, TrainFast
from pinxit.methods.table import ANY_STYLE, TRAINED_STYLE
from pinxit.training import any_style, trained_styles
from pinxit.training.trainer import Progress

log = logging.getLogger("pinxit.training")

FAST, ADAIN = TRAINED_STYLE.name, ANY_STYLE.name
CLASSES: dict[str, type[Options]] = {FAST: TrainFast, ADAIN: TrainAdain}


def parser(kind: str = ADAIN) -> argparse.ArgumentParser:
    """Return the parser of ``adain`` or ``fast``: its paths, and all of its options."""
    arguments = argparse.ArgumentParser(prog=f"python -m pinxit.training {kind}", description=__doc__)
    if kind == FAST:
        arguments.add_argument("--style", type=Path, action="append", required=True)
        arguments.add_argument("--output", "-o", type=Path, required=True)
    for path in ("photos", "folder") if kind == FAST else ("photos", "paintings", "out"):
        arguments.add_argument(f"--{path}", type=Path, required=kind == ADAIN)
    for name, (value_type, default, spec) in specs(CLASSES[kind]).items():
        help_text = spec.help.replace("%", "%%")
        if value_type is bool:
            arguments.add_argument(flag(name), default=default, help=help_text, action=argparse.BooleanOptionalAction)
        else:
            arguments.add_argument(flag(name), default=default, help=help_text, type=value_type)
    return arguments


def main(words: Sequence[str] | None = None) -> None:
    """Train, and log every interval."""
    words = list(sys.argv[1:] if words is None else words)
    kind = words.pop(0) if words and words[0] in CLASSES else ADAIN
    renamed = renamed_flags(CLASSES[kind])
    for index, (name, equals, value) in enumerate(word.partition("=") for word in words):
        if name in renamed:
            log.warning("%s is now %s", name, renamed[name])
            words[index] = f"{renamed[name]}{equals}{value}"
    options = vars(parser(kind).parse_args(words))
    run: Iterable[Progress]
    if kind == FAST:
        style, output, photos, folder = (options.pop(name) for name in ("style", "output", "photos", "folder"))
        run = trained_styles.train(style, output, TrainFast(**options), photos=photos, folder=folder)
    else:
        photos, paintings, out = (options.pop(name) for name in ("photos", "paintings", "out"))
        run = any_style.train(photos, paintings, out, TrainAdain(**options))
    for progress in run:
        if progress.warning:
            log.warning(progress.warning)
        losses = "  ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
        log.info("step %d  %.0f s  %s", progress.step, progress.seconds, losses)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
