"""What is not known of a stream's channels, or odd about them, and what to do: in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from milmer_live.catalogue import Code
from milmer_live.messages import Message
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

NAMING = "--channels Fp1,Fp2,…"
MOST_NAMED = 4  # channels that a sentence names as examples


def too_many(stream: str, labels: Sequence[str], given: Sequence[str]) -> Message:
    """Of a user who names more channels than there are."""
    why = Message(Code.TOO_MANY_NAMED, name=stream, count=len(labels), given=len(given))
    return _then(why, Message(Code.NAME_IN_ORDER))


def does_not_fit(stream: str, layout: str, count: int) -> Message:
    """Of a layout that the user, or a profile, has named."""
    why = Message(Code.LAYOUT_MISFIT, name=stream, layout=layout, count=count)
    return _then(why, Message(Code.CHOOSE_ANOTHER_LAYOUT))


def not_placed(stream: str, labels: Sequence[str], profile: Profile | None) -> Message:
    """Why it is not known where the EEG of a stream comes from, and what may help."""
    layouts = proposed(labels) or (profile.proposals if profile is not None else ())
    options = NAMING
    if layouts:
        options = f"--layout {' or --layout '.join(layouts)}, or {NAMING}"
    todo = Message(Code.SAY_WHERE, options=options)
    if not any(labels):
        return _then(Message(Code.NO_NAMES, name=stream, count=len(labels)), todo)
    some = ", ".join(filter(None, labels[:MOST_NAMED])) + (" …" if len(labels) > MOST_NAMED else "")
    if are_bipolar(labels):
        why = Message(Code.BIPOLAR, name=stream, some=some)
        return _then(why, Message(Code.CHOOSE_ONE_REFERENCE))
    counts = counts_by_letters(labels)
    return _then(Message(Code.COUNTED if counts else Code.NO_SITES, name=stream, some=some), todo)


def unit_problem(stream: str, unknown: Sequence[str]) -> str:
    """Why the EEG is not known in µV, by the units of channels of which that is so; empty where
    there are none."""
    if not unknown:
        return ""
    odd = sorted({unit for unit in unknown if is_stated(unit)})
    if not odd:
        return Message(Code.UNIT_UNSTATED, name=stream)
    units = ", ".join(f"'{unit}'" for unit in odd)
    return Message(
        Code.UNIT_NO_VOLTAGE if len(odd) == 1 else Code.UNITS_NO_VOLTAGE, name=stream, units=units
    )


def names_notes(stream: str, labels: Sequence[str]) -> tuple[Message, ...]:
    """Of channels that have the name of one electrode."""
    shared = shared_labels(labels)
    if not shared:
        return ()
    return (Message(Code.SHARED_NAMES, name=stream, channels=", ".join(shared)),)


def scale_notes(stream: str, scales: set[float]) -> tuple[Message, ...]:
    """Of the scales that the sender states for its EEG and that are applied."""
    if not scales:
        return ()
    factors = ", ".join(f"{scale:g}" for scale in sorted(scales))
    return (Message(Code.SCALE_STATED, name=stream, factors=factors),)


def profile_scale_notes(stream: str, scale: float) -> tuple[Message, ...]:
    """Of a scale that is applied and that a profile knows; 0: none."""
    return (Message(Code.SCALE_OF_PROFILE, name=stream, scale=scale),) if scale else ()


def odd_scale_notes(
    stream: str, stated: Sequence[Stated], is_eeg: Sequence[bool]
) -> tuple[Message, ...]:
    """Of scales that mean nothing."""
    odd = {one.odd_scale for one, eeg in zip(stated, is_eeg, strict=True) if eeg} - {""}
    return tuple(Message(Code.ODD_SCALE, name=stream, scale=text) for text in sorted(odd))


def profile_notes(
    stream: str, profile: Profile | None, kinds: Sequence[Kind]
) -> tuple[Message, ...]:
    """What the sender is recognised as."""
    if profile is None:
        return ()
    eeg = sum(kind == "EEG" for kind in kinds)
    others = len(kinds) - eeg
    said = Message(Code.RECOGNISED, name=stream, title=profile.title, count=eeg)
    if others:
        said = Message(
            Code.RECOGNISED_WITH_OTHERS,
            name=stream,
            title=profile.title,
            count=eeg,
            others=others,
        )
    return (_then(said, profile.note) if profile.note else said,)


def _then(why: Message, then: str) -> Message:
    return Message(Code.THEN, why=why, then=then)
