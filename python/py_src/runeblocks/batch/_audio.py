"""Clips in an Arrow column: int16 lists, WAV bytes, PCM bytes, or structs as Hugging Face datasets has them."""

from __future__ import annotations

import io
import wave
from typing import Any, NamedTuple, Optional

import numpy
import pyarrow

from .._array import facts_of
from .._sound import read_sound

ENCODINGS = ("wav", "pcm16")

EXPECTED = (
    "expected list<int16>, large_list<int16> or fixed_size_list<int16>, binary, "
    "or struct<bytes: binary, path: string>, which may have sampling_rate too"
)


class Clips(NamedTuple):
    """The clips of a column: clip `i` is `samples[starts[i] : starts[i] + lengths[i]]`, unless `errors` has `i`."""

    samples: numpy.ndarray
    """int16, of all clips; a view of the column's buffer where the layout allows."""
    starts: numpy.ndarray
    lengths: numpy.ndarray
    errors: dict[int, str]
    """Row to reason."""

    def take(self, rows: numpy.ndarray, length: int) -> numpy.ndarray:
        """Some clips as `(n, length)`: cut at the end or followed by zeros; not copied where they lie side by side."""
        starts, lengths = self.starts[rows], self.lengths[rows]
        if len(rows) and (lengths == length).all() and (numpy.diff(starts) == length).all():
            return self.samples[starts[0] : starts[0] + len(rows) * length].reshape(len(rows), length)
        taken = numpy.zeros((len(rows), length), numpy.int16)
        for clip, start, count in zip(taken, starts.tolist(), numpy.minimum(lengths, length).tolist()):
            clip[:count] = self.samples[start : start + count]
        return taken


def fixed_length(type: pyarrow.DataType, encoding: str) -> Optional[int]:
    """The samples of each clip where the type of the column says it. Refuses types that have no clips."""
    type = _storage(type)
    if pyarrow.types.is_fixed_size_list(type) and type.value_type == pyarrow.int16():
        return int(type.list_size)
    if pyarrow.types.is_fixed_size_binary(type):
        return int(type.byte_width // 2) if encoding == "pcm16" else None
    lists = pyarrow.types.is_list(type) or pyarrow.types.is_large_list(type)
    if lists and type.value_type == pyarrow.int16():
        return None
    if _is_binary(type) or pyarrow.types.is_null(type):
        return None
    if pyarrow.types.is_struct(type):
        fields = {type.field(at).name: type.field(at).type for at in range(type.num_fields)}
        data, path = fields.get("bytes", pyarrow.null()), fields.get("path", pyarrow.null())
        fit = (_is_binary(data) or pyarrow.types.is_null(data)) and (_is_text(path) or pyarrow.types.is_null(path))
        if fit and not {"bytes", "path"}.isdisjoint(fields):
            return None
    found = str(type)
    if lists and pyarrow.types.is_floating(type.value_type):
        found += ", samples in floating point (convert them to int16 first)"
    raise TypeError(f"{found}: {EXPECTED}")


def read(column: pyarrow.Array, encoding: str, sample_rate: Optional[int]) -> Clips:
    """The clips of a column of a type that `fixed_length` accepts."""
    while isinstance(column, pyarrow.ExtensionArray):
        column = column.storage
    if pyarrow.types.is_struct(column.type):
        clips = _structs(column, encoding, sample_rate)
    elif _is_binary(column.type) or pyarrow.types.is_fixed_size_binary(column.type):
        clips = _pcm(column) if encoding == "pcm16" else _files(column, None, sample_rate)
    elif pyarrow.types.is_null(column.type):
        clips = _files(column, None, sample_rate)
    else:
        clips = _lists(column)
    for row in numpy.flatnonzero(clips.lengths == 0).tolist():
        clips.errors.setdefault(row, "no samples")
    if column.null_count:
        clips.errors.update((row, "null") for row in numpy.flatnonzero(_nulls(column)).tolist())
    return clips


def _lists(column: Any) -> Clips:
    values = column.values
    if pyarrow.types.is_fixed_size_list(column.type):
        size = column.type.list_size
        starts = (column.offset + numpy.arange(len(column), dtype=numpy.int64)) * size
        lengths = numpy.full(len(column), size, numpy.int64)
    else:
        offsets = column.offsets.to_numpy().astype(numpy.int64)
        starts, lengths = offsets[:-1], numpy.diff(offsets)
    errors = {}
    if values.null_count:
        before = numpy.concatenate(([0], numpy.cumsum(_nulls(values))))
        missing = before[starts + lengths] - before[starts]
        errors = {row: f"{missing[row]} samples are null" for row in numpy.flatnonzero(missing).tolist()}
    return Clips(_buffer(values, 1, numpy.int16), starts, lengths, errors)


def _pcm(column: Any) -> Clips:
    if pyarrow.types.is_fixed_size_binary(column.type):
        size = column.type.byte_width
        offsets = numpy.arange(len(column) + 1, dtype=numpy.int64) * size
        data = _bytes(column.buffers()[1])[column.offset * size :]
    else:
        large = pyarrow.types.is_large_binary(column.type) or pyarrow.types.is_large_string(column.type)
        width = numpy.int64 if large else numpy.int32
        offsets = numpy.frombuffer(column.buffers()[1] or bytes(8), width)
        offsets = offsets[column.offset : column.offset + len(column) + 1].astype(numpy.int64)
        data = _bytes(column.buffers()[2])
    starts, sizes = offsets[:-1], numpy.diff(offsets)
    errors = {row: f"{sizes[row]} bytes: expected two for each sample" for row in numpy.flatnonzero(sizes % 2).tolist()}
    if (starts % 2).any():
        pieces = [data[start : start + size // 2 * 2].tobytes() for start, size in zip(starts.tolist(), sizes.tolist())]
        return _joined(pieces, errors)
    samples = data[: len(data) // 2 * 2].view("<i2").astype(numpy.int16, copy=False)
    return Clips(samples, starts // 2, sizes // 2, errors)


def _structs(column: Any, encoding: str, sample_rate: Optional[int]) -> Clips:
    fields = {column.type.field(at).name: part for at, part in enumerate(column.flatten())}
    data, paths = fields.get("bytes"), fields.get("path")
    rates = fields.get("sampling_rate")
    if encoding == "pcm16" and data is not None and _is_binary(data.type):
        clips = _pcm(data)
        missing = numpy.flatnonzero(_nulls(data)).tolist()
        clips.errors.update((row, "null bytes (PCM can't be read from a path)") for row in missing)
    else:
        clips = _files(data, paths, sample_rate)
    if rates is not None and sample_rate is not None:
        for row, rate in enumerate(rates.to_pylist()):
            if rate is not None and rate != sample_rate:
                clips.errors.setdefault(row, _other_rate(rate, sample_rate))
    return clips


def _files(data: Any, paths: Any, sample_rate: Optional[int]) -> Clips:
    pieces, errors = [], {}
    sound = _Sound(sample_rate)
    for row in range(len(paths if data is None else data)):
        piece = None if data is None else data[row].as_buffer() if data[row].is_valid else None
        path = None if piece is not None or paths is None else paths[row].as_py()
        try:
            pieces.append(sound.read(path) if piece is None else sound.samples(memoryview(piece).cast("B")))
        except _Refused as refused:
            errors[row] = str(refused) if path is None else f"{path}: {refused}"
            pieces.append(b"")
    return _joined(pieces, errors)


class _Refused(Exception):
    """Why a file has no clip."""


class _Sound:
    """Decodes WAV files of one channel with 16-bit samples, and FLAC files of one channel."""

    HEADER = 44
    """The size of a header that has nothing but the format."""

    def __init__(self, sample_rate: Optional[int]) -> None:
        self.sample_rate = sample_rate
        self.known: dict[bytes, int] = {}
        """Headers of files that were decoded, and the size of their samples, which is settled by the header."""

    def read(self, path: Optional[str]) -> Any:
        """The samples of a WAV or FLAC file."""
        if path is None:
            raise _Refused("null")
        try:
            with open(path, "rb") as file:
                data = file.read()
            if data[:4] != b"fLaC":
                return self.samples(memoryview(data))
            sound = read_sound(path, sample_rate=None)
        except OSError as error:
            raise _Refused(error.strerror or str(error)) from error
        except ValueError as error:
            raise _Refused(str(error).replace(f"{path}: ", "", 1)) from error
        self._check(facts_of(sound).sample_rate)
        return sound.tobytes()

    def samples(self, data: memoryview) -> Any:
        """The samples of the bytes of a file, in the byte order of this machine."""
        header = bytes(data[: self.HEADER])
        size = self.known.get(header)
        if size is not None and len(data) >= self.HEADER + size:
            return data[self.HEADER : self.HEADER + size]
        samples = self._decoded(data)
        if header[36:40] == b"data" and samples == data[self.HEADER : self.HEADER + len(samples)]:
            self.known[header] = len(samples)
        return samples

    def _decoded(self, data: memoryview) -> bytes:
        if bytes(data[:4]) == b"fLaC":
            raise _Refused(
                "bytes of FLAC: expected those of WAV (FLAC is read where `bytes` is null and `path` is given)"
            )
        try:
            with wave.open(io.BytesIO(data), "rb") as reader:
                channels, width, rate, count = reader.getparams()[:4]
                samples = reader.readframes(count) if (channels, width) == (1, 2) else b""
        except Exception as error:  # `wave` does not say what it raises.
            raise _Refused(f"not a WAV file of PCM: {str(error) or 'it ends too soon'}") from error
        if channels != 1:
            raise _Refused(f"{channels} channels: expected 1")
        if width != 2:
            raise _Refused(f"{width * 8}-bit samples: expected 16-bit")
        self._check(rate)
        # A file that was written to a pipe states the greatest size.
        if len(samples) < count * 2 and count < 2**30 - 1024:
            raise _Refused(f"truncated: {len(samples) // 2} samples, the header states {count}")
        return samples[: len(samples) // 2 * 2]

    def _check(self, rate: Any) -> None:
        if self.sample_rate is not None and rate != self.sample_rate:
            raise _Refused(_other_rate(rate, self.sample_rate))


def _other_rate(rate: int, expected: int) -> str:
    return f"{rate} Hz: expected {expected} Hz (resample it)"


def _joined(pieces: list[Any], errors: dict[int, str]) -> Clips:
    lengths = numpy.array([len(piece) // 2 for piece in pieces], numpy.int64)
    return Clips(numpy.frombuffer(b"".join(pieces), numpy.int16), numpy.cumsum(lengths) - lengths, lengths, errors)


def _storage(type: Any) -> Any:
    while isinstance(type, pyarrow.BaseExtensionType):
        type = type.storage_type
    return type


def _is_binary(type: pyarrow.DataType) -> bool:
    return bool(pyarrow.types.is_binary(type) or pyarrow.types.is_large_binary(type))


def _is_text(type: pyarrow.DataType) -> bool:
    return bool(pyarrow.types.is_string(type) or pyarrow.types.is_large_string(type))


def _nulls(column: Any) -> numpy.ndarray:
    return numpy.asarray(column.is_null().to_numpy(zero_copy_only=False))


def _buffer(values: Any, at: int, type: Any) -> numpy.ndarray:
    data = values.buffers()[at]
    return numpy.frombuffer(data or b"", type)[values.offset : values.offset + len(values)]


def _bytes(data: Any) -> numpy.ndarray:
    return numpy.frombuffer(data or b"", numpy.uint8)
