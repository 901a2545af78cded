"""The state of a training: network, optimizer and averaged weights; and what restores it after numbers not finite."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from pinxit.config.training import TrainAdain, TrainFast
from pinxit.errors import Diverged
from pinxit.training.checkpoint import Checkpoint
from pinxit.training.device import Group

EMA_WARMUP = 10
"""Steps over which the moving average forgets the initial weights."""
PATIENCE = 5
"""Failures in a row after which a training is given up."""


class TrainingState:
    """Takes steps with Adam, and can be saved and restored. Parameters without gradient stay unchanged.

    ``lr_factors``  prefix of a parameter's name -> factor of its learning rate
    """

    def __init__(
        self, network: nn.Module, group: Group, options: TrainAdain | TrainFast, lr_factors: Mapping[str, float]
    ) -> None:
        self.network, self.options, self.step = network, options, 0
        self.trained = {name: value for name, value in network.named_parameters() if value.requires_grad}
        self.ema = {name: value.detach().clone() for name, value in self.trained.items()}
        groups: dict[float, list[nn.Parameter]] = {}
        for name, value in self.trained.items():
            factor = next((factor for prefix, factor in lr_factors.items() if name.startswith(prefix)), 1.0)
            groups.setdefault(factor, []).append(value)
        parameters = [{"params": values, "factor": factor} for factor, values in groups.items()]
        self.optimizer = torch.optim.Adam(parameters, betas=(0.9, 0.99))
        parallel = group.data_parallel(network)
        is_compiled = isinstance(options, TrainAdain) and options.compile
        self.forward: nn.Module = torch.compile(parallel) if is_compiled else parallel  # type: ignore[assignment]

    def update(self, losses: Callable[[nn.Module], Tensor], learning_rate: float) -> Tensor:
        """Take one step down ``losses(network)[0]``; return all losses, still on the device."""
        values = losses(self.forward)
        self.optimizer.zero_grad()
        values[0].backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained.values(), self.options.grad_clip)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate * group["factor"]
        self.optimizer.step()
        self.step += 1
        decay = min(self.options.ema_decay, self.step / (self.step + EMA_WARMUP))
        current = [value.detach() for value in self.trained.values()]
        torch._foreach_lerp_(list(self.ema.values()), current, 1 - decay)
        return values.detach()

    def is_finite(self) -> bool:
        """Return whether all weights are finite: the last gradient may not have been, although its loss was."""
        norms = torch._foreach_norm(list(self.trained.values()))
        return bool(torch.stack(norms).sum().isfinite())

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """Return copies of the weights and of the optimizer's moments, by their names in `Checkpoint`."""
        copies = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        tensors = {"network": copies, "ema": {**copies, **{name: value.clone() for name, value in self.ema.items()}}}
        for kind in ("exp_avg", "exp_avg_sq"):  # Adam has none before its first step
            moments = {name: self.optimizer.state[value].get(kind) for name, value in self.trained.items()}
            tensors[kind] = {
                name: torch.zeros_like(copies[name]) if moment is None else moment.clone()
                for name, moment in moments.items()
            }
        return tensors

    def restore(self, checkpoint: Checkpoint, skip: int = 0) -> None:
        """Return to ``checkpoint``; ``skip`` steps count as taken, so that other pictures come next."""
        self.step = checkpoint.step + skip
        with torch.no_grad():
            for name, value in self.network.named_parameters():
                value.copy_(checkpoint.network[name])
            for name, value in self.trained.items():
                self.ema[name].copy_(checkpoint.ema[name])
                if name not in checkpoint.exp_avg:  # not trained so far
                    continue
                self.optimizer.state[value] = {
                    "step": torch.tensor(float(checkpoint.step)),
                    "exp_avg": torch.empty_like(value).copy_(checkpoint.exp_avg[name]),
                    "exp_avg_sq": torch.empty_like(value).copy_(checkpoint.exp_avg_sq[name]),
                }


class DivergenceGuard:
    """Holds the last checkpoint whose losses and weights were finite, ``good``.

    ``snapshot``  returns the present state
    ``interval``  steps from one `check` to the next
    """

    def __init__(self, state: TrainingState, snapshot: Callable[[], Checkpoint], interval: int) -> None:
        self._state, self._snapshot, self._interval = state, snapshot, interval
        self._failures = 0
        self.good = snapshot()

    def check(self, losses: Mapping[str, float]) -> str:
        """Keep the present state and return "" if all is finite; else restore the last good one and return a warning.

        After restoring, the next steps see other pictures. Raises `Diverged` after `PATIENCE` failures in a row.
        """
        if all(map(math.isfinite, losses.values())) and self._state.is_finite():
            self._failures, self.good = 0, self._snapshot()
            return ""
        self._failures += 1
        if self._failures > PATIENCE:
            raise Diverged("the losses are no longer finite; a smaller --learning-rate helps")
        self._state.restore(self.good, skip=self._failures * self._interval)
        return f"the losses were not finite after step {self.good.step}: went back to that step"
