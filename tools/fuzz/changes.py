"""What is fed: a kind of input, and how Hypothesis changes bytes and fields of a good one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input: a good one, how damaged ones are made, and what reads them."""

    good: bytes
    inputs: SearchStrategy[bytes]
    read: Callable[[bytes], object]
    apart: bool = False
    """Whether it is read in a process of its own, as by decoders that may crash."""


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
