"""Ctrl-C while Python still imports: a real process that gets the signal at known moments ends quietly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from pinxit.cli.interrupt import STOPPED, Interrupt
from support.fakes import Pictures

ROOT = Path(__file__).parents[2]
WORDS = ["stylize", "-v", "a.png", "--style", "style.png", "--method", "adain", "--size", "32", "-o", "out.png"]

no_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")


def begun(command: list[str], **options: Any) -> subprocess.Popen[str]:
    """Begin a process that hears Ctrl-C, to which a shell's background jobs are deaf."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True, **options)
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted_at(module: str, words: list[str], folder: Path) -> tuple[int, list[str]]:
    """The exit status and what was said by a process that gets Ctrl-C once it has imported ``module``."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-X", "importtime", *words]
    with begun(command, cwd=folder, env=environment) as process:
        assert process.stderr
        assert any(line.split("|")[-1].strip().startswith(module) for line in process.stderr), f"{module} was not seen"
        process.send_signal(signal.SIGINT)
        said = [line for line in process.stderr.read().splitlines() if not line.startswith("import time:")]
        return process.wait(60), [line for line in said if line]


@no_signals
@pytest.mark.parametrize("module", ["click", "numpy._core", "PIL", "pinxit.config.options", "onnxruntime."])
def test_ctrl_c_while_modules_are_imported_is_quiet(module: str, picture: Pictures, tmp_path: Path) -> None:
    picture("a.png")
    picture("style.png")
    code, said = interrupted_at(module, ["-m", "pinxit", *WORDS], tmp_path)
    painting = ["pinxit: stopped at once; nothing to save yet"] if module == "onnxruntime." else []
    assert (code, said) == (STOPPED, painting)
    assert not (tmp_path / "out.png").exists()


CLEANING_UP = """
import _imp, signal, sys
from pinxit.cli import main

def profile(frame, event, arg):
    if event == "c_return" and arg is _imp.acquire_lock and frame.f_code.co_name == "cb":
        sys.setprofile(None)
        signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.setprofile(profile)
main()
"""
"""A process that gets Ctrl-C while the import system, holding its lock, cleans up after an import."""


def test_ctrl_c_while_the_import_system_cleans_up_is_not_lost() -> None:
    """KeyboardInterrupt raised there is ignored, and leaves the lock behind: the next import hangs."""
    run = subprocess.run(
        [sys.executable, "-c", CLEANING_UP, "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (STOPPED, "", "")


def test_a_second_ctrl_c_ends_the_process() -> None:
    program = "import signal\nfrom pinxit.cli.interrupt import stop\nsignal.signal(signal.SIGINT, stop)\n"
    program += "try:\n  signal.raise_signal(signal.SIGINT)\nfinally:\n  signal.raise_signal(signal.SIGINT)\n  print(1)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (STOPPED, "", "")


COMPUTING = """
import hashlib, signal, sys
from pinxit.cli import interrupt

signal.signal(signal.SIGINT, interrupt.stop)
interrupt.watch()
with interrupt.Interrupt() as asking:
    asking.arm(ready={ready})
    try:
        print("ready", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", {rounds})
    except KeyboardInterrupt:  # the signal came before the function began
        sys.exit(interrupt.STOPPED)
    print(asking.asked)
"""
"""A process whose main thread is in a C function that knows nothing of signals, as a network's run."""


@no_signals
@pytest.mark.parametrize(
    ("ready", "rounds", "status", "said", "note"),
    [
        (False, 10**9, STOPPED, "", "stopped at once; nothing to save yet"),
        (True, 3 * 10**6, 0, "True\n", "finishing this step, then saving the picture; Ctrl-C again stops at once"),
    ],
)
def test_ctrl_c_ends_what_computes_unless_it_saves(ready: bool, rounds: int, status: int, said: str, note: str) -> None:
    program = COMPUTING.format(ready=ready, rounds=rounds)
    with begun([sys.executable, "-c", program]) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        try:
            assert (process.wait(90), process.stdout.read()) == (status, said)
            assert process.stderr.read() == f"\npinxit: {note}\n"
        finally:
            process.kill()


TRAINING = """
import sys, time
from pinxit.cli import app, interrupt, main

def run(arguments):
    with interrupt.Interrupt("network") as asking:
        asking.arm()
        try:
            print("ready", flush=True)
            while not asking.asked:
                time.sleep(0.01)
            time.sleep(30)  # a step
        finally:
            time.sleep({seconds})
            print("evaluated", flush=True)
    return interrupt.STOPPED

app.run = run
sys.argv = ["pinxit", "train"]
main()
"""
"""A process that evaluates however its training ends, as `pinxit train` does."""


@no_signals
@pytest.mark.parametrize(("rank", "seconds", "evaluated"), [(None, 60, ""), ("0", 2, "evaluated\n")])
def test_a_second_ctrl_c_ends_a_training_before_its_evaluation(rank: str | None, seconds: int, evaluated: str) -> None:
    """But not under torchrun, which itself sends a second signal after the first Ctrl-C."""
    environment = {name: value for name, value in os.environ.items() if name != "RANK"} | (
        {"RANK": rank} if rank else {}
    )
    program = [sys.executable, "-c", TRAINING.format(seconds=seconds)]
    with begun(program, env=environment) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        try:
            process.send_signal(signal.SIGINT)
            assert any("then saving the network" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            assert (process.wait(30), process.stdout.read()) == (STOPPED, evaluated)
            assert "stopped at once; nothing was saved" in process.stderr.read()
        finally:
            process.kill()


@no_signals
def test_the_installed_command_is_as_quiet(tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, function = project["scripts"]["pinxit"].partition(":")
    script = tmp_path / "pinxit-script.py"
    script.write_text(f"import sys\nfrom {module} import {function}\nsys.exit({function}())\n", encoding="utf-8")
    assert interrupted_at("numpy.", [str(script), "--debug", "--version"], tmp_path) == (STOPPED, [])


def test_interrupts_are_left_alone_outside_the_main_thread() -> None:
    before = signal.getsignal(signal.SIGINT)
    failures: list[BaseException] = []

    def enter() -> None:
        try:
            with Interrupt() as interrupt:
                assert not interrupt.asked
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert failures == []
    assert signal.getsignal(signal.SIGINT) == before


def test_the_first_interrupt_asks_and_the_second_stops(capfd: pytest.CaptureFixture[str]) -> None:
    with Interrupt() as interrupt:
        interrupt.arm()
        signal.raise_signal(signal.SIGINT)
        assert interrupt.asked
        assert "then saving the picture; Ctrl-C again" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert "stopped at once; nothing was saved" in capfd.readouterr().err


def test_an_end_at_once_says_what_is_saved(capfd: pytest.CaptureFixture[str]) -> None:
    for saved, said in (("", "nothing to save yet"), ("4 of 6 painted", "4 of 6 painted")):
        with Interrupt(saved=lambda saved=saved: saved), pytest.raises(KeyboardInterrupt):  # type: ignore[misc]
            signal.raise_signal(signal.SIGINT)
        assert capfd.readouterr().err == f"\npinxit: stopped at once; {said}\n"
