"""Measures killed runs, films of 10,000 frames, and files that are cut off."""

from __future__ import annotations

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av

from benchmarks.films import pace
from benchmarks.processes import measure as run

KILLS = 20
LENGTHS = (100, 10_000)
SMALL = 64
"""Long side, px, of the films of many frames: small, as only their memory matters."""
KINDS = {
    "mp4": ("libx264", "aac"),
    "mov": ("libx264", "aac"),
    "mkv": ("libx264", "aac"),
    "webm": ("libvpx-vp9", "libopus"),
    "avi": ("libx264", "libmp3lame"),
    "ts": ("libx264", "aac"),
}
CUTS = (0.25, 0.5, 0.9)
RATE = 48_000


def kills(sequence: Path, style: Path, model: str, out: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Kill runs at random moments and resume them, `KILLS` times; return whether the films are the same."""
    clip = with_sound(pace.encoded(sequence, out / "kills_in.mp4", 4), out / "kills.mkv", "libx264", "aac")
    unbroken, broken = out / "kills_whole.mkv", out / "kills_broken.mkv"
    words = ["--style", str(style), "--model", model, "--quiet", "--size", "256", "--segment", "8"]
    command = [sys.executable, "-m", "pinxit", "video", str(clip), *words]
    _forget(unbroken)
    begun = time.perf_counter()
    subprocess.run([*command, "-o", str(unbroken)], check=True)
    patience = max(4.0, 3 * (time.perf_counter() - begun) / KILLS)
    chance = random.Random(0)
    expected = [digest(unbroken, "video"), digest(clip, "audio")]
    killed, films, same = 0, 0, [True, True]
    while killed < KILLS:
        _forget(broken)
        killed += _killed([*command, "-o", str(broken), "--resume"], chance, patience, KILLS - killed)
        films += 1
        digests = [digest(broken, "video"), digest(broken, "audio")]
        same = [before and one == other for before, one, other in zip(same, digests, expected, strict=True)]
    left = _job_of(broken).exists()
    figures = {"killed": killed, "films": films, "same frames": same[0], "sound intact": same[1], "job left": left}
    say(str(figures))
    return figures


def _killed(command: list[str], chance: random.Random, patience: float, most: int) -> int:
    """Run a command until it ends by itself, killing it up to ``most`` times before; return how many times."""
    killed = 0
    while True:
        process = subprocess.Popen(command)
        try:
            if process.wait(chance.uniform(0, patience) if killed < most else None) == 0:
                return killed
            raise SystemExit("benchmarks: the resumed run failed")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1


def _forget(film: Path) -> None:
    film.unlink(missing_ok=True)
    shutil.rmtree(_job_of(film), ignore_errors=True)


def _job_of(film: Path) -> Path:
    return film.with_name(film.name + ".job")


def memory(sequence: Path, style: Path, model: str, out: Path, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the peak memory of painting a short film and a very long one."""
    rows = []
    for length in LENGTHS:
        clip = pace.encoded(sequence, out / f"frames_{length}.mp4", -(-length // 4), length, SMALL)
        target = out / f"frames_{length}_out.mp4"
        words = ["--style", str(style), "--model", model, "--quiet", "--size", str(SMALL), "-o", str(target)]
        usage = run([sys.executable, "-m", "pinxit", "video", str(clip), *words], out / "memory.log")
        rows.append({"frames": length, "peak_bytes": usage.peak_bytes, "seconds": usage.seconds})
        say(str(rows[-1]))
    return rows


def cuts(sequence: Path, style: Path, model: str, out: Path, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Paint films cut off at three points in six formats, and some files that are not films; return the outcomes."""
    plain = pace.encoded(sequence, out / "cuts_in.mp4", 2)
    files = []
    for kind, codecs in KINDS.items():
        path = with_sound(plain, out / f"cut.{kind}", *codecs)
        data = path.read_bytes()
        for share in CUTS:
            cut = out / f"cut_{round(100 * share)}.{kind}"
            cut.write_bytes(data[: int(share * len(data)) | 1])  # an odd length never ends between two packets of .ts
            files.append(cut)
    files += odd_files(plain, out)
    rows = []
    for path in files:
        target = out / "cut_out.mp4"
        _forget(target)
        words = ["--style", str(style), "--model", model, "--quiet", "--size", "96", "-o", str(target)]
        done = subprocess.run(
            [sys.executable, "-m", "pinxit", "video", str(path), *words], capture_output=True, text=True, check=False
        )
        message = " ".join(done.stderr.split()).removeprefix("pinxit: ")
        rows.append({"file": path.name, "exit": done.returncode, "said": message, "film": target.exists()})
        say(str(rows[-1]))
    return rows


def odd_files(plain: Path, out: Path) -> list[Path]:
    """Write files named like films that are none, and films without frames."""
    script = out / "ffconcat.mp4"
    script.write_text(f"ffconcat version 1.0\nfile '{plain.name}'\n")
    nothing = out / "empty.mp4"
    nothing.write_bytes(b"")
    headers = out / "no_frames.mp4"
    with av.open(str(headers), "w") as container:
        stream: Any = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    sound = with_sound(None, out / "sound_only.mp4", "", "aac")
    return [script, nothing, headers, sound]


def with_sound(film: Path | None, target: Path, video: str, audio: str) -> Path:
    """Re-encode a film with a rising tone, so that every second of it differs."""
    import numpy as np

    with av.open(str(target), "w") as container:
        source: Any = av.open(str(film)) if film else None
        frames = list(source.decode(video=0)) if source else []
        picture: Any = None
        if frames:
            picture = container.add_stream(video, rate=24)
            picture.width, picture.height, picture.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        sound: Any = container.add_stream(audio, rate=RATE, layout="mono")
        samples, seconds = 0, len(frames) / 24 or 2.0
        for number, frame in enumerate(frames or [None] * 48):
            if frame is not None:
                fresh: Any = av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24")
                fresh.pts, fresh.time_base = number, 1 / picture.average_rate
                container.mux(picture.encode(fresh.reformat(format="yuv420p")))
            while samples < min(seconds, (number + 1) / 24) * RATE:
                time_of = (samples + np.arange(1024)) / RATE
                wave = 0.3 * np.sin(2 * np.pi * (220 + 40 * time_of) * time_of)
                tone: Any = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None], format="fltp", layout="mono")
                tone.sample_rate, tone.pts = RATE, samples
                container.mux(sound.encode(tone))
                samples += 1024
        for stream in (picture, sound):
            if stream:
                container.mux(stream.encode())
        if source:
            source.close()
    return target


def digest(film: Path, kind: str) -> str:
    """Return the sha256 of all packets of a film's video or sound, each with its time."""
    sha = hashlib.sha256()
    with av.open(str(film)) as container:
        for packet in container.demux(**{kind: 0}):
            if packet.size:
                sha.update(repr((packet.pts, packet.size)).encode() + bytes(packet))
    return sha.hexdigest()
