"""All that decides a training run: one frozen TOML file. The defaults are the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from milmer_live.config import Frozen, LabelRule, Preprocessing, validated
from milmer_live.errors import ConfigError
from milmer_live.model.config import MilmerConfig, preset

Protocol = Literal["segment", "trial", "subject", "subject+stimulus"]


class SplitSettings(Frozen):
    """Who is tested, and on whom the model learns.

    `segment` deals single windows at random, as the paper does; `trial` keeps the trials of a
    participant whole; `subject` keeps participants whole, `group_size` of them a fold;
    `subject+stimulus` tests these on clips that nobody showed in training, a `folds`-th of the
    clips in a fold.
    """

    protocol: Protocol = "segment"
    folds: int = Field(5, ge=2, description="folds of `segment` and `trial`, groups of clips")
    each_participant: bool = Field(
        False,
        description="a network of its own for each participant, under `segment` and `trial`",
    )
    group_size: int = Field(
        1, ge=1, description="participants tested in a fold of `subject` and `subject+stimulus`"
    )
    validation: float = Field(
        0.1, ge=0, le=0.5, description="share of what is not tested; 0: no validation part"
    )
    seed: int = Field(0, ge=0, description="of the dealing")

    @model_validator(mode="after")
    def _participants_are_in_training(self) -> Self:
        if self.each_participant and self.protocol not in ("segment", "trial"):
            raise ValueError(
                "each_participant learns from the participant who is tested; choose the protocol "
                "segment or trial"
            )
        return self


class AugmentSettings(Frozen):
    """Changes of the training samples; all off unless asked for."""

    channel_dropout: float = Field(
        0.0, ge=0, lt=1, description="probability that a channel is silent in a window"
    )
    time_shift_s: float = Field(
        0.0, ge=0, le=10, description="a window starts up to this much earlier or later"
    )
    crop_jitter: float = Field(
        0.0, ge=0, le=0.5, description="largest shift and zoom of a face, as a share of its side"
    )
    flip: float = Field(0.0, ge=0, le=1, description="probability that a face is mirrored")
    colour: float = Field(
        0.0, ge=0, lt=1, description="largest change of brightness, contrast and saturation"
    )
    face_dropout: float = Field(
        0.0, ge=0, lt=1, description="probability that a face is missing from its slot"
    )
    modality_dropout: float = Field(
        0.0, ge=0, le=1, description="probability that a trial lacks its EEG or its faces"
    )


class OptimizerSettings(Frozen):
    """AdamW with a cosine from `learning_rate` to `final_rate` of it."""

    learning_rate: float = Field(1e-4, gt=0)
    final_rate: float = Field(0.1, gt=0, le=1, description="the cosine's end, as a share")
    warmup_steps: int = Field(0, ge=0, description="steps of linear rise before the cosine")
    weight_decay: float = Field(0.01, ge=0)
    grad_clip: float = Field(0.0, ge=0, description="largest norm of the gradient; 0: no limit")


# What a search may try: nothing that changes the trials, or who is tested.
SEARCHABLE = frozenset(
    ("optimizer", "augment", "model", "epochs", "batch_size", "label_smoothing", "class_weights")
)
_OF_THE_TRIALS = frozenset(
    ("bag_size", "image_size", "modalities", "n_channels", "n_times", "sample_rate")
)


def with_changes(settings: TrainSettings, changes: Mapping[str, object]) -> TrainSettings:
    """`settings` with some fields changed, by dotted name: {"optimizer.grad_clip": 1.0}.
    Raises ConfigError where a name or a value is not one."""
    values: dict[str, Any] = settings.model_dump(exclude_unset=True)
    for name, value in changes.items():
        *path, last = name.split(".")
        place = values
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise ConfigError(f"{name}: there is no such setting.")
        place[last] = value
    return validated(TrainSettings, values, "The training settings")


class TrainSettings(Frozen):
    """One training run. `model` overrides fields of the preset, for instance `top_k = 5`."""

    data: str = Field("", description="the data set's folder")
    preset: str = Field("milmer", description="milmer, published-code or demo")
    model: dict[str, Any] = Field(default_factory=dict)
    backbone_weights: str = Field(
        "",
        description="file, directory or hub name of pretrained Swin weights, or a checkpoint whose "
        "backbone is taken; it must not have seen what is tested",
    )
    start_from: str = Field(
        "",
        description="a checkpoint of the same network to learn on from; it must not have seen "
        "what is tested",
    )
    freeze_backbone: bool = Field(
        False,
        description="leave the backbone as it comes; its tokens of a face are worked out once",
    )
    kept_tokens_gb: float = Field(
        4.0,
        ge=0,
        allow_inf_nan=False,
        description="memory for tokens of a frozen backbone, in each process; faces beyond it are "
        "worked out anew in every step",
    )
    preprocessing: Preprocessing = Preprocessing()
    labels: LabelRule = LabelRule()
    participants: tuple[str, ...] = Field((), description="only these; empty: all")
    split: SplitSettings = SplitSettings()
    search: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict,
        description="values to try of other settings, by dotted name; in each fold the combination "
        "of least validation loss is kept",
    )
    augment: AugmentSettings = AugmentSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    epochs: int = Field(100, ge=1)
    batch_size: int = Field(14, ge=1, description="windows in a step, over all processes")
    train_hop_s: float = Field(3.0, gt=0, description="seconds between training windows")
    test_hop_s: float = Field(3.0, gt=0, description="seconds between windows that are judged")
    windows_per_epoch: int = Field(0, ge=0, description="bounds an epoch; 0: every window")
    clip_windows: int = Field(
        1, ge=1, description="neighbouring windows drawn together, so that they share faces"
    )
    seed: int = Field(0, ge=0)
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: bfloat16 where there is CUDA"
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    class_weights: bool = Field(False, description="weigh classes by one over their frequency")
    patience: int = Field(
        0, ge=0, description="stop after this many epochs without a better validation loss; 0: off"
    )
    keep: Literal["best", "last"] = Field(
        "best", description="weights of the lowest validation loss, or of the last epoch"
    )
    save_every_s: float = Field(
        60.0,
        ge=0,
        description="a state to resume from is saved at the end of an epoch, at most this often",
    )
    loader_threads: int = Field(2, ge=1, le=64, description="threads that read batches ahead")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.patience and not self.split.validation:
            raise ValueError("patience needs a validation part; set split.validation above 0")
        for name, seconds in (("train_hop_s", self.train_hop_s), ("test_hop_s", self.test_hop_s)):
            samples = seconds * self.preprocessing.window.sample_rate
            if abs(samples - round(samples)) > 1e-6:
                raise ValueError(f"{name} = {seconds:g} s is not a whole number of samples")
        if self.split.protocol == "segment":
            self._segments_stay_apart()
        self._window_fits_network()
        if self.search:
            self._can_be_searched()
        if self.freeze_backbone:
            self._backbone_can_be_frozen()
        return self

    def _segments_stay_apart(self) -> None:
        if self.augment.time_shift_s:
            raise ValueError(
                "augment.time_shift_s moves training windows into tested ones under the protocol "
                "segment; set it to 0 or choose trial or subject"
            )
        if min(self.train_hop_s, self.test_hop_s) < self.preprocessing.window.length_s:
            raise ValueError(
                f"a hop of {min(self.train_hop_s, self.test_hop_s):g} s makes windows overlap, and "
                "under the protocol segment they would lie in training and test; use the "
                "window's length"
            )
        if self.train_hop_s != self.test_hop_s:
            raise ValueError("under the protocol segment train_hop_s and test_hop_s must be equal")

    def _window_fits_network(self) -> None:
        window, network = self.preprocessing.window, self.network()
        if (window.n_times, window.sample_rate) != (network.n_times, network.sample_rate):
            raise ValueError(
                f"the window has {window.n_times} samples at {window.sample_rate:g} Hz and the "
                f"network takes {network.n_times} at {network.sample_rate:g} Hz; change "
                "preprocessing.window or model.n_times and model.sample_rate"
            )
        if "bag_size" in window.model_fields_set and window.bag_size != network.bag_size:
            raise ValueError(
                f"preprocessing.window.bag_size is {window.bag_size} and the network's is "
                f"{network.bag_size}; set model.bag_size only"
            )

    def _can_be_searched(self) -> None:
        if not self.split.validation:
            raise ValueError("a search needs a validation part; set split.validation above 0")
        for name, values in self.search.items():
            first, *rest = name.split(".")
            if first not in SEARCHABLE or _OF_THE_TRIALS.intersection(rest):
                raise ValueError(
                    f"{name} cannot be searched; what can is {', '.join(sorted(SEARCHABLE))}"
                )
            if not values:
                raise ValueError(f"search gives no value of {name}")

    def _backbone_can_be_frozen(self) -> None:
        if not self.network().uses_faces:
            raise ValueError("freeze_backbone needs a network that looks at faces")
        if not (self.backbone_weights or self.start_from):
            raise ValueError(
                "freeze_backbone would leave the backbone at random numbers, which never learn; "
                "give it backbone_weights or start_from"
            )

    def candidates(self) -> list[tuple[dict[str, Any], TrainSettings]]:
        """Every combination that the search tries, and the settings with it; without a search the
        settings alone. Raises ConfigError where a combination is not valid."""
        alone = self.model_copy(update={"search": {}})
        combined = (dict(zip(self.search, v, strict=True)) for v in product(*self.search.values()))
        return [(chosen, with_changes(alone, chosen)) for chosen in combined]

    def network(self) -> MilmerConfig:
        """The preset with its overrides. Raises ConfigError."""
        base = preset(self.preset)
        return validated(MilmerConfig, base.model_dump() | self.model, f"preset '{self.preset}'")

    def chain(self) -> Preprocessing:
        """The preprocessing, its bags as large as the network's."""
        window = self.preprocessing.window.model_copy(update={"bag_size": self.network().bag_size})
        return self.preprocessing.model_copy(update={"window": window})
