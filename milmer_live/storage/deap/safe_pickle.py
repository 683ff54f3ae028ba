"""Read a pickle of numpy arrays without running what it says.

A pickle is a program: it can name any function of any module and call it, and ask for memory
without end. This reads the few opcodes that a dictionary of arrays needs (CPython's `pickletools`
describes them) and builds arrays, texts, numbers, tuples, lists and dictionaries, nothing else.
Arrays are views of the file's bytes. What is declared is checked before anything is made.
"""

from __future__ import annotations

import codecs
import math
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from milmer_live.errors import DatasetError, reading

MOST_BYTES = 1 << 30  # DEAP's largest file has 103 MB
MOST_OPCODES = 100_000  # DEAP's files have some dozens
MOST_DIGITS = 20
MOST_TEXT = 1000
MOST_AXES = 8
HINT = "Get the file again; it may have been cut short."

_DTYPE = re.compile(r"[<>|=]?([biuf])([1248])")
_ORDERS = ("<", ">", "|", "=")
_MARK = object()


class _Refused(Exception):
    """The pickle asked for a name that it must not have."""


class _Damaged(Exception):
    """Why these opcodes are not those of a dictionary of arrays."""


class _Name(NamedTuple):
    """A function or a class, which is never called."""

    module: str
    name: str


_RECONSTRUCT = (
    _Name("numpy.core.multiarray", "_reconstruct"),  # numpy 1
    _Name("numpy._core.multiarray", "_reconstruct"),  # numpy 2
)
_NDARRAY = _Name("numpy", "ndarray")
_NEW_DTYPE = _Name("numpy", "dtype")
_ENCODE = _Name("_codecs", "encode")
_ALLOWED = frozenset((*_RECONSTRUCT, _NDARRAY, _NEW_DTYPE, _ENCODE))


class _Dtype:
    """A type of numbers, whose order of bytes comes with its state."""

    def __init__(self, code: str) -> None:
        if (found := _DTYPE.fullmatch(code)) is None:
            raise _Damaged(f"an array of the type '{code[:20]}'")
        self._code = found[1] + found[2]
        self.dtype: np.dtype[Any] = np.dtype(self._code)

    def build(self, state: tuple[Any, ...]) -> None:
        """`state` as numpy writes it: its version, the order of bytes, and what only types with
        fields have."""
        if (order := _text(state[1])) not in _ORDERS:
            raise _Damaged("an array without an order of bytes")
        self.dtype = np.dtype(order + self._code)


class _Array:
    """An array, empty until its state comes."""

    array: np.ndarray[Any, Any] | None = None

    def build(self, state: tuple[Any, ...]) -> None:
        """`state` as numpy writes it: version, shape, type, whether columns come first, bytes."""
        _version, shape, kind, fortran, raw = state
        content = raw.encode("latin-1") if isinstance(raw, str) else raw
        axes = [axis for axis in shape if isinstance(axis, int) and axis >= 0]
        if len(axes) != len(shape) or len(axes) > MOST_AXES:
            raise _Damaged("an array without a shape")
        if math.prod(axes) * kind.dtype.itemsize != len(content):
            raise _Damaged(f"an array of the shape {tuple(axes)} in {len(content)} bytes")
        values = np.frombuffer(content, kind.dtype)
        if fortran is True:
            self.array = values.reshape(axes[::-1]).transpose()
        else:
            self.array = values.reshape(axes)


class _Machine:
    """Runs the opcodes over a stack. Strings of Python 2 are views of the file's bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._room = 3 * len(data) + MOST_TEXT

    def run(self) -> Any:
        for _ in range(MOST_OPCODES):
            code = self._take(1)[0]
            if code == ord("."):
                return self._stack.pop()
            try:
                step = _STEPS[code]
            except KeyError:
                raise _Damaged(f"the opcode {code:#04x}") from None
            step(self)
        raise _Damaged(f"more than {MOST_OPCODES:,} opcodes")

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def skip(self, n_bytes: int) -> None:
        self._take(n_bytes)

    def number(self, code: str) -> Any:
        """One value in the format `code` of `struct`."""
        layout = struct.Struct(code)
        return layout.unpack(self._take(layout.size))[0]

    def sized(self, code: str) -> memoryview:
        """Bytes with their length before them."""
        return self._take(self.number(code))

    def line(self) -> str:
        """Text up to the end of its line."""
        stop = self._data.obj.find(b"\n", self._at)  # type: ignore[attr-defined]
        if stop < 0:
            raise _Damaged("a line without an end")
        text = bytes(self._take(stop - self._at)).decode("latin-1")
        self._at += 1
        return text

    def pop_tuple(self, n: int) -> tuple[Any, ...]:
        if len(self._stack) < n:
            raise _Damaged("too few values")
        items = self._stack[len(self._stack) - n :]
        del self._stack[len(self._stack) - n :]
        return tuple(items)

    def pop_marked(self) -> list[Any]:
        """All values behind the last mark."""
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place] is _MARK:
                items = self._stack[place + 1 :]
                del self._stack[place:]
                return items
        raise _Damaged("no mark")

    def remember(self, place: int | None = None) -> None:
        self._memo[len(self._memo) if place is None else place] = self._stack[-1]

    def recall(self, place: int) -> None:
        self.push(self._memo[place])

    def new_dict(self, items: list[Any]) -> None:
        self.push({})
        self.set_items(items)

    def set_items(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise _Damaged("items of no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_text(key)] = value

    def extend(self, items: list[Any]) -> None:
        if not isinstance(target := self._stack[-1], list):
            raise _Damaged("items of no list")
        target.extend(items)

    def name(self, module: str, name: str) -> None:
        found = _Name(module, name)
        if found not in _ALLOWED:
            raise _Refused(f"{module}.{name}")
        self.push(found)

    def call(self) -> None:
        """Make what one of the four allowed names would make."""
        function, given = self.pop_tuple(2)
        match function, given:
            case (name, (kind, _shape, _code)) if name in _RECONSTRUCT and kind == _NDARRAY:
                self.push(_Array())
            case (name, (code, *_)) if name == _NEW_DTYPE:
                self.push(_Dtype(_text(code)))
            case (name, (text, *encoding)) if name == _ENCODE:
                self._spend(len(text))
                self.push(_encoded(text, *map(_text, encoding)))
            case _:
                raise _Damaged("a call that no array needs")

    def build(self) -> None:
        (state,) = self.pop_tuple(1)
        target = self._stack[-1]
        if not isinstance(target, _Array | _Dtype) or not isinstance(state, tuple):
            raise _Damaged("a state of no array")
        if isinstance(target, _Array) and state:
            self._spend(len(state[-1]))
        target.build(state)

    def _spend(self, n_bytes: int) -> None:
        """One long text may be named again and again: all copies together have a limit."""
        self._room -= n_bytes
        if self._room < 0:
            raise _Damaged("arrays that are larger than the file")

    def _take(self, n_bytes: int) -> memoryview:
        if not 0 <= n_bytes <= len(self._data) - self._at:
            raise _Damaged("it ends too early")
        self._at += n_bytes
        return self._data[self._at - n_bytes : self._at]


def _text(value: Any) -> str:
    """A short one: a key, a name, a code."""
    if isinstance(value, str | memoryview | bytes) and len(value) > MOST_TEXT:
        raise _Damaged("a name without end")
    if isinstance(value, str):
        return value
    if isinstance(value, memoryview | bytes):
        return bytes(value).decode("latin-1")
    raise _Damaged("something else where a text belongs")


def _encoded(text: str | memoryview, encoding: str = "latin1") -> bytes:
    """As a protocol-2 pickle of bytes uses `_codecs.encode`, and for nothing else."""
    if encoding not in ("latin1", "latin-1"):
        raise _Damaged(f"bytes in the encoding '{encoding[:20]}'")
    return text.encode("latin-1") if isinstance(text, str) else bytes(text)


def _integer(text: str) -> int | bool:
    """As protocol 0 writes it; "00" and "01" are False and True."""
    if text in ("00", "01"):
        return text == "01"
    if len(text) > MOST_DIGITS:
        raise _Damaged("a number without end")
    return int(text.removesuffix("L"))


def _quoted(text: str) -> bytes:
    """A string as Python 2 prints it."""
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
        raise _Damaged("a string without quotes")
    return codecs.escape_decode(text[1:-1].encode("latin-1"))[0]


def _unicode(raw: memoryview) -> str:
    return bytes(raw).decode("utf-8", "surrogatepass")


def _long(machine: _Machine) -> int:
    raw = machine.sized("<B")
    if len(raw) > 8:
        raise _Damaged("a number without end")
    return int.from_bytes(raw, "little", signed=True)


_STEPS: dict[int, Callable[[_Machine], None]] = {
    0x80: lambda m: m.skip(1),  # PROTO
    0x95: lambda m: m.skip(8),  # FRAME
    ord("("): lambda m: m.push(_MARK),
    ord("N"): lambda m: m.push(None),
    0x88: lambda m: m.push(True),
    0x89: lambda m: m.push(False),
    ord("I"): lambda m: m.push(_integer(m.line())),
    ord("L"): lambda m: m.push(_integer(m.line())),
    ord("J"): lambda m: m.push(m.number("<i")),
    ord("K"): lambda m: m.push(m.number("<B")),
    ord("M"): lambda m: m.push(m.number("<H")),
    0x8A: lambda m: m.push(_long(m)),
    ord("G"): lambda m: m.push(m.number(">d")),
    ord("S"): lambda m: m.push(_quoted(m.line())),
    ord("U"): lambda m: m.push(m.sized("<B")),
    ord("T"): lambda m: m.push(m.sized("<i")),
    ord("V"): lambda m: m.push(m.line().encode("latin-1").decode("raw-unicode-escape")),
    ord("X"): lambda m: m.push(_unicode(m.sized("<I"))),
    0x8C: lambda m: m.push(_unicode(m.sized("<B"))),
    0x8D: lambda m: m.push(_unicode(m.sized("<Q"))),
    ord("C"): lambda m: m.push(m.sized("<B")),
    ord("B"): lambda m: m.push(m.sized("<I")),
    0x8E: lambda m: m.push(m.sized("<Q")),
    ord(")"): lambda m: m.push(()),
    0x85: lambda m: m.push(m.pop_tuple(1)),
    0x86: lambda m: m.push(m.pop_tuple(2)),
    0x87: lambda m: m.push(m.pop_tuple(3)),
    ord("t"): lambda m: m.push(tuple(m.pop_marked())),
    ord("]"): lambda m: m.push([]),
    ord("l"): lambda m: m.push(m.pop_marked()),
    ord("a"): lambda m: m.extend([*m.pop_tuple(1)]),
    ord("e"): lambda m: m.extend(m.pop_marked()),
    ord("}"): lambda m: m.push({}),
    ord("d"): lambda m: m.new_dict(m.pop_marked()),
    ord("s"): lambda m: m.set_items([*m.pop_tuple(2)]),
    ord("u"): lambda m: m.set_items(m.pop_marked()),
    ord("p"): lambda m: m.remember(_integer(m.line())),
    ord("q"): lambda m: m.remember(m.number("<B")),
    ord("r"): lambda m: m.remember(m.number("<I")),
    0x94: lambda m: m.remember(),
    ord("g"): lambda m: m.recall(_integer(m.line())),
    ord("h"): lambda m: m.recall(m.number("<B")),
    ord("j"): lambda m: m.recall(m.number("<I")),
    ord("c"): lambda m: m.name(m.line(), m.line()),
    0x93: lambda m: m.name(*map(_text, m.pop_tuple(2))),
    ord("R"): lambda m: m.call(),
    ord("b"): lambda m: m.build(),
}


def load_arrays(path: Path) -> dict[str, Any]:
    """The dictionary of arrays in `path`; 8-bit strings of Python 2 are read as Latin-1.

    Raises DatasetError where the file is missing, damaged, no dictionary, or asks for anything
    but arrays.
    """
    content = _content(path)
    if not isinstance(content, dict):
        raise DatasetError(
            f"{path} holds a {type(content).__name__}, not a dictionary of arrays.",
            "A DEAP file holds 'data' and 'labels'.",
        )
    return {
        name: value.array if isinstance(value, _Array) else value for name, value in content.items()
    }


def load_array(path: Path) -> NDArray[Any]:
    """The one array in `path`. Raises DatasetError as `load_arrays` does."""
    content = _content(path)
    if not isinstance(content, _Array) or not isinstance(content.array, np.ndarray):
        raise DatasetError(f"{path} holds no array.", HINT)
    return content.array


def _content(path: Path) -> Any:
    with reading(path, DatasetError, HINT):
        if path.stat().st_size > MOST_BYTES:
            raise DatasetError(f"{path} is larger than any file of DEAP.", HINT)
        machine = _Machine(path.read_bytes())
        try:
            return machine.run()
        except _Refused as refused:
            raise DatasetError(
                f"{path} asks for '{str(refused)[:100]}', which a DEAP file never needs; it was "
                "not run.",
                "Do not trust this file; get it again from DEAP's own page.",
            ) from None
        except _Damaged as error:
            raise DatasetError(f"{path} is damaged or not a pickle ({error}).", HINT) from error
