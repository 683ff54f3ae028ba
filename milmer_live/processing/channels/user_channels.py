"""What a user says of a device's channels, and how it is kept in the description of its stream."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from milmer_live.errors import ConfigError
from milmer_live.processing.channels.layouts import find_layout
from milmer_live.processing.channels.stream_description import positive
from milmer_live.processing.eeg.units import (
    microvolts,
    voltage,
)

OURS = "milmer_live"  # the part of `desc` that this program adds
UNNAMED = "-"  # in a list of names: the channel keeps its own


@dataclass(frozen=True, slots=True)
class Said:
    """What a user says of a device's channels, before all that the sender or a profile states:
    names in order ("" keeps what is stated), the layout of its electrodes, the unit of its EEG and
    what its values have to be multiplied by to be in it (0: nothing is said)."""

    names: tuple[str, ...] = ()
    layout: str = ""
    unit: str = ""
    scale: float = 0.0

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
        """The same, with what `other` says where this says nothing. A scale is one to a unit."""
        sized = self if self.unit or self.scale else other
        names, layout = self.names or other.names, self.layout or other.layout
        return Said(names, layout, sized.unit, sized.scale)


NOTHING_SAID = Said()


def with_said(xml: str, said: Said, device: str) -> str:
    """The description with what was said, and what the sender was recognised as, beside what it
    states itself."""
    facts = {
        "device": device,
        "layout": said.layout,
        "device_unit": said.unit,
        "device_scale": repr(said.scale) if said.scale else "",
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
        layout = find_layout(layout).name if layout else ""
    except ConfigError:
        layout = ""
    scale = positive(ours.findtext("device_scale") or "") or 0.0
    return Said((), layout, unit if microvolts(unit) else "", scale)
