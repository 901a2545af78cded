"""The device by its name, and the number of threads for a while."""

from __future__ import annotations

import os

import pytest
import torch

from pinxit.errors import BadOption
from pinxit.nn.device import fixed_sum, pick_device, thread_count


def test_auto_takes_the_fastest_device(monkeypatch: pytest.MonkeyPatch) -> None:
    for cuda, mps, name in ((True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda mps=mps: mps)
        assert pick_device("auto").type == name


def test_a_missing_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(BadOption, match="no cuda device on this machine; it has cpu"):
        pick_device("cuda")


def test_threads_are_limited_to_the_cores_and_set_back() -> None:
    before = torch.get_num_threads()
    with thread_count(10_000):
        assert torch.get_num_threads() == (os.cpu_count() or 10_000)
    assert torch.get_num_threads() == before
    with thread_count(0):
        assert torch.get_num_threads() == before


@pytest.mark.parametrize("shape", [(), (7,), (1, 3, 200, 200), (0, 4)])
def test_a_sum_does_not_depend_on_the_threads(shape: tuple[int, ...]) -> None:
    values = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    with thread_count(1):
        alone = fixed_sum(values)
    with thread_count(2):
        assert torch.equal(fixed_sum(values), alone)
    torch.testing.assert_close(alone, values.sum())
