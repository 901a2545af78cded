"""A file under its final name is absent, as it was, or whole: whatever fails, and whenever."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinxit.errors import DiskFull, WriteFailed
from pinxit.files import atomic

OLD, NEW = b"old" * 1000, b"new" * 100_000
SOURCE = str(Path(atomic.__file__).parents[1])

not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


def failing(number: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(number, "text of the system", "/a/path")

    return fail


def test_a_new_file_is_whole_alone_and_readable_as_any_other(tmp_path: Path) -> None:
    atomic.save(NEW, tmp_path / "out.png")
    (tmp_path / "plain").touch()
    assert (tmp_path / "out.png").read_bytes() == NEW
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.png", "plain"]
    assert (tmp_path / "out.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, os.replace

    def note_fsync(handle: int) -> None:
        events.append("fsync folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "fsync file")
        fsync(handle)

    def note_replace(source: Path, target: Path) -> None:
        assert source.name.endswith(".part")
        assert source.parent == target.parent
        assert source.read_bytes() == NEW
        events.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    atomic.save(NEW, tmp_path / "out.png")
    assert events == ["fsync file", "replace", "fsync folder"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("existed", [True, False])
def test_a_failure_at_any_step_leaves_everything_as_it_was(
    step: str, number: int, existed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.png"
    if existed:
        target.write_bytes(OLD)
    monkeypatch.setattr(os, step, failing(number))
    full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    with pytest.raises(DiskFull if full else WriteFailed, match=r"out\.png") as caught:
        atomic.save(NEW, target)
    assert isinstance(caught.value, DiskFull) == full
    assert "system" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == (["out.png"] if existed else [])
    assert not existed or target.read_bytes() == OLD


def test_a_real_limit_on_file_size_is_a_full_disk(tmp_path: Path) -> None:
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pinxit import errors\n"
        "from pinxit.files import atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: atomic.save(bytes(300_000), sys.argv[2])\n"
        "except errors.DiskFull: sys.exit(74)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, SOURCE, str(tmp_path / "out.png")], check=False, timeout=60)
    assert done.returncode == 74
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_device_is_a_full_disk_and_stays_a_device() -> None:
    with pytest.raises(DiskFull):
        atomic.save(NEW, "/dev/full")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    copy = tmp_path / "copy"
    with copy.open("wb") as file, subprocess.Popen(["cat", str(pipe)], stdout=file):
        atomic.save(NEW, pipe)
    assert copy.read_bytes() == NEW
    assert pipe.is_fifo()


def test_ctrl_c_while_writing_removes_the_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        atomic.save(NEW, tmp_path / "out.png")
    assert list(tmp_path.iterdir()) == []


def test_killed_at_any_instant_the_file_is_old_or_new(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    target.write_bytes(OLD)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pinxit.files import atomic\n"
        f"new = {NEW[:3]!r} * {len(NEW) // 3}\n"
        "print(flush=True)\n"
        "while True: atomic.save(new, sys.argv[2])\n"
    )
    for attempt in range(6):
        command = [sys.executable, "-c", code, SOURCE, str(target)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.003 * attempt)
            writer.send_signal(signal.SIGKILL)
        assert target.read_bytes() in (OLD, NEW)
        assert all(path.suffix == ".part" for path in tmp_path.iterdir() if path != target)


def test_what_a_killed_process_left_is_removed_by_the_next_one_and_nothing_else(tmp_path: Path) -> None:
    ago = time.time() - atomic.STALE - 60
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import pathlib\n"
        "from pinxit.files import atomic\n"
        "with atomic.unfinished(pathlib.Path(sys.argv[2])) as file: print(file.name, flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, SOURCE, str(tmp_path / "out.png")]
    others = [tmp_path / name for name in ("mine.part", ".pinxit-notes.part", f".pinxit-{'0' * 16}.part")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        part = Path(writer.stdout.readline().rstrip())
        for path in (*others, part):
            path.touch()
            os.utime(path, (ago, ago))
        os.mkfifo(tmp_path / f".pinxit-{'1' * 16}.part")
        os.utime(others[-1])  # just written
        atomic.sweep.__wrapped__(tmp_path)
        assert all(path.exists() for path in (*others, part))  # its process lives
        writer.kill()
    assert part.exists()
    atomic.sweep.__wrapped__(tmp_path)
    assert not part.exists()
    assert all(path.exists() for path in others)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_file_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    target.write_bytes(OLD)
    for mode in (0o600, 0o664):
        target.chmod(mode)
        atomic.save(NEW, target)
        assert stat.S_IMODE(target.stat().st_mode) == mode


def test_of_two_writers_one_wins_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    contents = [bytes([i]) * 200_000 for i in range(4)]

    def work(data: bytes) -> None:
        for _ in range(5):
            atomic.save(data, target)

    threads = [threading.Thread(target=work, args=(data,)) for data in contents]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert not target.exists() or target.read_bytes() in contents
    for thread in threads:
        thread.join()
    assert target.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(OLD)
    (tmp_path / "link.png").symlink_to("real.png")
    atomic.save(NEW, tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "real.png").read_bytes() == NEW


def test_inputs_are_refused_under_any_of_their_names(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(OLD)
    (tmp_path / "soft.jpg").symlink_to(photo)
    os.link(photo, tmp_path / "hard.jpg")
    for name in ("photo.jpg", "soft.jpg", "hard.jpg", "../" + tmp_path.name + "/photo.jpg"):
        for act in (atomic.check, lambda target, protect: atomic.save(NEW, target, protect=protect)):
            with pytest.raises(WriteFailed, match="is an input"):
                act(tmp_path / name, protect=[tmp_path / "absent", photo])
    assert photo.read_bytes() == OLD
    atomic.save(NEW, tmp_path / "other.jpg", protect=[photo])


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    reasons: dict[str | Path, str] = {
        tmp_path: "is a folder",
        tmp_path / "absent" / "out.png": "the folder absent does not exist; create it first",
        tmp_path / "file" / "out.png": "file is a file, not a folder",
        tmp_path / "file" / "deep" / "out.png": "file is a file, not a folder",
        tmp_path / ("x" * 300): "too long",
        "nul\0.png": "no file name may have",
    }
    for target, reason in reasons.items():
        with pytest.raises(WriteFailed, match=reason):
            atomic.save(NEW, target)
        with pytest.raises(WriteFailed, match=reason):
            atomic.check(target)


@not_as_root
def test_a_read_only_folder_and_a_write_protected_file(tmp_path: Path) -> None:
    protected = tmp_path / "out.png"
    protected.write_bytes(OLD)
    protected.chmod(0o444)
    with pytest.raises(WriteFailed, match="write-protected"):
        atomic.save(NEW, protected)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(WriteFailed, match="may not be written"):
            atomic.check(tmp_path / "new.png")
    finally:
        tmp_path.chmod(0o755)


def test_a_file_system_whose_folders_cannot_be_synced_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def only_files(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    atomic.save(NEW, tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == NEW
