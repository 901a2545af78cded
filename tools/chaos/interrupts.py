"""Presses Ctrl-C at random moments within the first seconds, and prints how pinxit ended: for Linux.

::

    python tools/chaos/interrupts.py RESULTS COUNT SECONDS SEED PYTHON...

In the environment of each ``PYTHON`` pinxit is installed with its extra ``video``; one process of each runs at a time.
Every run is appended to ``RESULTS``, as JSON, and none is repeated: the same command goes on where it ended. A process
that lives on after 2 s gets a second Ctrl-C, and 2 s later it counts as hung. Python's start are runs that ended badly
although the signal came before pinxit's first lines: Python caught SIGINT, and pinxit's own thread was not there yet.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import PIL.Image
from world import ROOT  # which adds the tests to the path

from support.films import film, moving

PATIENCE = 2.0
PICTURES = ROOT / "examples" / "pictures"
COLUMNS = ("130", "by the signal", "Python's start", "other", "second", "hung", "torn", "leftover")
Row = dict[str, Any]


def make_inputs(folder: Path) -> dict[str, list[str]]:
    """Return the words of commands that run for ten seconds or more."""
    film(folder / "film.mp4", moving(600, 240, 320))
    contents = [f"../{i:02}.png" for i in range(40)]
    with PIL.Image.open(PICTURES / "lake.jpg") as lake:
        for content in contents:
            lake.save(folder / content[3:])
    style = ["--method", "adain", "--style", str(PICTURES / "wave.jpg"), "-o"]
    return {
        "stylize": ["stylize", *contents, "--size", "1024", *style, "out"],
        "video": ["video", "../film.mp4", "--size", "320", *style, "out.mp4"],
    }


def whose_turn(pid: int) -> str:
    """Return who gets a SIGINT that is sent now to the halted process."""
    fields = dict(re.findall(r"(\w+):\s*(\w+)", Path(f"/proc/{pid}/status").read_text()))
    if not int(fields["SigCgt"], 16) >> signal.SIGINT - 1 & 1:
        return "system"  # Python has not begun, or pinxit's first lines ran
    return "Python" if fields["Threads"] == "1" else "pinxit"


def halt(process: subprocess.Popen[bytes]) -> bool:
    """Halt the process; return False if it has ended."""
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return process.poll() is None


def interrupt(process: subprocess.Popen[bytes], moment: float) -> Row:
    """Send Ctrl-C after ``moment`` seconds, and again while the process lives; return what became of it."""
    time.sleep(moment)
    began, turns = time.monotonic(), list[str]()
    while halt(process):
        turns.append(whose_turn(process.pid))
        process.send_signal(signal.SIGINT if len(turns) < 3 else signal.SIGKILL)
        process.send_signal(signal.SIGCONT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
    seconds = round(time.monotonic() - began, 2)
    return {"turns": turns or ["ended early"], "seconds": seconds, "status": process.returncode}


def is_torn(path: Path) -> bool:
    """Whether a picture or a film cannot be read."""
    try:
        if path.suffix == ".mp4":
            with av.open(str(path)) as container:
                return not sum(1 for _ in container.decode(video=0))
        with PIL.Image.open(path) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError):  # av.FFmpegError is either of the first two
        return True
    return False


def run(python: Path, draw: random.Random, seconds: float, inputs: Path, commands: dict[str, list[str]]) -> Row:
    """Start a command, interrupt it within ``seconds``, and return all that was seen."""
    moment, command, by_module = draw.uniform(0, seconds), draw.choice(sorted(commands)), draw.random() < 0.5
    start = [str(python), "-m", "pinxit"] if by_module else [str(python.parent / "pinxit")]
    with tempfile.TemporaryDirectory(dir=inputs) as name, tempfile.TemporaryFile() as said:
        folder = Path(name)
        with subprocess.Popen([*start, *commands[command]], cwd=folder, stdout=said, stderr=said) as process:
            row = interrupt(process, moment)
        said.seek(0)
        whole = (*folder.glob("out/[!.]*"), *folder.glob("[!.]*.mp4"))
        row["torn"] = [path.name for path in whole if is_torn(path)]
        row["left"] = [path.name for path in folder.rglob("*.part")]
        row["said"] = said.read().decode(errors="replace")[-2000:]
    return {"python": str(python), "start": start[1:], "command": command, "moment": moment} | row


def columns(row: Row) -> list[str]:
    """Return the columns of the table in which a run counts."""
    ends = {130: "130", -signal.SIGINT: "by the signal"}  # which a shell shows as 130, too
    presses = len(row["turns"])
    end = ends.get(row["status"]) if presses == 1 and row["seconds"] <= PATIENCE else None
    marks = {"second": presses > 1, "hung": presses > 2, "torn": row["torn"], "leftover": row["left"]}
    bad = "Python's start" if row["turns"][0] == "Python" else "other"
    return [end or bad, *(name for name, is_so in marks.items() if is_so)]


def main() -> None:
    """Run what is missing in the file of results, and print the table; exit with 1 if pinxit failed in any run."""
    results, count, seconds, seed = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    pythons = [Path(os.path.abspath(word)) for word in sys.argv[5:]]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else a background job's children are deaf to it
    rows: list[Row] = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    done = {(row["python"], row["number"]) for row in rows}
    with tempfile.TemporaryDirectory() as folder, results.open("a") as file, ThreadPoolExecutor(len(pythons)) as pool:
        commands = make_inputs(Path(folder))

        def repeat(python: Path) -> None:
            for number in range(count):
                if (str(python), number) not in done:
                    row = run(python, random.Random(f"{seed} {number}"), seconds, Path(folder), commands)
                    rows.append(row := row | {"number": number})
                    file.write(json.dumps(row) + "\n")
                    file.flush()

        list(pool.map(repeat, pythons))
    print("| Python | runs |", " | ".join(COLUMNS), "| slowest |")
    failed = 0
    for python in map(str, pythons):
        own = [row for row in rows if row["python"] == python]
        counts = Counter(column for row in own for column in columns(row))
        slowest = max(row["seconds"] for row in own if row["turns"][0] != "Python")
        print(
            f"| {python} | {len(own)} |", " | ".join(str(counts[column]) for column in COLUMNS), f"| {slowest:.1f} s |"
        )
        failed += counts["other"] + counts["torn"]
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
