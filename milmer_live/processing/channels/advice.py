"""What is not known of a stream's channels, or odd about them, and what to do: in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from milmer_live.processing.channels.device_profiles import Profile
from milmer_live.processing.channels.kinds import Kind
from milmer_live.processing.channels.layouts import proposed
from milmer_live.processing.channels.names import shared_labels
from milmer_live.processing.channels.site_names import (
    are_bipolar,
    counts_by_letters,
)
from milmer_live.processing.channels.stream_description import Stated
from milmer_live.processing.eeg.units import is_stated

MOST_NAMED = 4  # channels that a sentence names as examples


def too_many(stream: str, labels: Sequence[str], given: Sequence[str]) -> str:
    """Of a user who names more channels than there are."""
    return (
        f"'{stream}' has {len(labels)} channels, and {len(given)} are named by --channels. "
        "Name them in order, as many as there are."
    )


def does_not_fit(stream: str, layout: str, count: int) -> str:
    """Of a layout that the user, or a profile, has named."""
    return (
        f"The {count} EEG channels of '{stream}' are not those of the layout '{layout}'. "
        "Choose another, or name them: --channels Fp1,Fp2,…"
    )


def not_placed(stream: str, labels: Sequence[str], profile: Profile | None) -> str:
    """Why it is not known where the EEG of a stream comes from, and what may help."""
    layouts = proposed(labels) or (profile.proposals if profile is not None else ())
    hint = f"--layout {' or --layout '.join(layouts)}" if layouts else ""
    todo = f"Say where they are: {f'{hint}, or ' if hint else ''}--channels Fp1,Fp2,…"
    if not any(labels):
        return f"'{stream}' has {len(labels)} EEG channels without a name. {todo}"
    some = ", ".join(filter(None, labels[:MOST_NAMED])) + (" …" if len(labels) > MOST_NAMED else "")
    if are_bipolar(labels):
        return (
            f"The EEG of '{stream}' is between pairs of electrodes ({some}). The model needs it "
            "against one reference: choose that in the amplifier's program."
        )
    if counts_by_letters(labels):
        return f"'{stream}' counts its electrodes ({some}), and has no sites of the head. {todo}"
    return f"The EEG channels of '{stream}' ({some}) are no sites of the head. {todo}"


def unit_problem(stream: str, unknown: Sequence[str]) -> str:
    """Why the EEG is not known in µV, by the units of channels of which that is so; empty where
    there are none."""
    if not unknown:
        return ""
    odd = sorted({unit for unit in unknown if is_stated(unit)})
    if not odd:
        return f"The LSL stream '{stream}' does not state its unit. Say it: --unit uV."
    units = ", ".join(f"'{unit}'" for unit in odd)
    said = f"The unit of the LSL stream '{stream}' is {units}" if len(odd) == 1 else ""
    said = said or f"The units of the LSL stream '{stream}' are {units}"
    return f"{said}, which is no voltage. If its values are in one, say it: --unit uV."


def names_notes(stream: str, labels: Sequence[str]) -> tuple[str, ...]:
    """Of channels that have the name of one electrode."""
    if not (shared := shared_labels(labels)):
        return ()
    return (
        f"The LSL stream '{stream}' has several channels called {', '.join(shared)}. "
        "They are recorded, and none of them is used as an electrode.",
    )


def scale_notes(stream: str, scales: set[float]) -> tuple[str, ...]:
    """Of the scales that the sender states for its EEG and that are applied."""
    if not scales:
        return ()
    factors = ", ".join(f"{scale:g}" for scale in sorted(scales))
    return (
        f"The LSL stream '{stream}' states a scale ({factors}): the model and the screen have its "
        "EEG times that, and the recording has it as sent.",
    )


def profile_scale_notes(stream: str, scale: float) -> tuple[str, ...]:
    """Of a scale that is applied and that a profile knows; 0: none."""
    if not scale:
        return ()
    return (
        f"The profile of '{stream}' has a scale ({scale:g}): the model and the screen have its EEG "
        "times that, and the recording has it as sent.",
    )


def odd_scale_notes(
    stream: str, stated: Sequence[Stated], is_eeg: Sequence[bool]
) -> tuple[str, ...]:
    """Of scales that mean nothing."""
    odd = {one.odd_scale for one, eeg in zip(stated, is_eeg, strict=True) if eeg} - {""}
    return tuple(
        f"The LSL stream '{stream}' states a scale of '{text}', which is no number above 0: it is "
        "not applied."
        for text in sorted(odd)
    )


def profile_notes(stream: str, profile: Profile | None, kinds: Sequence[Kind]) -> tuple[str, ...]:
    """What the sender is recognised as."""
    if profile is None:
        return ()
    eeg = sum(kind == "EEG" for kind in kinds)
    others = f" and {len(kinds) - eeg} others" if eeg < len(kinds) else ""
    said = f"'{stream}' is recognised as {profile.title}, {eeg} EEG channels{others}."
    return (f"{said} {profile.note}".strip(),)
