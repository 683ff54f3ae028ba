"""A checkpoint comes back as it was saved; anything else is one sentence with a hint."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from model_tools import inputs, tiny, tiny_card

from milmer_live.config import LabelRule, Preprocessing
from milmer_live.errors import ConfigError, ModelError
from milmer_live.model import checkpoint
from milmer_live.model.card import card_path, new_card, read_card
from milmer_live.model.checkpoint import load, save
from milmer_live.model.network import Milmer


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    torch.manual_seed(0)
    config = tiny()
    card = tiny_card(
        config,
        name="Tiny",
        label_rule=LabelRule(at_threshold="drop"),
        protocol="trial",
        metrics={"accuracy": 0.5},
        data="noise",
        temperature=1.5,
    )
    save(path, Milmer(config), card)
    return path


@pytest.fixture
def saved(original: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    for file in (original, card_path(original)):
        shutil.copy(file, tmp_path)
    return tmp_path / original.name


def test_a_checkpoint_gives_the_same_network_and_card(original: Path) -> None:
    model = load(original)
    torch.manual_seed(0)
    network = Milmer(model.card.config).eval()
    given = inputs(model.card.config)
    assert torch.equal(model.network(*given).logits, network(*given).logits)
    assert not model.network.training
    card = model.card
    assert (card.name, card.protocol, card.metrics) == ("Tiny", "trial", {"accuracy": 0.5})
    assert (card.label_rule.at_threshold, card.temperature) == ("drop", 1.5)
    assert card.libraries["torch"].startswith(torch.__version__.split("+")[0])
    assert len(card.git_commit.removesuffix("-dirty")) in (0, 40)


def test_nothing_but_the_two_files_stays_behind(original: Path) -> None:
    names = {path.name for path in original.parent.iterdir()}
    assert names == {"tiny.safetensors", "tiny.json"}


def test_saving_again_replaces_both(saved: Path) -> None:
    card = read_card(saved)
    save(saved, Milmer(card.config), card)
    assert load(saved).card.weights_sha256 != card.weights_sha256


def test_a_failed_save_leaves_the_old_checkpoint(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    card = read_card(saved)
    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(ModelError, match="No space left"):
        save(saved, Milmer(card.config), card)
    assert load(saved).card == card


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _edit_card(**changes: Any) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        values = json.loads(card_path(path).read_text())
        for name, value in changes.items():
            target = values["config"] if name in values["config"] else values
            target[name] = value
        card_path(path).write_text(json.dumps(values))

    return edit


def _write_card(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        card_path(path).write_bytes(text.encode("latin1"))

    return write


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_truncate, "is damaged"),
        (_flip_a_bit, "is damaged"),
        (lambda path: path.write_bytes(b""), "is damaged"),
        (lambda path: path.unlink(), "There is no checkpoint"),
        (lambda path: card_path(path).unlink(), "card .* is missing"),
        (_write_card("{'name': 1}"), "is not JSON"),
        (_write_card("\xff\xfe"), "is not JSON"),
        (_write_card("[" * 100_000), "is not JSON"),
        (_write_card("[1, 2]"), "not the card of a checkpoint"),
        (_write_card("{}"), "format version None"),
        (_edit_card(format_version=2), "format version 2; this program reads version 1"),
        (_edit_card(temperature=-1), "temperature"),
        (_edit_card(bag_size=5), "the network takes 32 samples at 128 Hz and 5 faces"),
        (_edit_card(d_model=32), r"does not hold the network .*\d+ tensors differ"),
        (_edit_card(encoder_layers=5), "does not hold the network"),
        (_edit_card(d_model=2**20, heads=2), "does not hold the network"),
        (_edit_card(backbone="swan"), "cannot build the backbone"),
    ],
)
def test_a_bad_checkpoint_is_one_sentence(
    saved: Path, spoil: Callable[[Path], object], sentence: str
) -> None:
    spoil(saved)
    with pytest.raises(ModelError, match=sentence) as raised:
        load(saved)
    assert "\n" not in str(raised.value)
    assert raised.value.hint


def test_a_card_must_feed_the_network_as_it_was_built() -> None:
    with pytest.raises(ConfigError, match="the preprocessing gives 384"):
        new_card(tiny(), Preprocessing())


def test_a_card_of_another_network_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another network"):
        save(tmp_path / "a.safetensors", Milmer(tiny()), tiny_card(tiny(queries=3)))


def test_a_checkpoint_has_one_ending(tmp_path: Path) -> None:
    config = tiny()
    with pytest.raises(ModelError, match=r"ends in \.safetensors"):
        save(tmp_path / "model.pt", Milmer(config), tiny_card(config))
