"""Any device's channels become the model's 32: by name, the missing ones by splines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from milmer_live.config import MontageSettings, Preprocessing
from milmer_live.errors import SourceFormat
from milmer_live.processing.channels.electrodes import directions
from milmer_live.processing.channels.site_names import canonical
from milmer_live.processing.eeg.montage import (
    ChannelMap,
    channel_indices,
    spline_weights,
)
from milmer_live.processing.eeg.montage import channel_map as map_of
from milmer_live.processing.eeg.pipeline import (
    EEGPipeline,
    preprocess,
)
from milmer_live.samples import MODEL_CHANNELS, EEGInfo, Float32, Recording

EIGHT = ("Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2")  # OpenBCI's cap
SIXTY_FOUR = (
    *("Fp1", "Fpz", "Fp2", "AF7", "AF3", "AFz", "AF4", "AF8", "F7", "F5", "F3", "F1", "Fz"),
    *("F2", "F4", "F6", "F8", "FT7", "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8"),
    *("T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "T8", "TP7", "CP5", "CP3", "CP1", "CPz"),
    *("CP2", "CP4", "CP6", "TP8", "P7", "P5", "P3", "P1", "Pz", "P2", "P4", "P6", "P8", "PO7"),
    *("PO3", "POz", "PO4", "PO8", "O1", "Oz", "O2", "Iz", "M1", "M2"),
)  # fmt: skip


def channel_map(
    names: Sequence[str], settings: MontageSettings, bad: Sequence[str] = ()
) -> ChannelMap:
    """Of a device whose channels have these names."""
    return map_of(EEGInfo("Amp", "a1", tuple(names), 128.0), settings, bad)


def noise(n_channels: int, n_samples: int = 50) -> Float32:
    rng = np.random.default_rng(3)
    return rng.normal(0, 20, (n_samples, n_channels)).astype(np.float32)


def dipole(names: Sequence[str]) -> Float32:
    """(1, n) µV of a smooth field on the head: a source below the right parietal lobe."""
    import mne

    places = mne.channels.make_standard_montage("colin27_1005").get_positions()["ch_pos"]
    source = np.array([0.03, -0.03, 0.05])
    distance = [np.linalg.norm(np.asarray(places[name]) - source) for name in names]
    return (1.0 / np.array([distance])).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("Fp1", "fp1"), ("FP1", "fp1"), (" fp1 ", "fp1"), ("FPz", "fpz"), ("Fpz", "fpz")),
        *(("T3", "t7"), ("t4", "t8"), ("T5", "p7"), ("T6", "p8"), ("T7", "t7")),
        *(("EEG Fp1", "fp1"), ("EEG T3-REF", "t7"), ("eeg-cz-Ref", "cz"), ("EEG_O1", "o1")),
        *(("EEG FP2-LE", "fp2"), ("Fc5.", "fc5"), ("Cz REF", "cz"), ("EEG 001", "eeg 001")),
        *(("Fp1-A2", "fp1"), ("Fp1-M1", "fp1"), ("EEGFp1", "fp1"), ("Fp1 (uV)", "fp1")),
        *(("1-Fp1", "fp1"), ("ch_Fp1", "fp1"), ("Fp1_EEG", "fp1"), ("TP9-l_ear", "tp9")),
        *(("F7-EOG", "f7-eog"), ("Channel 1", "channel 1"), ("AFF5h", "aff5h"), ("E12", "e12")),
        *(("EEG", "eeg"), ("ECG", "ecg"), ("REF", "ref"), ("", ""), ("C3-C4", "c3-c4")),
    ],
)
def test_a_name_is_known_in_all_its_spellings(name: str, expected: str) -> None:
    assert canonical(name) == expected


def test_with_all_channels_there_the_samples_are_copied_bit_by_bit() -> None:
    names = ("Status", *reversed(MODEL_CHANNELS), "ECG")
    data = noise(len(names))
    data[7, 0] = np.nan  # what the model does not use does not touch what it does

    mapping = channel_map(names, MontageSettings())

    assert mapping.matched == MODEL_CHANNELS
    assert mapping.electrodes == 32
    assert mapping.usable
    np.testing.assert_array_equal(mapping.apply(data), data[:, channel_indices(names)])
    assert mapping.describe() == "32 of the model's 32 channels found."


def test_a_missing_channel_comes_from_its_neighbours() -> None:
    kept = tuple(name for name in MODEL_CHANNELS if name not in ("Cz", "P3"))
    mapping = channel_map(kept, MontageSettings())

    out = mapping.apply(dipole(kept))

    assert mapping.interpolated == ("P3", "Cz")
    assert mapping.describe() == (
        "30 of the model's 32 channels found, 2 made from 30 electrodes: "
        "99% of the model's EEG is known."
    )
    np.testing.assert_allclose(out, dipole(MODEL_CHANNELS), rtol=0.12)
    where = [MODEL_CHANNELS.index(name) for name in kept]
    np.testing.assert_array_equal(out[:, where], dipole(kept))


def test_the_matrix_is_what_apply_does() -> None:
    data = noise(len(EIGHT))
    mapping = channel_map(EIGHT, MontageSettings(min_coverage=0.5))

    np.testing.assert_allclose(mapping.apply(data), data @ mapping.matrix.T, atol=1e-4)
    np.testing.assert_allclose(mapping.matrix.sum(axis=1), 1.0, atol=1e-9)  # an offset stays
    with pytest.raises(ValueError, match="read-only"):
        mapping.matrix[0, 0] = 2.0


def test_interpolation_is_what_mne_does() -> None:
    import mne

    data = noise(len(MODEL_CHANNELS), 20)
    raw = mne.io.RawArray(
        data.T.astype(float), mne.create_info(list(MODEL_CHANNELS), 128.0, "eeg"), verbose="ERROR"
    )
    raw.set_montage("colin27_1005")
    raw.info["bads"] = ["Fz", "O2"]
    raw.interpolate_bads(origin=(-0.00093, 0.01459, 0.04083), verbose="ERROR")

    mapping = channel_map(MODEL_CHANNELS, MontageSettings(), bad=["Fz", "o2"])

    np.testing.assert_allclose(mapping.apply(data), raw.get_data().T, atol=1e-4)


def test_sixty_four_channels_have_all_and_leave_the_rest_unused() -> None:
    mapping = channel_map(SIXTY_FOUR, MontageSettings())

    assert mapping.matched == MODEL_CHANNELS
    assert mapping.electrodes == len(SIXTY_FOUR) - 2  # but for the mastoids


def test_electrodes_that_the_model_does_not_take_still_help() -> None:
    dense = tuple(name for name in SIXTY_FOUR if name != "Cz")
    mapping = channel_map(dense, MontageSettings())

    weights = dict(zip(dense, mapping.matrix[MODEL_CHANNELS.index("Cz")], strict=True))

    assert {name for name, weight in weights.items() if weight > 0.2} == {"C1", "C2", "FCz", "CPz"}
    assert weights["M1"] == weights["M2"] == 0.0  # references are not scalp


def test_below_the_minimum_the_model_goes_without_eeg() -> None:
    few = ("TP9", "AF7", "AF8", "TP10", "C3", "C4")
    info = EEGInfo("Muse", "m1", few, 128.0)
    pipeline = EEGPipeline(info, Preprocessing())

    out = pipeline.process(noise(len(few)))

    assert not pipeline.usable
    assert pipeline.channel_map.describe().startswith("6 electrodes know ")
    there = [MODEL_CHANNELS.index(name) for name in ("C3", "C4")]
    assert np.isfinite(out[:, there]).all()  # to look at, not to judge by
    assert np.isnan(np.delete(out, there, axis=1)).all()
    with pytest.raises(SourceFormat, match="6 electrodes know"):
        preprocess(Recording(info, noise(6), np.arange(50) / 128, "s01", "r1"), Preprocessing())


def test_the_minimum_can_be_set() -> None:
    known = channel_map(EIGHT, MontageSettings()).coverage

    assert channel_map(EIGHT, MontageSettings(min_coverage=known - 0.01)).usable
    assert not channel_map(EIGHT, MontageSettings(min_coverage=known + 0.01)).usable


def test_settings_that_counted_channels_are_still_read() -> None:
    assert MontageSettings.model_validate({"min_channels": 8}) == MontageSettings()


def test_two_channels_of_one_name_are_refused() -> None:
    with pytest.raises(SourceFormat, match="Two channels are called T7"):
        channel_map((*MODEL_CHANNELS, "T3"), MontageSettings())
    assert channel_map((*MODEL_CHANNELS, "AUX", "AUX"), MontageSettings()).usable


def test_splines_are_those_of_mne() -> None:
    import mne

    names = [*EIGHT, "Cz", "Fz", "Oz"]
    positions = mne.channels.make_standard_montage("spherical_1005").get_positions()["ch_pos"]
    unit = np.array([positions[name] / np.linalg.norm(positions[name]) for name in names])
    info = mne.create_info(names, 128.0, "eeg")
    raw = mne.io.RawArray(np.eye(11, 8), info, verbose="ERROR")
    raw.set_montage(
        mne.channels.make_dig_montage(dict(zip(names, unit, strict=True)), coord_frame="head")
    )
    raw.info["bads"] = names[8:]

    raw.interpolate_bads(origin=(0.0, 0.0, 0.0), verbose="ERROR")

    np.testing.assert_allclose(spline_weights(unit[:8], unit[8:]), raw.get_data()[8:], atol=1e-9)


def test_any_sites_of_the_head_will_do() -> None:
    """Sites between the model's give all of its EEG, though none is one of its channels."""
    between = tuple(name for name in SIXTY_FOUR if name not in MODEL_CHANNELS)

    mapping = channel_map(between, MontageSettings())

    assert (mapping.matched, mapping.electrodes) == ((), len(between) - 2)
    assert mapping.coverage > 0.9
    np.testing.assert_allclose(mapping.apply(dipole(between)), dipole(MODEL_CHANNELS), rtol=0.25)


def test_coverage_is_what_sources_in_a_layered_head_say() -> None:
    """Against potentials that MNE works out for dipoles in its own model of the head."""
    import mne

    electrodes, channels = directions([canonical(name) for name in EIGHT])
    info = mne.create_info(list(MODEL_CHANNELS) + [f"x{n}" for n in range(8)], 128.0, "eeg")
    places = dict(zip(info["ch_names"], 0.09 * np.vstack([channels, electrodes]), strict=True))
    info.set_montage(mne.channels.make_dig_montage(places, coord_frame="head"))
    sphere = mne.make_sphere_model(r0=(0, 0, 0), head_radius=0.09, info=info, verbose="ERROR")
    rng = np.random.default_rng(5)
    radii = 0.09 * np.cbrt(rng.uniform(0.65**3, 0.87**3, 1500))[:, np.newaxis]
    moments = rng.normal(size=(1500, 3))
    at = rng.normal(size=(1500, 3))
    at *= radii / np.linalg.norm(at, axis=1, keepdims=True)
    strength = np.linalg.norm(moments, axis=1)
    dipole = mne.Dipole(
        np.arange(1500) / 100, at, strength, moments / strength[:, np.newaxis], np.ones(1500)
    )
    forward, _ = mne.make_forward_dipole(dipole, sphere, info, verbose="ERROR")
    fields = forward["sol"]["data"] * strength
    wanted = fields[:32] - fields[:32].mean(axis=0)
    mapping = channel_map(EIGHT, MontageSettings(min_coverage=0.0))

    made = mapping.matrix @ fields[32:]
    error = made - made.mean(axis=0) - wanted
    shares = np.clip(1 - error.var(axis=1) / wanted.var(axis=1), 0, 1)

    assert mapping.coverage == pytest.approx(shares.mean(), abs=0.03)
