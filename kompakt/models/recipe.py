"""Recipes: what a model is made from, in a file. docs/FORMAT.md describes it byte by byte.

A model's id is the hash of its texts and of the method that turns them into a start. So an id means the same
on every machine, and at every level.
"""

import lzma
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from blake3 import blake3

from kompakt.archive.layout import MODEL_ID_BYTES
from kompakt.archive.varint import MalformedError, append_varint, read_varint
from kompakt.errors import ModelError, UnsupportedError, UsageError
from kompakt.models.profile import PROFILE_BYTES, profile_of

SUFFIX = ".kmodel"
MAGIC = b"\x89KMPmod\n"
VERSION = 1
METHOD = 1
"""How texts become a start: docs/MODEL.md, 10."""

DICTIONARY_METHOD = 2
"""The texts are the strings of a dictionary: docs/CODECS.md."""

MAX_TEXTS = 4096
MAX_TEXT_BYTES = 64 << 20
MAX_NOTE_BYTES = 4096
MAX_FILE_BYTES = MAX_TEXT_BYTES + (1 << 20)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_START = struct.Struct("<8sHH")  # magic, version, method
_CHECK_BYTES = 16
_DOMAIN = b"kompakt model\0"
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": MAX_TEXT_BYTES}]


@dataclass(frozen=True, eq=False)
class Recipe:
    """A model: its texts, uint8 each, and what is said about them.

    model_id: 16 bytes
    name:     letters, digits, `.`, `_` and `-`, at most 64
    note:     origin and licence of the texts
    profile:  uint8 (8192,), see profile.py
    packed:   the texts one behind the other, as raw LZMA2
    method:   METHOD, or DICTIONARY_METHOD
    """

    model_id: bytes
    name: str
    note: str
    profile: np.ndarray
    lengths: tuple[int, ...]
    packed: bytes
    method: int = METHOD

    @classmethod
    def of(cls, name: str, note: str, texts: Sequence[np.ndarray], method: int = METHOD) -> Self:
        """Return the model of these texts, none of them empty. Raises UsageError for what is no model."""
        check_name(name)
        lengths = tuple(len(text) for text in texts)
        if not lengths or not min(lengths) or len(lengths) > MAX_TEXTS or sum(lengths) > MAX_TEXT_BYTES:
            raise UsageError(f"a model is made of 1 to {MAX_TEXTS} texts, {MAX_TEXT_BYTES} bytes in all")
        if len(note.encode()) > MAX_NOTE_BYTES:
            raise UsageError(f"the note is longer than {MAX_NOTE_BYTES} bytes")
        data = np.concatenate(texts).tobytes()
        packed = lzma.compress(data, lzma.FORMAT_RAW, filters=_FILTERS)
        model_id = _id_of(method, lengths, data)
        return cls(model_id, name, note, profile_of(texts), lengths, packed, method)

    @property
    def text_bytes(self) -> int:
        """Return the size of all texts."""
        return sum(self.lengths)

    @cached_property
    def texts(self) -> list[np.ndarray]:
        """The texts. Raises ModelError when they are not those that the id stands for."""
        try:
            decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_FILTERS)
            data = decoder.decompress(self.packed, self.text_bytes)
        except lzma.LZMAError:
            raise ModelError(f"model {self.name}: its texts are damaged") from None
        if len(data) != self.text_bytes or _id_of(self.method, self.lengths, data) != self.model_id:
            raise ModelError(f"model {self.name}: its texts are not those of its id {self.model_id.hex()}")
        whole = np.frombuffer(bytearray(data), np.uint8)  # writeable, as the model's code is compiled for
        return np.split(whole, np.cumsum(self.lengths)[:-1])

    def encode(self) -> bytes:
        """Return the recipe file."""
        out = bytearray(_START.pack(MAGIC, VERSION, self.method))
        out += self.model_id
        out += self.profile.tobytes()
        for text in (self.name, self.note):
            data = text.encode()
            append_varint(out, len(data))
            out += data
        append_varint(out, len(self.lengths))
        for length in self.lengths:
            append_varint(out, length)
        append_varint(out, len(self.packed))
        out += self.packed
        return bytes(out) + blake3(out).digest(_CHECK_BYTES)

    @classmethod
    def decode(cls, data: bytes, where: str) -> Self:
        """Return the recipe in the file `data`; `where` begins messages.

        Raises ModelError for what is no recipe or damaged, UnsupportedError for newer ones.
        """
        if data[: len(MAGIC)] != MAGIC or len(data) < _START.size + _CHECK_BYTES:
            raise ModelError(f"{where}: not a model of Kompakt")
        _, version, method = _START.unpack_from(data)
        if blake3(data[:-_CHECK_BYTES]).digest(_CHECK_BYTES) != data[-_CHECK_BYTES:]:
            raise ModelError(f"{where}: the model is damaged or cut short")
        if version != VERSION or method not in (METHOD, DICTIONARY_METHOD):
            raise UnsupportedError(
                f"{where}: model version {version}.{method}; this Kompakt reads {VERSION}.{METHOD} and "
                f"{VERSION}.{DICTIONARY_METHOD}"
            )
        try:
            return cls._parsed(data[:-_CHECK_BYTES], method)
        except (MalformedError, UnicodeDecodeError, UsageError) as error:
            raise ModelError(f"{where}: the model is malformed: {error}") from None

    @classmethod
    def _parsed(cls, data: bytes, method: int) -> Self:
        place = _START.size
        model_id = data[place : place + MODEL_ID_BYTES]
        place += MODEL_ID_BYTES
        profile = np.frombuffer(data[place : place + PROFILE_BYTES], np.uint8)
        place += PROFILE_BYTES
        if len(profile) != PROFILE_BYTES:
            raise MalformedError("it ends in the profile")
        words = []
        for limit in (64, MAX_NOTE_BYTES):
            length, place = read_varint(data, place)
            if length > min(limit, len(data) - place):
                raise MalformedError("name or note is too long")
            words.append(data[place : place + length].decode())
            place += length
        name, note = words
        check_name(name)
        count, place = read_varint(data, place)
        if not 1 <= count <= MAX_TEXTS:
            raise MalformedError(f"it has {count} texts")
        lengths = []
        for _ in range(count):
            length, place = read_varint(data, place)
            lengths.append(length)
        if min(lengths) == 0 or sum(lengths) > MAX_TEXT_BYTES:
            raise MalformedError("its texts are too long")
        packed_bytes, place = read_varint(data, place)
        if packed_bytes != len(data) - place:
            raise MalformedError("it has a wrong length")
        return cls(model_id, name, note, profile, tuple(lengths), data[place:], method)


def check_name(name: str) -> None:
    """Raise UsageError unless a model may be called that."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a model: letters, digits, dots, _ and -, at most 64"
        )


def _id_of(method: int, lengths: Sequence[int], data: bytes) -> bytes:
    hasher = blake3(_DOMAIN + method.to_bytes(2, "little"))
    hasher.update(np.array(lengths, "<u8").tobytes())
    return hasher.update(data).digest(MODEL_ID_BYTES)
