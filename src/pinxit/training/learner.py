"""A network that learns: with its optimizer, and the moving average of its weights, which is the one to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from pinxit.training.checkpoint import Checkpoint, Tensors
from pinxit.training.distributed import Group

SOON = 10
"""Steps over which the average forgets how the network began."""


class Learner:
    """Takes steps with Adam, and can be taken down and brought back. What needs no gradient stays as it is.

    ``keep``   share of the averaged weights that a step keeps
    ``clip``   largest norm of the gradient
    ``paces``  for the beginning of a weight's name by how much its learning rate is larger than the others'
    ``compiled``   let torch.compile make it faster
    """

    def __init__(
        self,
        network: nn.Module,
        group: Group,
        *,
        keep: float,
        clip: float,
        paces: Mapping[str, float] | None = None,
        compiled: bool = False,
    ) -> None:
        self.network, self.keep, self.clip, self.step = network, keep, clip, 0
        self.trained = {name: value for name, value in network.named_parameters() if value.requires_grad}
        self.average = {name: value.detach().clone() for name, value in self.trained.items()}
        groups: dict[float, list[nn.Parameter]] = {}
        for name, value in self.trained.items():
            pace = next((pace for begin, pace in (paces or {}).items() if name.startswith(begin)), 1.0)
            groups.setdefault(pace, []).append(value)
        kinds = [{"params": values, "pace": pace} for pace, values in groups.items()]
        self.optimizer = torch.optim.Adam(kinds, betas=(0.9, 0.99))
        together = group.together(network)
        self.together: nn.Module = torch.compile(together) if compiled else together  # type: ignore[assignment]

    def learn(self, losses: Callable[[nn.Module], Tensor], rate: float) -> Tensor:
        """Take one step down ``losses(network)[0]``; return all of them, still on the device."""
        found = losses(self.together)
        self.optimizer.zero_grad()
        found[0].backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained.values(), self.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["pace"]
        self.optimizer.step()
        self.step += 1
        keep = min(self.keep, self.step / (self.step + SOON))
        current = [value.detach() for value in self.trained.values()]
        torch._foreach_lerp_(list(self.average.values()), current, 1 - keep)
        return found.detach()

    def finite(self) -> bool:
        """Return whether all weights are finite: the last step's gradient may not have been, where its loss was."""
        norms = torch._foreach_norm(list(self.trained.values()))
        return bool(torch.stack(norms).sum().isfinite())

    def tensors(self) -> dict[str, Tensors]:
        """Return copies of the weights and of what goes with them, by the names that `Checkpoint` has for them."""
        moments = {name: self.optimizer.state.get(value, {}) for name, value in self.trained.items()}
        copies = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        return {
            "network": copies,
            "average": {**copies, **{name: value.clone() for name, value in self.average.items()}},
            "momentum": {name: _moment(each, "exp_avg", copies[name]) for name, each in moments.items()},
            "velocity": {name: _moment(each, "exp_avg_sq", copies[name]) for name, each in moments.items()},
        }

    def restore(self, before: Checkpoint, skip: int = 0) -> None:
        """Go back to ``before``; ``skip`` steps are counted as taken, so that other pictures come next."""
        self.step = before.step + skip
        with torch.no_grad():
            for name, value in self.network.named_parameters():
                value.copy_(before.network[name])
            for name, value in self.trained.items():
                self.average[name].copy_(before.average[name])
                if name not in before.momentum:  # it stayed as it was so far
                    continue
                self.optimizer.state[value] = {
                    "step": torch.tensor(float(before.step)),
                    "exp_avg": torch.empty_like(value).copy_(before.momentum[name]),
                    "exp_avg_sq": torch.empty_like(value).copy_(before.velocity[name]),
                }


def _moment(state: dict[str, Any], key: str, like: Tensor) -> Tensor:
    return state[key].clone() if key in state else torch.zeros_like(like)
