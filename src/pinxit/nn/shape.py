"""The sizes of the one-pass networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that define a network; checkpoints and network files carry them."""

    widths: tuple[int, ...] = (16, 48, 128, 128)  # channels of the transform network at stride 2, 4, 8, 16
    blocks: tuple[int, ...] = (1, 1, 0, 4)  # residual blocks of the decoder at each of these strides
    code: int = 256  # numbers in a style code
    style_widths: tuple[int, ...] = (32, 64, 128, 256)  # channels of the style encoder at stride 1, 2, 4, 8

    def round_down(self, side: int) -> int:
        """Return ``side``, px, rounded down to a multiple of the coarsest stride, at least one stride."""
        return max(1, side >> len(self.widths)) << len(self.widths)


def shape_of(fields: Mapping[str, int | Sequence[int]]) -> Shape:
    """Return the shape whose fields were read from JSON, where tuples are lists."""
    values = {name: value if isinstance(value, int) else tuple(value) for name, value in fields.items()}
    return Shape(**values)  # type: ignore[arg-type]
