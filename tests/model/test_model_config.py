"""The network's settings: presets, and combinations that cannot work."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from milmer_live.errors import ConfigError
from milmer_live.model.config import MilmerConfig, preset, preset_names


def test_the_milmer_preset_is_the_papers_figure() -> None:
    config = preset("milmer")
    assert (config.d_model, config.heads, config.feed_forward) == (768, 12, 2048)
    assert (config.cross_attention_layers, config.encoder_layers) == (2, 6)
    assert (config.queries, config.top_k, config.bag_size) == (147, 3, 10)
    assert config.selection == "attention_weighted_topk"
    assert config.fusion == "cross_attention"
    assert config.position_embeddings


def test_presets_survive_json() -> None:
    for name in preset_names():
        config = preset(name)
        assert MilmerConfig.model_validate_json(config.model_dump_json()) == config


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="milmer, published-code, demo"):
        preset("mlimer")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"top_k": 11}, "more than the bag"),
        ({"d_model": 100}, "multiple of 12 heads"),
        ({"selection": "first"}, "selection"),
        ({"dropout": 1.0}, "dropout"),
        ({"image_std": (0.2, 0.0, 0.2)}, "image_std"),
        ({"depth": 3}, "depth"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        MilmerConfig.model_validate(changes)
