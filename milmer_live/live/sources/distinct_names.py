"""What tells apart things that have the same name: the part of their specs that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from milmer_live.acquisition.lsl.spec import parsed
from milmer_live.errors import ConfigError
from milmer_live.live.state import SourceStatus
from milmer_live.storage.session.balance import StreamBalance

LSL = "lsl:"


def apart(named: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """For each name and spec, what has to be shown beside the name: "" where no other has it,
    else the values in its spec that others of the name do not share, such as a source_id."""
    counts = Counter(name for name, _ in named)
    return tuple(
        _apart(name, spec, [other for called, other in named if called == name])
        if counts[name] > 1
        else ""
        for name, spec in named
    )


def shown_apart(named: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Each name as it is shown among the others: `name`, or `name (source_id)`."""
    pairs = zip(named, apart(named), strict=True)
    return tuple(f"{name} ({what})" if what else name for (name, _), what in pairs)


def sources_apart(sources: Sequence[SourceStatus]) -> tuple[SourceStatus, ...]:
    """`sources` with titles that tell them apart."""
    found = apart([(one.called, one.spec) for one in sources])
    return tuple(replace(one, apart=what) for one, what in zip(sources, found, strict=True))


def balances_apart(balances: Sequence[StreamBalance]) -> tuple[StreamBalance, ...]:
    """`balances` with titles that tell them apart."""
    found = apart([(one.called, one.asked) for one in balances])
    return tuple(
        one if one.apart == what else one.model_copy(update={"apart": what})
        for one, what in zip(balances, found, strict=True)
    )


def _apart(name: str, spec: str, specs: Sequence[str]) -> str:
    every = [_fields(one) for one in specs]
    return ", ".join(
        value
        for field, value in _fields(spec).items()
        if value != name and any(one.get(field) != value for one in every)
    )


def _fields(spec: str) -> Mapping[str, str]:
    """The fields of an LSL spec; of any other the whole."""
    if spec.startswith(LSL):
        try:
            wanted, _ = parsed(spec.removeprefix(LSL), "channels", "unit")
        except ConfigError:
            return {"": spec}
        return {field: str(value) for field, value in wanted.items()}
    return {"": spec}
