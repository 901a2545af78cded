"""How fast films are painted: what steadiness costs beside painting, and whole runs beside a peer's."""

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
from pinxit.video import flow, temporal_blend, warping_error
from pinxit.video.io import container
from pinxit.video.io.frames import Folder
from pinxit.video.record import State

SIZE = (360, 640)
FRAMES = 12
TURNS = 3
LONG, LONG_TURNS, SHORTEST = 240, 2, 24
"""Frames of a film of ten seconds, made of a sequence of no fewer than so many by repeating it."""
SIDES = (384, 640)
"""Long sides, px, at which whole runs are compared: a small film, and the peer's usual size."""
PEER_STYLE = "0"
"""The peer's films know only its built-in styles."""
PEER_ALONE = f"{PEER}, alone"


def measure(
    sequences: Sequence[Path], style: Path, model: str, peer: str, out: Path, say: Callable[[str], None]
) -> dict[str, Any]:
    """Return seconds a frame of painting and of steadying, and the figures of whole runs.

    The last of the sequences is measured as it is; all that are not too short, as films of ten seconds.
    """
    sequence = sequences[-1]
    clip = encoded(sequence, out / "clip.mp4")
    found: dict[str, Any] = {"frames": len(images.find_pictures(sequence)), "size": list(SIZE)}
    found |= shares(sequence, style, model)
    say(f"a frame of {SIZE[1]}x{SIZE[0]}: {found}")
    found["runs"] = []
    for side in SIDES:
        commands = _commands(clip, style, model, side, peer, out)
        for name, (seconds, cpu) in _in_turns(commands, TURNS, out).items():
            figures = {"program": name, "side": side, "seconds": seconds, "cpu": cpu, **_steady(clip, commands[name])}
            say(str(figures))
            found["runs"].append(figures)
    long = [each for each in sequences if len(images.find_pictures(each)) >= SHORTEST]
    found["long"] = [row for each in long for row in _long(each, style, model, peer, out, say)]
    return found


def _long(
    sequence: Path, style: Path, model: str, peer: str, out: Path, say: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Yield the seconds that a film of ten seconds takes, at each long side."""
    clip = encoded(sequence, out / "clip.mp4", repeat=-(-LONG // SHORTEST), frames=LONG, side=max(SIDES))
    for side in SIDES:
        commands = _commands(clip, style, model, side, peer, out)
        commands.pop(PEER_ALONE, None)
        used = _in_turns(commands, LONG_TURNS, out)
        found = {"sequence": sequence.name, "side": side, **{name: seconds for name, (seconds, _) in used.items()}}
        say(str(found))
        yield found


def _in_turns(commands: dict[str, list[str]], turns: int, out: Path) -> dict[str, tuple[float, float]]:
    """Return the medians of the seconds that each command takes, by the clock, and of the processors' time."""
    usages = [{name: _used(command, out) for name, command in commands.items()} for _ in range(turns)]
    found = {}
    for name in commands:
        seconds, cpu = (statistics.median(each) for each in zip(*(turn[name] for turn in usages), strict=True))
        found[name] = seconds, cpu
    return found


def shares(sequence: Path, style: Path, model: str) -> dict[str, float]:
    """Return the processor's seconds for painting a whole frame, and for flow, warp and blend together."""
    photos = [images.resize(images.read(path)[..., :3], SIZE) for path in images.find_pictures(sequence)[:FRAMES]]
    hand = Stylizer(style, method="adain", model=model, size=max(SIZE))
    hand(photos[0])
    painting, steadying = [], []
    film = Film()
    state: State | None = None
    for photo in photos:
        begun = time.process_time()
        painted = hand(photo).image
        between = time.process_time()
        seen = flow.gray(photo, flow.search_side(max(SIZE)))
        last = temporal_blend.warp_previous(seen, SIZE, state)
        if last is not None:
            last.guide(photo, film.steadiness)
        half, blended = (temporal_blend.blend(painted, last, film.steadiness, frames) for frames in (0.5, 1))
        temporal_blend.restore_grain(half, last, temporal_blend.grain(painted, last))
        state = {temporal_blend.GRAY: seen, temporal_blend.PAINTED: blended}
        painting.append(between - begun)
        steadying.append(time.process_time() - between)
    return {"painting": statistics.median(painting), "steadying": statistics.median(steadying[1:])}


def encoded(sequence: Path, target: Path, repeat: int = 1, frames: int = 0, side: int = 0) -> Path:
    """Write a sequence as a film of 24 frames a second, ``repeat`` times over; return it.

    ``frames`` is how many there are at most, ``side`` their long side in px; 0 leaves both as they are.
    """
    source = Folder(sequence, Limits(), Fraction(24))
    size = images.fit(source.info.size, side) if side else source.info.size
    shown = [images.resize(frame.load()[0], size) for frame in source.frames()]
    coding = container.coding(target, Film(crf=12), source.info, size, Fraction(1, 24), Fraction(24))
    part = target.with_suffix(".nut")
    number = 0
    with container.SegmentWriter(part, coding) as segment:
        for _ in range(repeat):
            for image in shown:
                if not frames or number < frames:
                    segment.add(image, number, 1)
                    number += 1
    container.join([container.Segment(part, 0)], target, coding)
    part.unlink()
    return target


def _commands(clip: Path, style: Path, model: str, side: int, peer: str, out: Path) -> dict[str, list[str]]:
    target = str(out / f"pace_{side}")
    own = [sys.executable, "-m", "pinxit", "video", str(clip), "--style", str(style), "--quiet"]
    own += [] if model == "shipped" else ["--model", model]
    commands = {STEADY: [*own, "--size", str(side), "-o", f"{target}.mp4"]}
    if peer:
        words = ["video", str(clip), "--style", PEER_STYLE, "--max-size", str(side), "--smooth"]
        commands[PEER_ALONE] = [peer, *words, "0", "-o", f"{target}_peer_alone.mp4"]
        commands[PEER] = [peer, *words, "0.3", "-o", f"{target}_peer.mp4"]
    return commands


def _used(command: list[str], out: Path) -> tuple[float, float]:
    """Return the seconds that a command takes by the clock, and of the processors' time."""
    usage = run(command, out / "pace.log")
    if usage.exit_code:
        raise SystemExit(f"benchmarks: {command[0]} failed; see {out / 'pace.log'}")
    return usage.seconds, usage.cpu_seconds


def _steady(clip: Path, command: list[str]) -> dict[str, float]:
    """Return the warping error of the film that a command wrote."""
    painted = container.FilmFile(Path(command[command.index("-o") + 1]), Limits())
    return {"warping": warping_error.warping_error(container.FilmFile(clip, Limits()), painted).warping}


def smear(shown: list[Image], alone: list[Image], scorer: Scorer) -> float:
    """Return the mean style distance of frames to the same frames painted one by one: 0 where nothing smears."""
    return statistics.fmean(scorer.style(one, image) for image, one in zip(shown, alone, strict=True))
