"""Inputs that are one file: networks, style codes, recipes and pictures."""

from __future__ import annotations

import base64
import io
import json
import tempfile
from pathlib import Path

import numpy as np
import PIL.Image
from changes import Target, changed_bytes, changed_fields
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

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
