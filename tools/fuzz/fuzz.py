"""Feeds pinxit damaged files and checks what it promises: a result or a `PinxitError`, within 5 s of CPU time and 1 GB.

Hypothesis changes good files: their bytes, or their fields, with checksums that fit again. Nothing but the file that is
given may be opened. An input that breaks a promise is made as small as possible and saved; it should become a test.

    python tools/fuzz/fuzz.py --seconds 60
    python tools/fuzz/fuzz.py network style recipe --cases 20000
"""

from __future__ import annotations

import argparse
import base64
import faulthandler
import hashlib
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

import pinxit
from pinxit import images
from pinxit.config.options import Look, Optimize
from pinxit.config.spec import split
from pinxit.errors import PinxitError
from pinxit.files import network_file, recipe
from pinxit.files.fingerprint import FileId
from pinxit.files.recipe import StyleEntry
from pinxit.methods.onepass.network import open_bytes
from pinxit.styles import gallery
from pinxit.styles.code import CHECK, StyleCode, checksum
from pinxit.styles.style import load_styles

SECONDS, BYTES = 5.0, 1 << 30
HANG = 60.0  # seconds after which a case that never ends is given up, and the process with it
BATCH = 100  # cases between two looks at the clock
HARMLESS = ("/proc/", "/dev/null", "/sys/", str(Path(sys.prefix)), str(Path(pinxit.__file__).parent), sys.base_prefix)
"""Where files may be opened whatever the input says: libraries, and what they ask the system."""


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input: a good one, how damaged ones are made, and what reads them."""

    good: bytes
    inputs: SearchStrategy[bytes]
    read: Callable[[bytes], object]


@dataclass(slots=True)
class Worst:
    """The number of cases, and the most that one of them took."""

    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    bytes: int = 0


class Broken(AssertionError):
    """A promise that an input broke."""


ODD: SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([-1, 0, 1, 2**31, 2**63, 10**18]),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["../../etc/hostname", "/etc/hostname", "a\x1b[2Jb", "x" * 100_000, "\0", "AAAA"]),
    st.lists(st.integers(-5, 10**9), max_size=5),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


@st.composite
def changed_fields(draw: DrawFn, value: Any) -> Any:
    """Return JSON in which one value, anywhere, is another one or missing."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        made = value.copy()
        if draw(st.integers(0, 7)):
            made[key] = draw(changed_fields(value[key]))
        else:
            del made[key]
        return made
    return draw(ODD)


@st.composite
def changed_bytes(draw: DrawFn, data: bytes) -> bytes:
    """Return bytes with a few of them changed, cut off, repeated or put in between."""
    made = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(made)))
        length = draw(st.sampled_from([1, 1, 2, 4, 8, 64, 1024]))
        match draw(st.sampled_from(["flip", "set", "insert", "remove", "repeat", "cut"])):
            case "flip" if at < len(made):
                made[at] ^= 1 << draw(st.integers(0, 7))
            case "set":
                made[at : at + length] = draw(st.sampled_from([b"\0", b"\xff", b"\x7f", b"\x80"])) * length
            case "insert":
                made[at:at] = draw(st.binary(min_size=1, max_size=16))
            case "remove":
                del made[at : at + length]
            case "repeat":
                made[at:at] = made[at : at + length] * draw(st.sampled_from([1, 3, 100]))
            case "cut":
                del made[at:]
    return bytes(made)


# ------------------------------------------------------------------------------------------------- targets


def networks() -> Target:
    """Model files: the card, the graphs and the zip around them."""
    from pinxit.nn.shape import Shape
    from pinxit.nn.transform_net import AnyStyleNet, TransformNet
    from pinxit.training.export import pack

    thumbnail = base64.b64encode(images.encode(np.zeros((12, 16, 3), np.float32), "jpeg")).decode()
    styles = [{"name": name, "sha256": "0" * 64, "title": "T", "thumbnail": thumbnail} for name in ("wave", "sea")]
    notes = {"styles": styles, "scores": {"content": 1, "style": 1, "each": {"wave": {"content": 1, "style": 1}}}}
    small = {"widths": (4, 6), "blocks": (0, 1), "style_widths": (4, 6)}
    files = [pack(TransformNet(Shape(code=3, **small)), 1, notes), pack(AnyStyleNet(Shape(code=8, **small)), 1)]
    parts = [network_file.load(data, "x") for data in files]

    @st.composite
    def inputs(draw: DrawFn) -> bytes:
        which = draw(st.integers(0, 1))
        card, graphs = parts[which]
        match draw(st.sampled_from(["card", "graph", "graph", "zip"])):
            case "card":
                changed = draw(changed_fields(card))
                return network_file.dump(changed, graphs) if isinstance(changed, dict) else json.dumps(changed).encode()
            case "graph":
                name = draw(st.sampled_from(sorted(graphs)))
                return network_file.dump(card, {**graphs, name: draw(changed_bytes(graphs[name]))})
            case _:
                return draw(changed_bytes(files[which]))

    def read(data: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=network_file.ENDING) as file:
            file.write(data)
            file.flush()
            try:
                json.dumps([(style.credit, style.scores) for style in gallery.read(Path(file.name))])
            except PinxitError:
                pass
        network = open_bytes(data, "x.pinxit", "cpu", 1)
        side = 2 * network.stride
        picture = np.full((1, 3, side, side), 0.5, np.float32)
        network.paint(picture, np.zeros((1, network.code), np.float32), np.ones(1, np.float32))

    return Target(files[0], inputs(), read)


def codes() -> Target:
    """Style codes: their fields, with the checksum that belongs to them, and their bytes."""
    rising = np.arange(16, dtype=np.float32).reshape(4, 4)
    code = StyleCode("wave.jpg", "a" * 64, "b" * 64, (96, 128, 256, 512), rising, np.zeros((12, 16, 3), np.float32))
    fields = json.loads(code.to_bytes())
    del fields[CHECK]

    def checked(changed: object) -> bytes:
        made = {**changed, CHECK: checksum(changed)} if isinstance(changed, dict) else changed
        return json.dumps(made).encode()

    def read(data: bytes) -> None:
        StyleCode.from_bytes(data, "x.style").at(200.0)
        load_styles(data)

    good = code.to_bytes()
    return Target(good, st.one_of(changed_fields(fields).map(checked), changed_bytes(good)), read)


def recipes() -> Target:
    """Recipes, as text and inside pictures."""
    file, mask = FileId("a.png", "a" * 64), FileId("m.png", "b" * 64)
    (look,) = split({}, Look)
    (options,) = split({}, Optimize)
    made = recipe.make("optimize", (look, options), file, [StyleEntry(file, 0.5, mask), StyleEntry(file)], "1.0")
    text = recipe.dumps({**made, "files": {"init": {"name": "i.png", "sha256": "c" * 64}}})
    small = np.zeros((4, 4, 3), np.float32)
    pictures = [images.encode(small, kind, recipe=text) for kind in ("png", "jpeg", "webp", "tiff")]

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace") if data[:1] in b'{["' else images.read_recipe(data)
        loaded = recipe.loads(text)
        recipe.dumps(loaded.as_dict())
        recipe.options_with_files(loaded, lambda file, role: Path(file.name))

    as_text = changed_fields(json.loads(text)).map(lambda fields: json.dumps(fields).encode())
    return Target(pictures[0], st.one_of(as_text, changed_bytes(text.encode()), *map(changed_bytes, pictures)), read)


def pictures() -> Target:
    """Pictures of every format that Pillow can write."""
    small = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 16, 4), np.uint8))
    files = []
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "JPEG2000", "AVIF", "PPM"):
        buffer = io.BytesIO()
        (small if kind in ("PNG", "WEBP", "TIFF") else small.convert("RGB")).save(buffer, kind)
        files.append(buffer.getvalue())

    def read(data: bytes) -> None:
        images.look(data)
        images.read(data, long_side=8)
        images.read_mask(data)

    return Target(files[0], st.one_of(*map(changed_bytes, files)), read)


TARGETS: dict[str, Callable[[], Target]] = {
    "network": networks, "style": codes, "recipe": recipes, "picture": pictures,
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- running


class Watcher:
    """Runs one case after the other, and raises `Broken` for one that breaks a promise."""

    def __init__(self, current: Path) -> None:
        self.current, self.worst, self.opened = current, Worst(), set[str]()
        self.active = False
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self.active and isinstance(arguments[0], str | bytes):
            self.opened.add(os.fsdecode(arguments[0]))

    def check(self, target: Target, data: bytes) -> None:
        """Read one input."""
        self.current.write_bytes(data)
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins anew
        before, started, self.active = peak_bytes(), time.process_time(), True
        faulthandler.dump_traceback_later(HANG, exit=True, file=sys.__stderr__ or sys.stderr)
        refused = 0
        try:
            target.read(data)
        except PinxitError:
            refused = 1
        finally:
            faulthandler.cancel_dump_traceback_later()
            self.active = False
        seconds, memory = time.process_time() - started, peak_bytes() - before
        worst, temporary = self.worst, tempfile.gettempdir()
        worst.cases, worst.refused = worst.cases + 1, worst.refused + refused
        worst.seconds, worst.bytes = max(worst.seconds, seconds), max(worst.bytes, memory)
        escaped = {path for path in self.opened if not path.startswith((*HARMLESS, temporary))}
        self.opened.clear()
        if escaped or seconds > SECONDS or memory > BYTES:
            raise Broken(f"{seconds:.1f} s, {memory / 1e6:.0f} MB, opened {sorted(escaped)}")


def peak_bytes() -> int:
    """Return the most memory that this process had since its peak was reset."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def batch(watcher: Watcher, target: Target, cases: int, number: int) -> None:
    """Check so many inputs; the last one that failed is the smallest."""

    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(target.inputs)
    def run(data: bytes) -> None:
        watcher.check(target, data)

    run()


def turns(names: Sequence[str], targets: dict[str, Target], cases: int, seconds: float) -> Iterator[tuple[str, int]]:
    """Yield a target and a number of cases, turn about, until the cases or the seconds are used up."""
    started, left = time.monotonic(), dict.fromkeys(names, -(-cases // len(names)) if cases else 10**12)
    while any(left.values()):
        for name in names:
            count = min(BATCH, left[name])
            if not cases and time.monotonic() - started > seconds:
                return
            if count:
                left[name] -= count
                yield name, count


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, print a table, and return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help=f"what to damage: {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--cases", type=int, default=0, help="how many, in all, instead of a time")
    parser.add_argument("--seed", type=int, default=0, help="number to begin with; the same one gives the same inputs")
    parser.add_argument("--output", type=Path, default=Path("fuzz-failures"), help="folder for inputs that fail")
    asked = parser.parse_args(arguments)
    names = asked.targets or list(TARGETS)
    targets = {name: TARGETS[name]() for name in names}
    for target in targets.values():
        target.read(target.good)  # also loads what is loaded once
    worst, failures = dict[str, Worst](), 0
    with tempfile.TemporaryDirectory() as folder:
        watcher = Watcher(Path(folder) / "current")
        for number, (name, cases) in enumerate(turns(names, targets, asked.cases, asked.seconds), asked.seed):
            watcher.worst = worst.setdefault(name, Worst())
            try:
                batch(watcher, targets[name], cases, number)
            except KeyboardInterrupt:
                break
            except Exception as error:  # whatever is no PinxitError
                failures += 1
                data = watcher.current.read_bytes()
                path = asked.output / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                causes = error.exceptions if isinstance(error, ExceptionGroup) else [error]  # of a flaky failure
                print(
                    f"{path}: " + "; ".join(f"{type(each).__name__}: {each}"[:300] for each in causes), file=sys.stderr
                )
    print(f"{'target':10} {'cases':>8} {'refused':>8} {'slowest':>9} {'memory':>9}")
    for name, each in worst.items():
        print(f"{name:10} {each.cases:8} {each.refused:8} {each.seconds:7.2f} s {each.bytes / 1e6:6.0f} MB")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
