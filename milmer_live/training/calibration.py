"""Temperature scaling (Guo et al. 2017, arXiv 1706.04599): one number, fitted on the validation
part, that makes the probabilities mean what they say without changing any answer."""

from __future__ import annotations

from collections.abc import Callable

import torch

# Beyond these a fit has run away (all answers right, or all wrong) and says nothing.
LOWEST, HIGHEST = 0.05, 20.0


def fit_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """The temperature of lowest cross-entropy: `logits` (n, 4), `labels` (n,)."""
    fixed = logits.detach().to("cpu", torch.float64)
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(fixed / log_temperature.exp(), labels.cpu())
        (log_temperature.grad,) = torch.autograd.grad(loss, [log_temperature])
        return loss

    step: Callable[[Callable[[], torch.Tensor]], object] = optimizer.step
    step(closure)
    return min(HIGHEST, max(LOWEST, float(log_temperature.detach().exp())))
