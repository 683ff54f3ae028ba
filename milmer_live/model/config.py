"""The network's settings. They travel in the checkpoint, so that a file says what it holds."""

from __future__ import annotations

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from milmer_live.config import Frozen
from milmer_live.errors import ConfigError
from milmer_live.samples import MODEL_CHANNELS

Selection = Literal["none", "softmax", "amil", "attention_topk", "attention_weighted_topk"]
Fusion = Literal["none", "mlp", "cross_attention"]
Modalities = Literal["both", "eeg", "faces"]
PresetName = Literal["milmer", "published-code", "demo"]

# Selections that multiply the tokens of a kept face by its attention.
WEIGHTING = ("softmax", "attention_weighted_topk")

Option = bool | int | float | str
SWIN_TINY = "swin_tiny_patch4_window7_224"


class MilmerConfig(Frozen):
    """Milmer (arXiv 2502.00547). The defaults are the preset `milmer`: the paper's figure."""

    n_channels: int = Field(
        len(MODEL_CHANNELS), ge=1, le=1024, description="EEG channels, one token each"
    )
    n_times: int = Field(384, ge=8, le=1_000_000, description="samples of EEG in a window")
    sample_rate: float = Field(128.0, gt=0, description="Hz of the EEG")
    modalities: Modalities = Field("both", description="what the network is built for")

    backbone: str = Field(SWIN_TINY, description="a timm model that gives a map of tokens")
    backbone_options: dict[str, Option | tuple[Option, ...]] = Field(
        default={}, description="passed to timm.create_model"
    )
    image_size: int = Field(224, ge=16, le=2048, description="pixels, the side of a face crop")
    image_mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    image_std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    bag_size: int = Field(10, ge=1, le=64, description="face slots in a window")
    top_k: int = Field(3, ge=1, description="faces that a top-k selection keeps")
    selection: Selection = "attention_weighted_topk"
    score: Literal["tokens", "flat"] = Field(
        "tokens", description="what a face's score looks at: each token, or all in one vector"
    )

    d_model: int = Field(768, ge=4, le=1_048_576, description="width of a token")
    heads: int = Field(12, ge=1, le=1024, description="attention heads")
    feed_forward: int = Field(
        2048, ge=1, le=131_072, description="hidden width in an encoder layer"
    )
    fusion: Fusion = "cross_attention"
    queries: int = Field(
        147, ge=1, le=65_536, description="learned queries that balance the face tokens"
    )
    cross_attention_layers: int = Field(2, ge=1, le=64)
    cross_attention_residual: bool = Field(
        True, description="skip connection and norm around each cross-attention"
    )
    encoder_layers: int = Field(6, ge=1, le=128)
    norm_first: bool = Field(False, description="pre-norm layers; published: post-norm")
    position_embeddings: bool = True
    dropout: float = Field(0.2, ge=0, lt=1, description="in cross-attention and encoder")
    head_dropout: float = Field(0.1, ge=0, lt=1, description="before the classifier")

    eeg_init: Literal["default", "spectral"] = Field(
        "default", description="how the EEG projection starts; see model.eeg"
    )
    eeg_features: int = Field(
        0,
        ge=0,
        le=131_072,
        description="width of the EEG projection before a second Linear; 0: d_model",
    )

    silent_channels: tuple[str, ...] = Field(
        (), description="EEG channels that are taken as 0: a control without those over muscles"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        unknown = [name for name in self.silent_channels if name not in MODEL_CHANNELS]
        if unknown:
            raise ValueError(f"silent_channels: there is no channel {unknown[0]}")
        if self.d_model % self.heads:
            raise ValueError(f"d_model {self.d_model} is not a multiple of {self.heads} heads")
        if self.top_k > self.bag_size:
            raise ValueError(f"top_k {self.top_k} is more than the bag of {self.bag_size} holds")
        if min(self.image_std) <= 0:
            raise ValueError("image_std must be above 0")
        return self

    @property
    def uses_eeg(self) -> bool:
        return self.modalities != "faces"

    @property
    def uses_faces(self) -> bool:
        return self.modalities != "eeg"

    @property
    def ranks_faces(self) -> bool:
        """Whether a face's score decides if it is kept."""
        return self.uses_faces and self.selection in ("attention_topk", "attention_weighted_topk")

    @property
    def scores_faces(self) -> bool:
        """Whether the selection needs a score of each face."""
        return self.selection not in ("none", "softmax")

    @property
    def kept_faces(self) -> int:
        """Faces whose tokens go on after the selection; `amil` makes one of all."""
        return 1 if self.selection in ("none", "amil") else self.top_k


# What the public code does where it differs from the figure.
PUBLISHED_CODE = MilmerConfig(
    selection="attention_topk",
    score="flat",
    cross_attention_layers=1,
    cross_attention_residual=False,
    encoder_layers=2,
    position_embeddings=False,
)

# Small enough to train in minutes on two cores and to be kept with the source.
DEMO = MilmerConfig(
    backbone_options={
        "img_size": 96,
        "window_size": 6,
        "embed_dim": 24,
        "depths": (1, 1, 2),
        "num_heads": (2, 4, 8),
    },
    image_size=96,
    d_model=96,
    heads=4,
    feed_forward=192,
    queries=16,
    cross_attention_layers=1,
    encoder_layers=2,
    norm_first=True,
    eeg_init="spectral",
    eeg_features=512,
)

_PRESETS: dict[str, MilmerConfig] = {
    "milmer": MilmerConfig(),
    "published-code": PUBLISHED_CODE,
    "demo": DEMO,
}


def preset(name: str) -> MilmerConfig:
    """The settings called `name`. Raises ConfigError."""
    if name not in _PRESETS:
        raise ConfigError(
            f"There is no model preset '{name}'.", f"Choose from: {', '.join(preset_names())}."
        )
    return _PRESETS[name]


def preset_names() -> tuple[str, ...]:
    return get_args(PresetName)
