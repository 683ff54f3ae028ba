"""Backbone weights: transformers' own Swin is the judge of the conversion."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import timm
import torch
from model_tools import saved, tiny
from safetensors.torch import save_file

from milmer_live.errors import ModelError
from milmer_live.model.backbone.network import TokenBackbone
from milmer_live.model.backbone.weights import load_backbone
from milmer_live.model.card import card_path
from milmer_live.model.config import MilmerConfig
from milmer_live.model.network import Milmer

# Three stages, shifted windows, several heads: all that the layouts say differently.
SIZES: dict[str, Any] = {"embed_dim": 16, "window_size": 4}
TIMM_OPTIONS = {**SIZES, "img_size": 64, "depths": (1, 2, 2), "num_heads": (2, 2, 4)}
CONFIG = tiny(image_size=64, backbone_options=TIMM_OPTIONS)


def hugging_face_swin(**sizes: Any) -> Any:
    """transformers' SwinModel with random numbers in every tensor, biases included."""
    from transformers import SwinConfig, SwinModel

    model: Any = SwinModel(SwinConfig(**sizes)).eval()
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.05 * torch.randn(value.shape, generator=random))
    return model


def small_hugging_face_swin() -> Any:
    return hugging_face_swin(image_size=64, depths=[1, 2, 2], num_heads=[2, 2, 4], **SIZES)


def largest_difference(backbone: TokenBackbone, judge: Any, size: int) -> float:
    backbone.eval()
    random = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (2, 3, size, size), dtype=torch.uint8, generator=random)
    with torch.no_grad():
        wanted = judge(pixel_values=(images - backbone.mean) / backbone.std).last_hidden_state
        return float((backbone(images) - wanted).abs().max())


def test_a_saved_hugging_face_swin_gives_equal_outputs(tmp_path: Path) -> None:
    judge = small_hugging_face_swin()
    judge.save_pretrained(tmp_path)
    backbone = TokenBackbone(CONFIG)
    load_backbone(backbone, str(tmp_path))
    assert largest_difference(backbone, judge, 64) < 1e-4


def test_the_papers_swin_tiny_gives_equal_outputs(tmp_path: Path) -> None:
    judge = hugging_face_swin()
    judge.save_pretrained(tmp_path)
    backbone = TokenBackbone(MilmerConfig())
    load_backbone(backbone, str(tmp_path / "model.safetensors"))
    assert largest_difference(backbone, judge, 224) < 1e-4


def test_a_fine_tuned_classifier_brings_its_backbone(tmp_path: Path) -> None:
    judge = small_hugging_face_swin()
    state = {f"swin.{name}": value for name, value in judge.state_dict().items()}
    state |= {"classifier.weight": torch.zeros(7, 64), "classifier.bias": torch.zeros(7)}
    save_file(state, tmp_path / "emotions.safetensors")
    backbone = TokenBackbone(CONFIG)
    load_backbone(backbone, str(tmp_path / "emotions.safetensors"))
    assert largest_difference(backbone, judge, 64) < 1e-4


def test_timms_own_layout_is_taken_as_it_is(tmp_path: Path) -> None:
    model = timm.create_model(CONFIG.backbone, **TIMM_OPTIONS)
    save_file(model.state_dict(), tmp_path / "timm.safetensors")
    backbone = TokenBackbone(CONFIG)
    load_backbone(backbone, str(tmp_path))
    for name, value in backbone.body.state_dict().items():
        assert torch.equal(value, model.state_dict()[name])


def test_a_checkpoint_of_ours_gives_its_backbone_and_card_to_another_network(
    tmp_path: Path,
) -> None:
    network = Milmer(tiny(d_model=24))
    file = saved(network, tmp_path, data="smiles")
    for source in (file.path, tmp_path):
        backbone = TokenBackbone(tiny("demo"))
        card = load_backbone(backbone, str(source))
        assert card == file.card
        for name, value in network.faces.backbone.state_dict().items():
            assert torch.equal(backbone.state_dict()[name], value)


def test_a_checkpoint_of_ours_that_is_damaged_or_lacks_its_card_is_refused(tmp_path: Path) -> None:
    file = saved(Milmer(tiny()), tmp_path)
    content = bytearray(file.path.read_bytes())
    content[-1] ^= 1
    file.path.write_bytes(content)
    with pytest.raises(ModelError, match="damaged, or its card belongs to another"):
        load_backbone(TokenBackbone(tiny()), str(file.path))
    card_path(file.path).unlink()
    with pytest.raises(ModelError, match=r"card .* is missing"):
        load_backbone(TokenBackbone(tiny()), str(file.path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": 64, "backbone_options": TIMM_OPTIONS}, "backbone_options is"),
        ({"backbone": "resnet18", "backbone_options": {}}, "backbone is resnet18 there"),
        ({"image_mean": (0.5, 0.5, 0.5)}, "image_mean is"),
        ({"modalities": "eeg"}, "a network without faces"),
    ],
)
def test_a_checkpoint_of_ours_that_sees_faces_otherwise_is_refused_with_a_next_step(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    file = saved(Milmer(tiny(**change)), tmp_path)
    with pytest.raises(ModelError, match=message) as raised:
        load_backbone(TokenBackbone(tiny()), str(file.path))
    assert raised.value.hint.startswith("Take ")


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    save_file(TokenBackbone(CONFIG).body.state_dict(), tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match=r"does not fit the backbone: \d+ tensors differ"):
        load_backbone(TokenBackbone(tiny()), str(tmp_path))


def test_a_pickle_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(pickle.dumps({"a": 1}))
    for source in (path, tmp_path):
        with pytest.raises(ModelError, match="pickle") as raised:
            load_backbone(TokenBackbone(CONFIG), str(source))
        assert "safe_serialization" in raised.value.hint


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"not much")
    with pytest.raises(ModelError, match="damaged or not safetensors"):
        load_backbone(TokenBackbone(CONFIG), str(path))


def test_a_folder_must_say_which_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds no \.safetensors"):
        load_backbone(TokenBackbone(CONFIG), str(tmp_path))
    for name in ("a", "b"):
        (tmp_path / f"{name}.safetensors").touch()
    with pytest.raises(ModelError, match=r"holds 2 \.safetensors"):
        load_backbone(TokenBackbone(CONFIG), str(tmp_path))


@pytest.mark.parametrize("name", ["nobody/nothing", "swin_tiny_of_nobody"])
def test_offline_a_hubs_model_is_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MILMER_LIVE_HUB_OFFLINE", raising=False)  # as if the user had set it
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="no local path") as raised:
        load_backbone(TokenBackbone(CONFIG), name)
    assert "local file" in raised.value.hint


def test_a_mistyped_path_is_one_sentence() -> None:
    with pytest.raises(ModelError, match="neither a file nor a directory"):
        load_backbone(TokenBackbone(CONFIG), "/no/such/folder")
