"""What a user relies on of the network: all of it learns, and nothing missing leaks in."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from model_tools import Inputs, inputs, tiny
from torch import nn
from torch.nn import functional

from milmer_live.errors import ModelError
from milmer_live.model.attention import EncoderLayer
from milmer_live.model.backbone.network import TokenBackbone
from milmer_live.model.config import Fusion, MilmerConfig, Modalities, Selection, preset
from milmer_live.model.network import Milmer, MilmerOutput

SELECTIONS = get_args(Selection)
FUSIONS = get_args(Fusion)
SCORE = {f"faces.score.{part}" for part in ("hidden.weight", "hidden.bias", "weigh.weight")}


def network_of(config: MilmerConfig) -> Milmer:
    torch.manual_seed(0)
    return Milmer(config).eval()


def without_gradient(config: MilmerConfig) -> set[str]:
    """Names of the parameters that training would never change."""
    network = network_of(config).train()
    logits = network(*inputs(config)).logits
    torch.autograd.backward(functional.cross_entropy(logits, torch.tensor([0, 1, 3])))
    return {
        name
        for name, value in network.named_parameters()
        if value.grad is None or not value.grad.any()
    }


def answer(network: Milmer, given: Inputs) -> MilmerOutput:
    with torch.no_grad():
        output: MilmerOutput = network(*given)
    return output


@pytest.mark.parametrize("name", ["milmer", "demo"])
def test_every_parameter_learns(name: str) -> None:
    assert without_gradient(tiny(name)) == set()


def test_the_demo_preset_learns_whole_at_its_own_size() -> None:
    assert without_gradient(preset("demo")) == set()


def test_published_code_trains_all_but_its_score_network() -> None:
    assert without_gradient(tiny("published-code")) == {*SCORE, "faces.score.weigh.bias"}


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_ablation_learns(selection: Selection, fusion: Fusion) -> None:
    frozen = SCORE if selection == "attention_topk" else set()
    assert without_gradient(tiny(selection=selection, fusion=fusion)) == frozen


@pytest.mark.parametrize("modalities", get_args(Modalities))
def test_a_network_for_one_modality_has_only_that(modalities: Modalities) -> None:
    config = tiny(modalities=modalities)
    assert without_gradient(config) == set()
    parts = {name for name, _ in network_of(config).named_children()}
    assert ("faces" in parts, "eeg" in parts) == (modalities != "eeg", modalities != "faces")


def test_scoring_costs_under_one_percent_of_the_published_score_network() -> None:
    with torch.device("meta"):
        ours, theirs = Milmer(preset("milmer")), Milmer(preset("published-code"))
    published = n_parameters(theirs.faces.score)
    assert published == 37632**2 + 37632 + 37632 + 1
    assert n_parameters(ours.faces.score) < 0.01 * published
    assert n_parameters(theirs) == pytest.approx(1.458e9, rel=0.001)


def test_a_demo_checkpoint_stays_below_five_megabytes() -> None:
    network = network_of(preset("demo"))
    size = sum(value.numel() * value.element_size() for value in network.state_dict().values())
    assert size < 5e6


def n_parameters(module: nn.Module | None) -> int:
    assert module is not None
    return sum(value.numel() for value in module.parameters())


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_what_is_missing_changes_nothing(selection: Selection, fusion: Fusion) -> None:
    config = tiny(selection=selection, fusion=fusion)
    network = network_of(config)
    eeg, faces, eeg_valid, faces_valid = inputs(config)
    eeg_valid[0] = False
    faces_valid[1, 2] = False
    faces_valid[2] = False
    one = answer(network, (eeg, faces, eeg_valid, faces_valid))
    eeg, faces = eeg.clone(), faces.clone()
    eeg[0] = float("nan")
    faces[1, 2] = 255 - faces[1, 2]
    faces[2] = 255 - faces[2]
    other = answer(network, (eeg, faces, eeg_valid, faces_valid))
    assert one.logits.isfinite().all()
    torch.testing.assert_close(one.logits, other.logits)
    assert 2 not in one.selected[1]
    assert one.selected[2].eq(-1).all()
    assert not one.weights[2].any()


def test_with_nothing_to_see_the_quadrants_come_out_equal() -> None:
    config = tiny()
    eeg, faces, eeg_valid, faces_valid = inputs(config)
    eeg_valid[1] = False
    faces_valid[1] = False
    logits = answer(network_of(config), (eeg, faces, eeg_valid, faces_valid)).logits
    probabilities = logits.softmax(dim=1)
    torch.testing.assert_close(probabilities[1], torch.full((4,), 0.25))
    assert (probabilities[0] - 0.25).abs().max() > 1e-3


def test_a_missing_modality_trains_without_nan() -> None:
    config = tiny()
    network = network_of(config).train()
    eeg, faces, eeg_valid, faces_valid = inputs(config)
    eeg_valid[0] = False
    faces_valid[1] = False
    eeg_valid[2] = False
    faces_valid[2] = False
    output: MilmerOutput = network(eeg, faces, eeg_valid, faces_valid)
    torch.autograd.backward(output.logits.square().sum())
    for value in network.parameters():
        assert value.grad is not None
        assert value.grad.isfinite().all()


def test_a_sample_does_not_depend_on_its_batch() -> None:
    config = tiny()
    network = network_of(config)
    given = inputs(config)
    together = answer(network, given).logits
    alone = [answer(network, _row(given, index)).logits for index in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-5)


def _row(given: Inputs, index: int) -> Inputs:
    eeg, faces, eeg_valid, faces_valid = (part[index : index + 1] for part in given)
    return eeg, faces, eeg_valid, faces_valid


@pytest.mark.parametrize("selection", SELECTIONS)
def test_bf16_autocast_runs_and_stays_close(selection: Selection) -> None:
    config = tiny(selection=selection, top_k=4)
    network = network_of(config)
    given = inputs(config)
    exact = answer(network, given).logits
    with torch.autocast("cpu", dtype=torch.bfloat16):
        close = network(*given).logits
        torch.autograd.backward(close.float().square().sum())
    torch.testing.assert_close(close.float(), exact, atol=0.1, rtol=0.1)


def test_position_embeddings_tell_electrodes_apart() -> None:
    for name, differs in (("milmer", True), ("published-code", False)):
        config = tiny(name)
        network = network_of(config)
        eeg, *rest = inputs(config)
        straight, mirrored = (network(part, *rest).logits for part in (eeg, eeg.flip(1)))
        change = straight - mirrored
        assert (change.abs().max().item() > 1e-4) == differs


@pytest.mark.parametrize("norm_first", [False, True])
def test_an_encoder_layer_computes_what_torchs_does(norm_first: bool) -> None:
    config = tiny(norm_first=norm_first)
    torch.manual_seed(1)
    torchs = nn.TransformerEncoderLayer(
        16, 2, 24, dropout=0.0, batch_first=True, norm_first=norm_first
    )
    ours = EncoderLayer(config).eval()
    ours.load_state_dict(torchs.state_dict())
    x = torch.randn(2, 7, 16)
    valid = torch.rand(2, 7) > 0.3
    valid[:, 0] = True
    wanted = torchs(x, src_key_padding_mask=~valid)
    torch.testing.assert_close(ours(x, valid), wanted, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours(x, valid, rows=1), wanted[:, :1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("backbone", "options", "tokens"),
    [
        ("convnext_atto", {}, (4, 320)),
        ("vit_tiny_patch16_224", {"img_size": 64, "depth": 1}, (16, 192)),
    ],
)
def test_other_timm_models_serve_as_backbone(
    backbone: str, options: dict[str, object], tokens: tuple[int, int]
) -> None:
    config = tiny(backbone=backbone, backbone_options=options, image_size=64)
    assert answer(network_of(config), inputs(config, batch=1)).logits.isfinite().all()
    with torch.device("meta"):
        measured = TokenBackbone(config)
    assert (measured.n_tokens, measured.width) == tokens


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"backbone": "swan_tiny"}, "cannot build the backbone 'swan_tiny'"),
        ({"backbone_options": {"wings": 2}}, "cannot build the backbone"),
        ({"image_size": 48}, "no token map for faces of 48 pixels"),
    ],
)
def test_an_impossible_backbone_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence) as raised:
        Milmer(tiny(**changes))
    assert "\n" not in str(raised.value)
    assert raised.value.hint
