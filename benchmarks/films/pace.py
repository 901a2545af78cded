"""Measures how fast films are painted: the cost of steadiness and of painting, and whole runs, also of a peer."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.films.steadiness import PEER, STEADY
from benchmarks.processes import measure as run
from pinxit import images
from pinxit.api import Stylizer
from pinxit.config.options import Film, Limits
from pinxit.images import Image
from pinxit.metrics.distances import Scorer
from pinxit.video import flow, score, temporal_blend
from pinxit.video.io import container
from pinxit.video.io.film import Cut
from pinxit.video.io.sources import Folder
from pinxit.video.record import State

SIZE = (360, 640)
FRAMES = 12
TURNS = 3
LONG, LONG_TURNS, SHORTEST = 240, 2, 24
"""Frames of a film of ten seconds, made by repeating a sequence; times each is run; and the shortest sequence used."""
SIDES = (384, 640)
"""Long sides, px, at which whole runs are compared: a small film, and the peer's usual size."""
PEER_STYLE = "0"
"""The peer's films have built-in styles only."""
PEER_ALONE = f"{PEER}, alone"


def measure(
    sequences: Sequence[Path], style: Path, model: str, peer: str, out: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Return the seconds a frame of painting and of steadying, and the figures of whole runs.

    The last sequence is measured as it is; all of at least `SHORTEST` frames, as films of ten seconds.
    """
    sequence = sequences[-1]
    clip = encoded(sequence, out / "clip.mp4")
    results: dict[str, Any] = {"frames": len(images.find_pictures(sequence)), "size": list(SIZE)}
    results |= shares(sequence, style, model)
    say(f"a frame of {SIZE[1]}x{SIZE[0]}: {results}")
    results["runs"] = []
    for side in SIDES:
        commands = _commands(clip, style, model, side, peer, out)
        for name, (seconds, cpu) in _in_turns(commands, TURNS, out).items():
            figures = {"program": name, "side": side, "seconds": seconds, "cpu": cpu, **_steady(clip, commands[name])}
            say(str(figures))
            results["runs"].append(figures)
    long = [each for each in sequences if len(images.find_pictures(each)) >= SHORTEST]
    results["long"] = [row for each in long for row in _long(each, style, model, peer, out, say)]
    return results


def _long(
    sequence: Path, style: Path, model: str, peer: str, out: Path, say: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Yield the time that a film of ten seconds takes, at each long side."""
    clip = encoded(sequence, out / "clip.mp4", repeat=-(-LONG // SHORTEST), frames=LONG, side=max(SIDES))
    for side in SIDES:
        commands = _commands(clip, style, model, side, peer, out)
        commands.pop(PEER_ALONE, None)
        used = _in_turns(commands, LONG_TURNS, out)
        row = {"sequence": sequence.name, "side": side, **{name: seconds for name, (seconds, _) in used.items()}}
        say(str(row))
        yield row


def _in_turns(commands: dict[str, list[str]], turns: int, out: Path) -> dict[str, tuple[float, float]]:
    """Return the median wall time and CPU time of each command, seconds."""
    usages = [{name: _used(command, out) for name, command in commands.items()} for _ in range(turns)]
    medians = {}
    for name in commands:
        seconds, cpu = (statistics.median(each) for each in zip(*(turn[name] for turn in usages), strict=True))
        medians[name] = seconds, cpu
    return medians


def shares(sequence: Path, style: Path, model: str) -> dict[str, float]:
    """Return the CPU seconds for painting a full frame, and for flow, warp and blend together."""
    photos = [images.resize(images.read(path)[..., :3], SIZE) for path in images.find_pictures(sequence)[:FRAMES]]
    stylizer = Stylizer(style, method="adain", model=model, size=max(SIZE))
    stylizer(photos[0])
    painting, steadying = [], []
    film = Film()
    state: State | None = None
    for photo in photos:
        begun = time.process_time()
        painted = stylizer(photo).image
        between = time.process_time()
        gray = flow.gray(photo, flow.search_side(max(SIZE)))
        last = temporal_blend.warp_previous(gray, SIZE, state)
        if last is not None:
            last.strokes(film.steadiness)
        half, blended = (temporal_blend.blend(painted, last, film.steadiness, frames) for frames in (0.5, 1))
        temporal_blend.restore_grain(half, last, temporal_blend.grain(painted, last))
        state = {temporal_blend.GRAY: gray, temporal_blend.PAINTED: blended}
        painting.append(between - begun)
        steadying.append(time.process_time() - between)
    return {"painting": statistics.median(painting), "steadying": statistics.median(steadying[1:])}


def encoded(sequence: Path, target: Path, repeat: int = 1, frames: int = 0, side: int = 0) -> Path:
    """Write a sequence as a film of 24 frames a second, repeated ``repeat`` times; return its path.

    ``frames``  largest number of frames; 0: no limit
    ``side``    long side of the frames, px; 0: as they are
    """
    source = Folder(sequence, Limits(), Fraction(24))
    size = images.fit(source.info.size, side) if side else source.info.size
    shown = [images.resize(frame.load()[0], size) for frame in source.frames()]
    coding = container.coding(target, Film(crf=12), source.info, size, Cut())
    part = target.with_suffix(".nut")
    number = 0
    segment = container.SegmentWriter(part, coding)
    for _ in range(repeat):
        for image in shown:
            if not frames or number < frames:
                segment.add(image, None, number, 1)
                number += 1
    segment.close()
    container.join([container.Segment(part, 0)], target, coding)
    part.unlink()
    return target


def _commands(clip: Path, style: Path, model: str, side: int, peer: str, out: Path) -> dict[str, list[str]]:
    target = str(out / f"pace_{side}")
    command = [sys.executable, "-m", "pinxit", "video", str(clip), "--style", str(style), "--quiet"]
    command += [] if model == "shipped" else ["--model", model]
    commands = {STEADY: [*command, "--size", str(side), "-o", f"{target}.mp4"]}
    if peer:
        words = ["video", str(clip), "--style", PEER_STYLE, "--max-size", str(side), "--smooth"]
        commands[PEER_ALONE] = [peer, *words, "0", "-o", f"{target}_peer_alone.mp4"]
        commands[PEER] = [peer, *words, "0.3", "-o", f"{target}_peer.mp4"]
    return commands


def _used(command: list[str], out: Path) -> tuple[float, float]:
    """Return the wall time and CPU time of a command, seconds."""
    usage = run(command, out / "pace.log")
    if usage.exit_code:
        raise SystemExit(f"benchmarks: {command[0]} failed; see {out / 'pace.log'}")
    return usage.seconds, usage.cpu_seconds


def _steady(clip: Path, command: list[str]) -> dict[str, float]:
    """Return the warping error of the film that a command wrote."""
    painted = container.FilmFile(Path(command[command.index("-o") + 1]), Limits())
    return {"warping": score.warping_error(container.FilmFile(clip, Limits()), painted).warping}


def smear(shown: list[Image], alone: list[Image], scorer: Scorer) -> float:
    """Return the mean style distance of frames to the same frames painted one by one: 0 if nothing smears."""
    return statistics.fmean(scorer.style(one, image) for image, one in zip(shown, alone, strict=True))
