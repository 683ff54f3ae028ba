"""The face backbone: any timm model that gives a map of tokens."""

from __future__ import annotations

from typing import Any, Self, cast

import timm
import torch
from torch import Tensor, nn

from milmer_live.errors import ModelError
from milmer_live.model.config import MilmerConfig


class TokenBackbone(nn.Module):
    """Face crops to tokens: (n, 3, size, size) uint8 -> (n, n_tokens, width) float."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: MilmerConfig) -> None:
        super().__init__()
        self.config = config
        self._frozen = False
        self.body = _create(config)
        for name, values in (("mean", config.image_mean), ("std", config.image_std)):
            scaled = 255 * torch.tensor(values).view(1, 3, 1, 1)
            self.register_buffer(name, scaled, persistent=False)
        self.n_tokens, self.width = self._measure(config)

    def forward(self, images: Tensor) -> Tensor:
        # Pixels in another order in memory are convolved by other code, which sums otherwise.
        pixels = images.to(self.mean.dtype, memory_format=torch.contiguous_format)
        return self._tokens((pixels - self.mean) / self.std)

    def freeze(self) -> None:
        """It learns no more: no gradients, and no drop path, in a training either."""
        self._frozen = True
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> Self:
        return super().train(mode and not self._frozen)

    def _tokens(self, pixels: Tensor) -> Tensor:
        """Class and register tokens are left out, maps flattened row by row."""
        features = cast("Tensor", cast("Any", self.body).forward_features(pixels))
        if features.ndim == 3:
            return features[:, getattr(self.body, "num_prefix_tokens", 0) :]
        if getattr(self.body, "output_fmt", "NCHW") != "NHWC":
            features = features.permute(0, 2, 3, 1)
        return features.flatten(1, 2)

    def _measure(self, config: MilmerConfig) -> tuple[int, int]:
        """Tokens of a face and their width, found by running one blank face."""
        size = config.image_size
        blank = torch.zeros(1, 3, size, size, device=self.mean.device)
        self.eval()
        try:
            with torch.no_grad():
                tokens = self._tokens(blank)
        except (AssertionError, RuntimeError, TypeError, AttributeError) as error:
            raise ModelError(
                f"The backbone '{config.backbone}' gives no token map for faces of "
                f"{size} pixels: {_first_line(error)}.",
                "Choose an image classifier of timm, and image_size and backbone_options to fit.",
            ) from error
        finally:
            self.train()
        return tokens.shape[1], tokens.shape[2]


def _create(config: MilmerConfig) -> nn.Module:
    try:
        return cast(
            "nn.Module",
            timm.create_model(
                config.backbone, pretrained=False, num_classes=0, **config.backbone_options
            ),
        )
    except (RuntimeError, TypeError, ValueError, AssertionError) as error:
        raise ModelError(
            f"timm cannot build the backbone '{config.backbone}': {_first_line(error)}.",
            "`timm.list_models()` names what it knows; check backbone_options too.",
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
