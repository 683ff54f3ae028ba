"""Every backend gives what the network gives; which one is taken, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from model_tools import face, predictor_of, saved, tiny, tiny_card, window
from test_model_predictor import plainly

from milmer_live.model.backends import choose
from milmer_live.model.backends import openvino_ as backend_openvino
from milmer_live.model.backends import torch_ as backend_torch
from milmer_live.model.backends.base import (
    Backend,
    Bag,
    EmbeddedFace,
    Precision,
)
from milmer_live.model.backends.choose import (
    Probe,
    choose_predictor,
)
from milmer_live.model.backends.cuda import CudaBackend
from milmer_live.model.backends.openvino_ import OpenVINOBackend
from milmer_live.model.backends.openvino_export import write_parts
from milmer_live.model.backends.precision_check import (
    LEAST_WINDOWS,
    Agreement,
    Verdicts,
)
from milmer_live.model.backends.torch_ import TorchBackend
from milmer_live.model.card import CheckpointFile
from milmer_live.model.network import Milmer
from milmer_live.model.predictor import Predictor
from milmer_live.samples import Float32, UInt8, Window

FACES = [face(seed) for seed in range(6)]
BAGS = ((0, 1, 2, 3), (None, 4, None, 5), (None,) * 4, (2, None, 3, 4))
CONFIGS: tuple[dict[str, Any], ...] = (
    {},
    {"selection": "amil", "fusion": "mlp"},
    {"fusion": "none", "norm_first": True},
    {"modalities": "eeg"},
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for one another are slow where the machine has other things to do."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def windows(config: Any) -> list[Window]:
    bags = [tuple(None if one is None else FACES[one] for one in bag) for bag in BAGS]
    made = [window(config, bag, seed=index) for index, bag in enumerate(bags)]
    deaf = [window(config, bag, eeg_valid=False, seed=9) for bag in bags[:3]]
    return made + deaf


def seeded(config: Any) -> Milmer:
    torch.manual_seed(0)
    return Milmer(config).eval()


def packed(network: Milmer, monkeypatch: pytest.MonkeyPatch, precision: Precision) -> TorchBackend:
    monkeypatch.setattr(backend_torch, "packing_pays", lambda *_of: True)
    return TorchBackend(network, "cpu", precision)


def with_backend(network: Milmer, backend: Backend) -> Predictor:
    return Predictor(tiny_card(network.config, temperature=1.7), backend)


def furthest(network: Milmer, live: Predictor) -> float:
    """Of any probability from that of the plain network."""
    return max(
        float(np.abs(live.predict(one).probabilities - plainly(network, one)).max())
        for one in windows(network.config)
    )


@pytest.mark.parametrize("changes", CONFIGS)
def test_packed_weights_give_what_the_network_gives(
    changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = seeded(tiny(**changes))
    live = with_backend(network, packed(network, monkeypatch, "fp32"))
    assert furthest(network, live) < 1e-5


@pytest.mark.parametrize(
    "changes",
    [
        {"norm_first": True, "selection": "softmax"},  # OpenVINO wants two threads for pre-norm
        {"selection": "amil", "fusion": "mlp"},
        {"fusion": "none"},
        {"modalities": "eeg"},
        {"modalities": "faces"},
    ],
)
def test_openvino_gives_what_the_network_gives(changes: dict[str, Any], tmp_path: Path) -> None:
    network = seeded(tiny(**changes))
    write_parts(network, tmp_path)
    assert furthest(network, with_backend(network, OpenVINOBackend(tmp_path))) < 1e-5


def test_bf16_is_near_and_does_not_touch_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    network = seeded(tiny())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    made = [TorchBackend(network, "cpu", "bf16")]
    if torch.ops.mkldnn._is_mkldnn_bf16_supported():
        made.append(packed(network, monkeypatch, "bf16"))
    apart = [furthest(network, with_backend(network, one)) for one in made]
    assert max(apart) < 0.02
    assert min(apart) > 1e-5, "something is rounded"
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


def test_asking_for_what_is_not_there_gives_the_cpu_and_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(choose, "has_cuda_driver", lambda: False)
    monkeypatch.setattr(choose, "has_mps", lambda: False)
    monkeypatch.setattr(choose, "find_spec", lambda _name: None)
    file = saved(seeded(tiny()), tmp_path)
    for asked, word in (("cuda", "no CUDA driver here"), ("mps", "no Apple GPU here")):
        live = choose_predictor(file, asked, "fp32")  # type: ignore[arg-type]
        assert live.backend.label == "PyTorch on the CPU, fp32"
        assert word in live.reason
        assert f"--device {asked} --precision fp32" in live.reason
    assert "best that works" in choose_predictor(file).reason


def test_a_gpu_without_room_at_the_start_is_left_with_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_file: CheckpointFile, *_how: object) -> Backend:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nMore ...")

    monkeypatch.setattr(choose, "has_cuda_driver", lambda: True)
    monkeypatch.setattr(choose, "_cuda", full)
    monkeypatch.setattr(choose, "find_spec", lambda _name: None)
    live = choose_predictor(saved(seeded(tiny()), tmp_path), "auto", "fp32")
    assert live.backend.label == "PyTorch on the CPU, fp32"
    assert "CUDA cannot be used (CUDA out of memory. Tried to allocate 2 GiB)" in live.reason


class Failing:
    """A GPU that works until its memory is full."""

    label = "CUDA graphs on the Test GPU, bf16"

    def __init__(self, network: Milmer, good_for: int) -> None:
        self._real = TorchBackend(network)
        self.spec = self._real.spec
        self._left = good_for

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        return self._real.embed(images)

    def score(self, image: UInt8) -> float:
        return self._real.score(image)

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        self._left -= 1
        if self._left < 0:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self._real.decide(eeg, bag)

    def slopes(self, eeg: Float32, bag: Bag, toward: Float32) -> Float32:
        return self._real.slopes(eeg, bag, toward)


def test_a_gpu_whose_memory_fills_up_hands_over_to_the_cpu_without_losing_a_window() -> None:
    network = seeded(tiny())
    card = tiny_card(network.config, temperature=1.7)
    live = Predictor(card, Failing(network, 2), spare=lambda: TorchBackend(network))
    assert furthest(network, live) < 1e-5
    assert live.backend.label == "PyTorch on the CPU, fp32"
    assert live.reason == (
        "CUDA graphs on the Test GPU, bf16 failed (CUDA out of memory): "
        "PyTorch on the CPU, fp32 since then."
    )


def test_an_error_of_the_model_itself_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    network = seeded(tiny())
    live = predictor_of(network)

    def broken(_eeg: object, _bag: object) -> Float32:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(live.backend, "decide", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        live.predict(windows(network.config)[0])


if torch.cuda.is_available():  # elsewhere there is nothing that could run it

    @pytest.mark.parametrize(("precision", "near"), [("fp32", 1e-3), ("bf16", 0.02)])
    def test_cuda_graphs_give_what_the_network_gives(precision: Precision, near: float) -> None:
        network = seeded(tiny())
        live = with_backend(network, CudaBackend(network, "cuda", precision))
        assert furthest(network, live) < near


class Shifted:
    """bf16 that is off by `shift` on one logit, and takes no time."""

    label = "Test, bf16"

    def __init__(self, network: Milmer, shift: float) -> None:
        self._real, self._shift = TorchBackend(network), shift
        self.spec = self._real.spec

    def embed(self, images: UInt8) -> list[EmbeddedFace]:
        return self._real.embed(images)

    def score(self, image: UInt8) -> float:
        return self._real.score(image)

    def decide(self, eeg: Float32 | None, bag: Bag) -> Float32:
        return self._real.decide(eeg, bag) + np.array([self._shift, 0, 0, 0], np.float32)

    def slopes(self, eeg: Float32, bag: Bag, toward: Float32) -> Float32:
        return self._real.slopes(eeg, bag, toward)


@pytest.mark.parametrize(("shift", "taken"), [(0.0, True), (0.01, True), (0.5, False)])
def test_auto_takes_a_reduced_precision_only_where_it_agrees(
    shift: float, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = seeded(tiny())
    file = saved(network, tmp_path)
    made = {"fp32": TorchBackend(network), "bf16": Shifted(network, shift)}
    monkeypatch.setattr(choose, "candidates", lambda *_of: [("Test", lambda _file, p: made[p])])
    monkeypatch.setattr(choose, "CHEAP_S", 0.0)
    cost = {"PyTorch on the CPU, fp32": 2.0, "Test, bf16": 1.0}
    monkeypatch.setattr(choose, "seconds_a_window", lambda live: cost[live.backend.label])
    asked = 0

    def probe_windows() -> Sequence[Window]:
        nonlocal asked
        asked += 1
        # The argmax of an untrained network is sure of nothing: EEG alone makes 400 windows.
        return [window(network.config, (FACES[0],) * 4, seed=seed) for seed in range(LEAST_WINDOWS)]

    probe = Probe(probe_windows, Verdicts(tmp_path / "precision.json"))
    for _ in range(2):
        live = choose_predictor(file, probe=probe)
        assert (live.backend.label == "Test, bf16") == taken
        assert ("agrees with fp32" if taken else "not close enough") in live.reason
    assert asked == 1, "the verdict is remembered"


def test_int8_is_said_to_be_openvinos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(choose, "find_spec", lambda _name: None)
    live = choose_predictor(saved(seeded(tiny()), tmp_path), "cpu", "int8")
    assert live.backend.label == "PyTorch on the CPU, fp32"
    assert "int8 is computed by OpenVINO alone" in live.reason


def test_bf16_is_not_claimed_on_a_processor_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """OpenVINO takes the wish, computes in fp32 and says nothing."""
    monkeypatch.setattr(backend_openvino, "capabilities", lambda: frozenset({"FP32", "INT8"}))
    live = choose_predictor(saved(seeded(tiny()), tmp_path), "cpu", "bf16")
    assert live.backend.label == "PyTorch on the CPU, bf16"
    assert "this processor has no bf16" in live.reason
    assert choose.reduced_precisions("OpenVINO") == ("int8",)


def test_agreement_has_limits() -> None:
    exact = [np.array([0.4, 0.3, 0.2, 0.1])] * 400
    assert Agreement.of(exact, exact).allowed
    assert not Agreement.of(exact[:100], exact[:100]).allowed, "too few to tell 99.5 %"
    far = [*exact[:399], np.array([0.375, 0.325, 0.2, 0.1])]
    assert not Agreement.of(exact, far).allowed
    assert Agreement.of(exact, far).same_quadrant == 1.0
    other = [*exact[:396], *[np.array([0.39, 0.41, 0.1, 0.1])] * 4]
    assert Agreement.of(exact, other).same_quadrant == pytest.approx(0.99)


def test_a_damaged_file_of_verdicts_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "precision.json"
    verdicts, agreement = Verdicts(path), Agreement(200, 1.0, 0.001, 0.002)
    verdicts.put("a", agreement)
    assert verdicts.get("a") == agreement
    assert verdicts.get("b") is None
    for content in ("{", "[]", '{"a": {"windows": 1}}', '{"a": 3}'):
        path.write_text(content)
        assert verdicts.get("a") is None
