"""Gatys' method when things go wrong: losses out of bounds, memory, interrupts; and what it gives back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from methods.test_optimize import painter, picture
from pinxit.errors import Diverged, OutOfMemory
from pinxit.methods.optimize import descent, memory, stylizer
from pinxit.methods.optimize.descent import Evaluation
from support.networks import tiny_vgg


@pytest.fixture(autouse=True)
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.nn.vgg_weights.load", tiny_vgg)


def lost_after(count: int) -> Callable[..., Iterator[Evaluation]]:
    """A descent whose loss leaves all bounds after ``count`` evaluations, over all levels, and stays there."""
    left = itertools.count(count, -1)

    def descend(start: Tensor, objective: Any, *words: Any) -> Iterator[Evaluation]:
        def lost(x: Tensor) -> tuple[Tensor, dict[str, float]]:
            loss, losses = objective(x)
            return (loss if next(left) > 0 else loss * math.nan), losses

        return descent.descend(start, lost, *words)

    return descend


@pytest.mark.parametrize("count", [1, 5, 13, 15])
def test_a_loss_that_leaves_all_bounds_stops_at_the_best_picture(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """At the first level, at the second's very first picture and in its midst: always at full size."""
    monkeypatch.setattr(stylizer, "descend", lost_after(count))
    *before, last = painter(levels=2, steps=12).steps(picture(0))
    assert "stopped at the best picture" in last.warning
    assert not any(step.warning for step in before)
    assert last.index == last.of == len(before)
    assert last.loss == min(step.loss for step in before if step.size == before[-1].size)
    assert last.preview().shape == (32, 40, 3)
    assert np.isfinite(last.preview()).all()
    assert 0 <= last.preview().min() <= last.preview().max() <= 1


def test_a_step_far_too_long_is_taken_back() -> None:
    steps = list(painter(steps=40, levels=1, learning_rate=900.0).steps(picture(0)))
    assert not steps[-1].warning
    assert min(step.loss for step in steps) < 0.95 * steps[0].loss


def test_a_content_that_is_no_number_is_an_error() -> None:
    with pytest.raises(Diverged, match="first picture has no finite loss"):
        painter(init="content")(np.full((20, 20, 3), np.nan, np.float32))


def test_a_first_loss_that_is_not_finite_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stylizer, "descend", lambda *words: iter(()))
    with pytest.raises(Diverged, match="first picture"):
        list(painter().steps(picture(0)))


def test_threads_hold_during_a_step_only(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to = [5]
    monkeypatch.setattr(torch, "get_num_threads", lambda: set_to[-1])
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    for _ in painter(steps=2, levels=1, threads=3).steps(picture(0)):
        assert set_to[-1] == 5
    assert [count for count, after in itertools.pairwise(set_to) if after == 5] == [3] * 3, "two steps, and the end"
    assert set(set_to) == {5, 3, 1}, "1 where sums would depend on the number"
    before = len(set_to)
    list(painter(threads=0).steps(picture(0)))
    list(painter(threads=5).steps(picture(0)))
    assert set(set_to[before:]) <= {1, 5}, "what is so already is not set"
    list(painter(threads=1000).steps(picture(0)))
    assert max(set_to) == 8, "more threads than cores only wait for each other"


def test_threads_are_given_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr("os.cpu_count", lambda: before + 1)
    with pytest.raises(Diverged):
        painter(init="content", threads=before + 1)(np.full((20, 20, 3), np.nan, np.float32))
    assert torch.get_num_threads() == before


def test_painting_may_be_left_at_any_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C leaves it: by closing, with the best so far still there; the painter can go on with another."""
    hand = painter()
    steps = hand.steps(picture(0))
    first, second = next(steps), next(steps)
    steps.close()
    with pytest.raises(StopIteration):
        next(steps)
    assert first.preview().shape == second.preview().shape
    assert hand(picture(0)).tobytes() == painter()(picture(0)).tobytes()


def test_an_interrupt_while_a_step_is_computed_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*words: Any) -> Iterator[Evaluation]:
        raise KeyboardInterrupt
        yield

    before = torch.get_num_threads()
    monkeypatch.setattr(stylizer, "descend", interrupted)
    with pytest.raises(KeyboardInterrupt):
        painter()(picture(0))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB at 0x7f"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes"),
        RuntimeError("MPS backend out of memory"),
    ],
)
def test_memory_that_runs_out_is_said_in_our_words(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def failing(*words: Any) -> Iterator[Evaluation]:
        raise error

    monkeypatch.setattr(stylizer, "descend", failing)
    with pytest.raises(OutOfMemory) as caught:
        painter()(picture(0))
    assert str(caught.value) == "memory ran out while painting: a smaller --size or --tile helps"


def test_another_error_of_pytorch_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*words: Any) -> Iterator[Evaluation]:
        raise RuntimeError("unsupported memory format")

    monkeypatch.setattr(stylizer, "descend", failing)
    with pytest.raises(RuntimeError, match="unsupported memory format"):
        painter()(picture(0))


def test_too_little_memory_is_refused_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinxit.methods.optimize.memory.free_main_memory", lambda: 2**20)
    monkeypatch.setattr(stylizer, "VGG19", lambda *words, **more: pytest.fail("started"))
    with pytest.raises(OutOfMemory, match="GiB"):
        painter()(picture(0))


def test_computing_features_again_changes_no_more_than_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = painter()(picture(0))
    monkeypatch.setattr(
        "pinxit.methods.optimize.memory.plan_memory", lambda *words: memory.Memory(recompute=True, needed=0)
    )
    assert np.abs(painter()(picture(0)) - stored).max() < 1e-3
