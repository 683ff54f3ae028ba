"""Channels of a stream as its description, its user and its profile state them: names, kinds,
units, places on the head.

The layout is that of the XDF meta-data for EEG: desc/channels/channel with label, type, unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from milmer_live.errors import ConfigError, SourceFormat
from milmer_live.processing.channel_kinds import Kind, channel_kinds
from milmer_live.processing.channel_names import shared_labels, unique_names
from milmer_live.processing.device_profiles import Profile, Sender, own_profile, shipped_profile
from milmer_live.processing.layouts import find_layout, proposed
from milmer_live.processing.site_names import counts_by_letters, is_site, sites_of
from milmer_live.processing.units import channel_microvolts, is_stated, microvolts, voltage
from milmer_live.samples import Float64

# What a stream says in its `desc` whose stamps are a recording's own time, and run ahead of the
# clock where it is played faster: a replay's.
OWN_TIME = ("time_line", "replay")

NOT_STATED = "not stated"  # the unit of a stream that says none
OURS = "milmer_live"  # the part of `desc` that this program adds
UNNAMED = "-"  # in a list of names: the channel keeps its own
MOST_NAMED = 4  # channels that a sentence names as examples

# What a channel's value has to be multiplied by, as senders call it (App-BrainAmpSeries, the EGI
# and the NeurOne connectors), to be in the stated unit, or in µV where that is counts.
SCALES = ("scaling_factor", "conversion", "Resolusion")
COUNTS = frozenset({"", "count", "counts", "raw", "adc", "bits", "lsb", "none", "unknown", "au"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a user says of a device's channels, before all that the sender or a profile states:
    names in order ("" keeps what is stated), the layout of its electrodes, the unit of its EEG."""

    names: tuple[str, ...] = ()
    layout: str = ""
    unit: str = ""

    @staticmethod
    def of(channels: str, layout: str = "", unit: str = "") -> Said:
        """From `Fp1,-,Cz`, a layout's name and a unit, each "" where nothing is said. Raises
        ConfigError."""
        names = tuple(name.strip() for name in channels.split(",")) if channels else ()
        if not all(names):
            raise ConfigError(
                f"'{channels}' leaves a channel without a name.",
                "Write Fp1,Fp2,Cz; - stands for a channel that keeps its own.",
            )
        if layout:
            layout = find_layout(layout).name
        kept = tuple("" if name == UNNAMED else name for name in names)
        return Said(kept, layout, voltage(unit) if unit else "")

    def or_else(self, other: Said) -> Said:
        """The same, with what `other` says where this says nothing."""
        return Said(self.names or other.names, self.layout or other.layout, self.unit or other.unit)


NOTHING_SAID = Said()


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


@dataclass(frozen=True, slots=True)
class Stated:
    """What a description states of one channel; "" where it says nothing. `scale` is what its
    values have to be multiplied by, None where that is not stated; `odd_scale` is what stands there
    and is no such number."""

    label: str = ""
    kind: str = ""
    unit: str = ""
    scale: float | None = None
    odd_scale: str = ""


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
        said = said.or_else(Said(own.channels, own.layout, own.unit))
    labels = _labels(stated, said, profile)
    kinds = _kinds(labels, stated, sender.type, profile)
    is_eeg = [kind == "EEG" for kind in kinds]
    placed = _Placed.of(sender.name, labels, is_eeg, said, profile)
    names = unique_names(placed.names)
    unit = said.unit or (profile.unit if profile is not None else "")
    units = _Units.of(sender.name, stated, is_eeg, said.unit, unit)
    notes = (*problems, *_names_notes(sender.name, placed.names), *units.notes)
    return ChannelTable(
        names=names,
        unit=units.words,
        to_microvolts=units.factors,
        in_microvolts=not units.problem,
        unusable=units.problem,
        notes=(*notes, *_profile_notes(sender.name, profile, kinds)),
        kinds=kinds,
        electrodes=placed.electrodes,
        unplaced=placed.problem,
        device=profile.title if profile is not None else "",
        said=Said((), placed.layout, units.said),
    )


def with_said(xml: str, table: ChannelTable) -> str:
    """The description with what was said or recognised beside what the sender states."""
    facts = {
        "device": table.device,
        "layout": table.said.layout,
        "device_unit": table.said.unit,
    }
    if not any(facts.values()):
        return xml
    root = ElementTree.fromstring(xml)
    desc = root.find("desc")
    desc = ElementTree.SubElement(root, "desc") if desc is None else desc
    ours = desc.find(OURS)
    ours = ElementTree.SubElement(desc, OURS) if ours is None else ours
    for name, text in facts.items():
        if text and ours.find(name) is None:
            ElementTree.SubElement(ours, name).text = text
    return ElementTree.tostring(root, encoding="unicode")


def said_in(xml: str) -> Said:
    """What `with_said` has written into a description, as far as it means something."""
    ours = ElementTree.fromstring(xml).find(f"./desc/{OURS}") if xml else None
    if ours is None:
        return NOTHING_SAID
    layout, unit = (ours.findtext(name) or "" for name in ("layout", "device_unit"))
    try:
        return Said(
            (), find_layout(layout).name if layout else "", unit if microvolts(unit) else ""
        )
    except ConfigError:
        return Said((), "", unit if microvolts(unit) else "")


def sent_table(name: str, xml: str, n_channels: int) -> ChannelTable:
    """The channels of a stream that is only recorded: nothing is scaled, and its units do not
    matter. Raises SourceFormat for what is no XML."""
    stated = stated_channels(name, xml, n_channels)
    units = {one.unit for one in stated} - {""}
    names = unique_names([one.label for one in stated])
    return ChannelTable(names, ", ".join(sorted(units)), np.ones(n_channels))


def has_own_time(xml: str) -> bool:
    """Whether the stream says that its stamps are a replay's; `xml` may be empty."""
    name, value = OWN_TIME
    return bool(xml) and ElementTree.fromstring(xml).findtext(f"./desc/{name}") == value


def stated_channels(name: str, xml: str, n_channels: int) -> list[Stated]:
    """What stream `name` states of each of its channels, in order; of those that it does not
    describe, or where `xml` is empty, nothing. Raises SourceFormat."""
    found = _channels(name, xml)[:n_channels] if xml else []
    stated = [
        Stated(
            _text(one, "label") or _text(one, "name"),
            _text(one, "type"),
            _text(one, "unit"),
            *_scale(one),
        )
        for one in found
    ]
    return stated + [Stated()] * (n_channels - len(stated))


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
            return _Placed(labels, named, problem=_too_many(stream, labels, said.names))
        knows = profile is not None and profile.layout and not any(named)
        layout = said.layout or (profile.layout if knows and profile is not None else "")
        if layout:
            places = find_layout(layout).places(eeg)
            if places is None:
                return _Placed(labels, named, problem=_does_not_fit(stream, layout, len(eeg)))
            names = list(labels)
            for column, (name, _) in zip(columns, places, strict=True):
                names[column] = name
            return _Placed(
                tuple(names), _all(labels, columns, [site for _, site in places]), layout
            )
        if any(named) or not eeg:
            return _Placed(labels, named)
        return _Placed(labels, named, problem=_not_placed(stream, eeg, profile))


@dataclass(frozen=True, slots=True)
class _Units:
    """Factors to µV, and why those of the EEG are not known."""

    words: str
    factors: Float64
    said: str = ""  # what makes the same factors without a profile
    problem: str = ""
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(
        stream: str, stated: Sequence[Stated], is_eeg: Sequence[bool], by_user: str, known: str
    ) -> _Units:
        """`known` is of the user or of a profile, for what states no voltage itself."""
        used = [
            by_user or (known if known and _lacks(one) else one.unit) if eeg else one.unit
            for one, eeg in zip(stated, is_eeg, strict=True)
        ]
        factors = [
            _factor(one, unit, eeg) for one, unit, eeg in zip(stated, used, is_eeg, strict=True)
        ]
        eeg_units = [unit for unit, eeg in zip(used, is_eeg, strict=True) if eeg]
        unknown = [unit for unit, eeg, own in zip(used, is_eeg, factors, strict=True)
                   if eeg and own is None]  # fmt: skip
        scales = {
            one.scale
            for one, eeg in zip(stated, is_eeg, strict=True)
            if eeg and one.scale is not None and one.scale != 1.0
        }  # fmt: skip
        return _Units(
            ", ".join(sorted({unit or NOT_STATED for unit in eeg_units})) or NOT_STATED,
            np.array([1.0 if own is None else own for own in factors]),
            known if known and known in eeg_units else "",
            _unit_problem(stream, unknown),
            (*_scale_notes(stream, scales), *_odd_scale_notes(stream, stated, is_eeg)),
        )


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


def _channels(name: str, xml: str) -> list[ElementTree.Element]:
    try:
        return ElementTree.fromstring(xml).findall("./desc/channels/channel")
    except ElementTree.ParseError as error:
        raise SourceFormat(f"The description of the LSL stream '{name}' is no XML.") from error


def _text(channel: ElementTree.Element, tag: str) -> str:
    return (channel.findtext(tag) or "").strip()


def _scale(channel: ElementTree.Element) -> tuple[float | None, str]:
    """What is stated, and what is stated and means nothing."""
    text = next(filter(None, (_text(channel, tag) for tag in SCALES)), "")
    try:
        scale = float(text or "nan")
    except ValueError:
        return None, text
    return (scale, "") if np.isfinite(scale) and scale > 0 else (None, text)


def _too_many(stream: str, labels: Sequence[str], given: Sequence[str]) -> str:
    return (
        f"'{stream}' has {len(labels)} channels, and {len(given)} are named by --channels. "
        "Name them in order, as many as there are."
    )


def _does_not_fit(stream: str, layout: str, count: int) -> str:
    return (
        f"The {count} EEG channels of '{stream}' are not those of the layout '{layout}'. "
        "Choose another, or name them: --channels Fp1,Fp2,…"
    )


def _not_placed(stream: str, labels: Sequence[str], profile: Profile | None) -> str:
    """Why it is not known where the EEG of a stream comes from, and what may help."""
    layouts = proposed(labels) or (profile.proposals if profile is not None else ())
    hint = f"--layout {' or --layout '.join(layouts)}" if layouts else ""
    todo = f"Say where they are: {f'{hint}, or ' if hint else ''}--channels Fp1,Fp2,…"
    if not any(labels):
        return f"'{stream}' has {len(labels)} EEG channels without a name. {todo}"
    some = ", ".join(filter(None, labels[:MOST_NAMED])) + (" …" if len(labels) > MOST_NAMED else "")
    if counts_by_letters(labels):
        return f"'{stream}' counts its electrodes ({some}), and has no sites of the head. {todo}"
    return f"The EEG channels of '{stream}' ({some}) are no sites of the head. {todo}"


def _unit_problem(stream: str, unknown: Sequence[str]) -> str:
    if not unknown:
        return ""
    odd = sorted({unit for unit in unknown if is_stated(unit)})
    if not odd:
        return f"The LSL stream '{stream}' does not state its unit. Say it: --unit uV."
    units = ", ".join(f"'{unit}'" for unit in odd)
    said = f"The unit of the LSL stream '{stream}' is {units}" if len(odd) == 1 else ""
    said = said or f"The units of the LSL stream '{stream}' are {units}"
    return f"{said}, which is no voltage. Say it: --unit uV."


def _names_notes(stream: str, labels: Sequence[str]) -> tuple[str, ...]:
    if not (shared := shared_labels(labels)):
        return ()
    return (
        f"The LSL stream '{stream}' has several channels called {', '.join(shared)}. "
        "They are recorded, and none of them is used as an electrode.",
    )


def _scale_notes(stream: str, scales: set[float]) -> tuple[str, ...]:
    if not scales:
        return ()
    factors = ", ".join(f"{scale:g}" for scale in sorted(scales))
    return (
        f"The LSL stream '{stream}' states a scale ({factors}): the model and the screen have its "
        "EEG times that, and the recording has it as sent.",
    )


def _odd_scale_notes(
    stream: str, stated: Sequence[Stated], is_eeg: Sequence[bool]
) -> tuple[str, ...]:
    odd = {one.odd_scale for one, eeg in zip(stated, is_eeg, strict=True) if eeg} - {""}
    return tuple(
        f"The LSL stream '{stream}' states a scale of '{text}', which is no number above 0: it is "
        "not applied."
        for text in sorted(odd)
    )


def _profile_notes(stream: str, profile: Profile | None, kinds: Sequence[Kind]) -> tuple[str, ...]:
    if profile is None:
        return ()
    eeg = sum(kind == "EEG" for kind in kinds)
    others = f" and {len(kinds) - eeg} others" if eeg < len(kinds) else ""
    said = f"'{stream}' is recognised as {profile.title}, {eeg} EEG channels{others}."
    return (f"{said} {profile.note}".strip(),)
