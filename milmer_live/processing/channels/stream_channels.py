"""Channels of a stream as its description, its user and its profile state them: names, kinds,
units, places on the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from milmer_live.processing.channels.advice import (
    does_not_fit,
    names_notes,
    not_placed,
    odd_scale_notes,
    profile_notes,
    profile_scale_notes,
    scale_notes,
    too_many,
    unit_problem,
)
from milmer_live.processing.channels.device_profiles import (
    Profile,
    Sender,
    own_profile,
    shipped_profile,
)
from milmer_live.processing.channels.kinds import (
    Kind,
    channel_kinds,
)
from milmer_live.processing.channels.layouts import find_layout
from milmer_live.processing.channels.names import unique_names
from milmer_live.processing.channels.site_names import (
    is_site,
    sites_of,
)
from milmer_live.processing.channels.stream_description import (
    Stated,
    stated_channels,
)
from milmer_live.processing.channels.user_channels import (
    NOTHING_SAID,
    Said,
    said_in,
)
from milmer_live.processing.eeg.units import channel_microvolts
from milmer_live.samples import Float64

NOT_STATED = "not stated"  # the unit of a stream that says none
COUNTS = frozenset({"", "count", "counts", "raw", "adc", "bits", "lsb", "none", "unknown", "au"})


@dataclass(frozen=True, slots=True)
class ChannelTable:
    """The channels of a stream.

    `kinds` and `electrodes` as in `EEGInfo`. `to_microvolts` (n_channels,) is the factor of each,
    1 for what is left as it is. `unusable` says why the model cannot have the stream, and
    `unplaced` why it is not known where its electrodes are, each with what to do; empty where
    nothing is wrong, or where it is not asked for. `in_microvolts`: with these factors the EEG is
    in µV. `notes` should be said once. `device` is what the sender was recognised as, and `said`
    what makes the same table without a profile.
    """

    names: tuple[str, ...]
    unit: str
    to_microvolts: Float64
    in_microvolts: bool = False
    unusable: str = ""
    notes: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    electrodes: tuple[str, ...] = ()
    unplaced: str = ""
    device: str = ""
    said: Said = NOTHING_SAID


def channel_table(
    sender: Sender, xml: str, n_channels: int, said: Said = NOTHING_SAID
) -> ChannelTable:
    """The channels of a stream for the model, from its full description.

    What the user has said goes before what an earlier version of this program wrote into the
    description, that before the user's own profile, that before what the sender states, and that
    before what a profile of ours knows of such a sender. No description is refused: a stream is
    recorded whether the model can use it or not.
    Raises SourceFormat for what is no XML.
    """
    stated = stated_channels(sender.name, xml, n_channels)
    own, problems = own_profile(sender, n_channels)
    profile = own or shipped_profile(sender, n_channels)
    said = said.or_else(said_in(xml))
    if own is not None:
        said = said.or_else(Said(own.channels, own.layout, own.unit, own.scale))
    labels = _labels(stated, said, profile)
    kinds = _kinds(labels, stated, sender.type, profile)
    is_eeg = [kind == "EEG" for kind in kinds]
    placed = _Placed.of(sender.name, labels, is_eeg, said, profile)
    names = unique_names(placed.names)
    known = said if profile is None else said.or_else(Said((), "", profile.unit, profile.scale))
    units = _Units.of(sender.name, stated, is_eeg, said, known)
    notes = (*problems, *names_notes(sender.name, placed.names), *units.notes)
    return ChannelTable(
        names=names,
        unit=units.words,
        to_microvolts=units.factors,
        in_microvolts=not units.problem,
        unusable=units.problem,
        notes=(*notes, *profile_notes(sender.name, profile, kinds)),
        kinds=kinds,
        electrodes=placed.electrodes,
        unplaced=placed.problem,
        device=profile.title if profile is not None else "",
        said=Said((), placed.layout, units.said, units.scale),
    )


def sent_table(name: str, xml: str, n_channels: int) -> ChannelTable:
    """The channels of a stream that is only recorded: nothing is scaled, and its units do not
    matter. Raises SourceFormat for what is no XML."""
    stated = stated_channels(name, xml, n_channels)
    units = {one.unit for one in stated} - {""}
    names = unique_names([one.label for one in stated])
    return ChannelTable(names, ", ".join(sorted(units)), np.ones(n_channels))


@dataclass(frozen=True, slots=True)
class _Placed:
    """Names and places of the channels, and why those of the EEG are not known."""

    names: tuple[str, ...]
    electrodes: tuple[str, ...]
    layout: str = ""  # that the user, or a profile, has named
    problem: str = ""

    @staticmethod
    def of(
        stream: str,
        labels: tuple[str, ...],
        is_eeg: Sequence[bool],
        said: Said,
        profile: Profile | None,
    ) -> _Placed:
        columns = [column for column, eeg in enumerate(is_eeg) if eeg]
        eeg = [labels[column] for column in columns]
        named = _all(labels, columns, sites_of(eeg))
        if len(said.names) > len(labels):
            return _Placed(labels, named, problem=too_many(stream, labels, said.names))
        knows = profile is not None and profile.layout and not any(named)
        layout = said.layout or (profile.layout if knows and profile is not None else "")
        if layout:
            places = find_layout(layout).places(eeg)
            if places is None:
                return _Placed(labels, named, problem=does_not_fit(stream, layout, len(eeg)))
            names = list(labels)
            for column, (name, _) in zip(columns, places, strict=True):
                names[column] = name
            return _Placed(
                tuple(names), _all(labels, columns, [site for _, site in places]), layout
            )
        if any(named) or not eeg:
            return _Placed(labels, named)
        return _Placed(labels, named, problem=not_placed(stream, eeg, profile))


@dataclass(frozen=True, slots=True)
class _Units:
    """Factors to µV, and why those of the EEG are not known."""

    words: str
    factors: Float64
    said: str = ""  # what makes the same factors without a profile
    scale: float = 0.0  # the same
    problem: str = ""
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(
        stream: str, stated: Sequence[Stated], is_eeg: Sequence[bool], by_user: Said, known: Said
    ) -> _Units:
        """`known` is of the user or of a profile, for what states no voltage itself."""
        columns = tuple(zip(stated, is_eeg, strict=True))
        units = [_unit(one, by_user, known) if eeg else one.unit for one, eeg in columns]
        scaled = [
            replace(one, scale=_scale(one, by_user, known)) if eeg else one for one, eeg in columns
        ]
        factors = [
            _factor(one, unit, eeg) for one, unit, eeg in zip(scaled, units, is_eeg, strict=True)
        ]
        eeg_units = [unit for unit, eeg in zip(units, is_eeg, strict=True) if eeg]
        unknown = [unit for unit, eeg, own in zip(units, is_eeg, factors, strict=True)
                   if eeg and own is None]  # fmt: skip
        pairs = tuple(zip(stated, scaled, strict=True))
        ours = known.scale if any(one.scale != new.scale for one, new in pairs) else 0.0
        theirs = {
            new.scale
            for (one, new), eeg in zip(pairs, is_eeg, strict=True)
            if eeg and new.scale == one.scale and new.scale not in (None, 1.0)
        }
        return _Units(
            ", ".join(sorted({unit or NOT_STATED for unit in eeg_units})) or NOT_STATED,
            np.array([1.0 if own is None else own for own in factors]),
            known.unit if known.unit and known.unit in eeg_units else "",
            ours,
            unit_problem(stream, unknown),
            (
                *scale_notes(stream, {scale for scale in theirs if scale is not None}),
                *profile_scale_notes(stream, ours),
                *odd_scale_notes(stream, stated, is_eeg),
            ),
        )


def _unit(one: Stated, by_user: Said, known: Said) -> str:
    """Of a channel of EEG."""
    return by_user.unit or (known.unit if known.unit and _lacks(one) else one.unit)


def _scale(one: Stated, by_user: Said, known: Said) -> float | None:
    """Of a channel of EEG; None where nobody says one."""
    return by_user.scale or (known.scale if known.scale and _lacks(one) else one.scale)


def _lacks(one: Stated) -> bool:
    """Whether a channel of EEG does not say in which unit it is."""
    return channel_microvolts(one.kind, one.unit) is None and one.scale is None


def _factor(one: Stated, unit: str, is_eeg: bool) -> float | None:
    """To µV; None where that is not known, or where it is no voltage."""
    kind = "EEG" if is_eeg else one.kind
    own = channel_microvolts(kind, unit)
    if own is None and is_eeg and one.scale is not None and unit.strip().lower() in COUNTS:
        own = 1.0  # counts, and how many µV one is
    if own is None:
        return None
    return own * (one.scale if one.scale is not None else 1.0)


def _labels(stated: Sequence[Stated], said: Said, profile: Profile | None) -> tuple[str, ...]:
    own = [one.label for one in stated]
    says_where = any(is_site(label) for label in own)
    known = profile.channels if profile is not None and not says_where else ()
    by_profile = [*known, *[""] * len(own)][: len(own)]
    names = said.names if len(said.names) <= len(own) else ()
    by_user = [*names, *[""] * len(own)][: len(own)]
    triples = zip(by_user, own, by_profile, strict=True)
    return tuple(user or profiled or sent for user, sent, profiled in triples)


def _kinds(
    labels: Sequence[str], stated: Sequence[Stated], stream_type: str, profile: Profile | None
) -> tuple[Kind, ...]:
    types = [one.kind for one in stated]
    types = types if any(types) else [stream_type] * len(types)
    found = channel_kinds(labels, types, [one.unit for one in stated], stream_type)
    if profile is None:
        return found
    pairs = enumerate(zip(labels, found, strict=True), 1)
    return tuple(profile.kind_of(number, label) or kind for number, (label, kind) in pairs)


def _all(labels: Sequence[str], columns: Sequence[int], sites: Sequence[str]) -> tuple[str, ...]:
    """Sites of all channels, from those of the EEG."""
    found = [""] * len(labels)
    for column, site in zip(columns, sites, strict=True):
        found[column] = site
    return tuple(found)
