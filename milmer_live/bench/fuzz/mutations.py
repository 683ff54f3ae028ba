"""Changes to the bytes of a file, as a bad disk, a bad cable and a bad program make them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np

MOST_CHANGES = 6
LONGEST = 400  # bytes that are moved, repeated or left out at a time
DEEP = 20_000

_NUMBERS = (
    0,
    1,
    2,
    7,
    127,
    128,
    255,
    256,
    65_535,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    2**64 - 1,
)
_TOKENS = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\r\n", b"\n", b"'", b'"', b"<", b">", b"&",
    b"&#3;", b"</info>", b"<info>", b"-1", b"0", b"nan", b"inf", b"1e999", b"9" * 30, b"9" * 5000,
    "²".encode(), "١".encode(), b"None", b"null", b"true", b"[" * 50, b"]", b"{", b"}", b",,,,",
    b"=", b"../../x", b"/", b"\x04\xff\xff\xff\xff", b"\x08" + b"\xff" * 8, b"1970-01-01T00:00:00",
)  # fmt: skip

Random = np.random.Generator
Change = Callable[[Random, bytearray], None]


def mutated(random: Random, seeds: Sequence[bytes]) -> bytes:
    """One of `seeds` after some changes; now and then the beginning of one before the end of
    another."""
    data = bytearray(seeds[int(random.integers(len(seeds)))])
    if random.random() < 0.05:
        other = seeds[int(random.integers(len(seeds)))]
        data = data[: _place(random, data)] + bytearray(other)[random.integers(len(other) + 1) :]
    for _ in range(min(int(random.geometric(0.6)), MOST_CHANGES)):
        _CHANGES[random.integers(len(_CHANGES))](random, data)
    if random.random() < 0.01:
        at = _place(random, data)
        data[at:at] = bytes(data[at : at + 1] or b"[") * DEEP
    return bytes(data)


def _place(random: Random, data: bytearray) -> int:
    """Anywhere, but half of the time near the beginning, where the headers are."""
    most = min(len(data), 256) if random.random() < 0.5 else len(data)
    return int(random.integers(most + 1))


def _flip(random: Random, data: bytearray) -> None:
    if data:
        at = min(_place(random, data), len(data) - 1)
        data[at] ^= 1 << random.integers(8)


def _byte(random: Random, data: bytearray) -> None:
    if data:
        data[min(_place(random, data), len(data) - 1)] = random.integers(256)


def _number(random: Random, data: bytearray) -> None:
    """A number that is too large, too small or on the edge, in place of what is there."""
    value = _NUMBERS[random.integers(len(_NUMBERS))]
    size = (1, 2, 4, 8)[random.integers(4)]
    raw = struct.pack("<Q", value)[:size]
    at = _place(random, data)
    data[at : at + size] = raw if random.random() < 0.7 else raw[::-1]


def _token(random: Random, data: bytearray) -> None:
    at = _place(random, data)
    replaced = int(random.integers(4)) if random.random() < 0.5 else 0
    data[at : at + replaced] = _TOKENS[random.integers(len(_TOKENS))]


def _digits(random: Random, data: bytearray) -> None:
    """Another number where one is written out."""
    places = [at for at in range(len(data)) if 48 <= data[at] <= 57][:2000]
    if places:
        at = places[random.integers(len(places))]
        data[at : at + 1] = _TOKENS[random.integers(len(_TOKENS))]


def _cut(random: Random, data: bytearray) -> None:
    del data[_place(random, data) :]


def _leave_out(random: Random, data: bytearray) -> None:
    at = _place(random, data)
    del data[at : at + int(random.integers(1, LONGEST))]


def _repeat(random: Random, data: bytearray) -> None:
    at = _place(random, data)
    piece = data[at : at + int(random.integers(1, LONGEST))]
    data[at:at] = piece * int(random.integers(1, 4))


def _move(random: Random, data: bytearray) -> None:
    at = _place(random, data)
    piece = data[at : at + int(random.integers(1, LONGEST))]
    del data[at : at + len(piece)]
    to = _place(random, data)
    data[to:to] = piece


def _noise(random: Random, data: bytearray) -> None:
    at = _place(random, data)
    noise = random.bytes(int(random.integers(1, 64)))
    data[at : at + len(noise)] = noise


def _zeros(random: Random, data: bytearray) -> None:
    """As a file that was being written when the power failed."""
    at = _place(random, data)
    size = min(len(data) - at, int(random.integers(1, LONGEST)))
    data[at : at + size] = bytes(size)


_CHANGES: tuple[Change, ...] = (
    _flip, _byte, _number, _number, _token, _digits, _cut, _leave_out, _repeat, _move, _noise,
    _zeros,
)  # fmt: skip
