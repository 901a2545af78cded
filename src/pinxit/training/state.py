"""The state of a training: network, optimizer, and the exponential moving average of the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from pinxit.training.checkpoint import Checkpoint, Tensors
from pinxit.training.distributed import Group

EMA_WARMUP = 10
"""Steps over which the moving average forgets the initial weights."""


class TrainingState:
    """Takes steps with Adam, and can be saved and restored. Parameters without gradient stay unchanged.

    ``ema_decay``   decay of the moving average
    ``grad_clip``   largest norm of the gradient
    ``lr_factors``  prefix of a parameter's name -> factor of its learning rate
    ``compiled``    speed the network up with torch.compile
    """

    def __init__(
        self,
        network: nn.Module,
        group: Group,
        *,
        ema_decay: float,
        grad_clip: float,
        lr_factors: Mapping[str, float] | None = None,
        compiled: bool = False,
    ) -> None:
        self.network, self.ema_decay, self.grad_clip, self.step = network, ema_decay, grad_clip, 0
        self.trained = {name: value for name, value in network.named_parameters() if value.requires_grad}
        self.ema = {name: value.detach().clone() for name, value in self.trained.items()}
        groups: dict[float, list[nn.Parameter]] = {}
        for name, value in self.trained.items():
            factor = next((factor for prefix, factor in (lr_factors or {}).items() if name.startswith(prefix)), 1.0)
            groups.setdefault(factor, []).append(value)
        parameters = [{"params": values, "factor": factor} for factor, values in groups.items()]
        self.optimizer = torch.optim.Adam(parameters, betas=(0.9, 0.99))
        parallel = group.data_parallel(network)
        self.forward: nn.Module = torch.compile(parallel) if compiled else parallel  # type: ignore[assignment]

    def update(self, losses: Callable[[nn.Module], Tensor], learning_rate: float) -> Tensor:
        """Take one step down ``losses(network)[0]``; return all losses, still on the device."""
        values = losses(self.forward)
        self.optimizer.zero_grad()
        values[0].backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained.values(), self.grad_clip)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate * group["factor"]
        self.optimizer.step()
        self.step += 1
        decay = min(self.ema_decay, self.step / (self.step + EMA_WARMUP))
        current = [value.detach() for value in self.trained.values()]
        torch._foreach_lerp_(list(self.ema.values()), current, 1 - decay)
        return values.detach()

    def is_finite(self) -> bool:
        """Return whether all weights are finite: the last gradient may not have been, although its loss was."""
        norms = torch._foreach_norm(list(self.trained.values()))
        return bool(torch.stack(norms).sum().isfinite())

    def tensors(self) -> dict[str, Tensors]:
        """Return copies of the weights and of the optimizer's moments, by their names in `Checkpoint`."""
        moments = {name: self.optimizer.state.get(value, {}) for name, value in self.trained.items()}
        copies = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        return {
            "network": copies,
            "ema": {**copies, **{name: value.clone() for name, value in self.ema.items()}},
            "exp_avg": {name: _moment(each, "exp_avg", copies[name]) for name, each in moments.items()},
            "exp_avg_sq": {name: _moment(each, "exp_avg_sq", copies[name]) for name, each in moments.items()},
        }

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


def _moment(state: Mapping[str, Tensor], key: str, like: Tensor) -> Tensor:
    return state[key].clone() if key in state else torch.zeros_like(like)
