"""Clips in an Arrow column: samples, bytes of sound files or of PCM, paths, or structs of Hugging Face datasets."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

import numpy
import pyarrow

from .. import _native
from .._array import Scale, factor_of, rounded
from ._url import Elsewhere, fetch, local_path

ENCODINGS = ("file", "pcm16")

EXPECTED = (
    "expected list<int16>, large_list<int16> or fixed_size_list<int16> (or of floats, with scale), binary, string "
    "(paths), or struct<bytes: binary, path: string>, which may have sampling_rate too"
)


class Clips(NamedTuple):
    """The clips of a column: clip `i` is `samples[starts[i] : starts[i] + lengths[i]]`, unless `errors` has `i`."""

    samples: numpy.ndarray
    """Of all clips, int16 in the end; a view of the column's buffer where the layout allows."""
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


class Reading(NamedTuple):
    """How files are read."""

    sample_rate: Optional[int]
    resample: bool
    mixdown: bool


def fixed_length(type: pyarrow.DataType, encoding: str, scale: Optional[Scale]) -> Optional[int]:
    """The samples of each clip where the type of the column says it. Refuses types that have no clips."""
    type = _storage(type)
    sized = pyarrow.types.is_fixed_size_list(type)
    if sized or pyarrow.types.is_list(type) or pyarrow.types.is_large_list(type):
        floats = pyarrow.types.is_floating(type.value_type)
        if floats and scale is None:
            raise TypeError(f'{type}, samples in floating point: give scale="pcm16" for samples from -1 to 1')
        if floats or type.value_type == pyarrow.int16():
            if not floats and scale is not None:
                raise TypeError(f"{type}, and scale is given, which is for samples in floating point: leave it out")
            return int(type.list_size) if sized else None
    elif scale is not None and not pyarrow.types.is_null(type):
        raise TypeError(f"{type}, and scale is given, which is for lists of samples in floating point: leave it out")
    if pyarrow.types.is_fixed_size_binary(type) and encoding == "pcm16":
        return int(type.byte_width // 2)
    if _is_binary(type) or pyarrow.types.is_null(type) or (_is_text(type) and encoding == "file"):
        return None
    if pyarrow.types.is_struct(type):
        fields = {type.field(at).name: type.field(at).type for at in range(type.num_fields)}
        data, path = fields.get("bytes", pyarrow.null()), fields.get("path", pyarrow.null())
        fit = (_is_binary(data) or pyarrow.types.is_null(data)) and (_is_text(path) or pyarrow.types.is_null(path))
        if fit and not {"bytes", "path"}.isdisjoint(fields):
            return None
    raise TypeError(f"{type}: {EXPECTED}")


def read(column: pyarrow.Array, encoding: str, reading: Reading, scale: Optional[Scale]) -> Clips:
    """The clips of a column of a type that `fixed_length` accepts."""
    while isinstance(column, pyarrow.ExtensionArray):
        column = column.storage
    if pyarrow.types.is_struct(column.type):
        clips = _structs(column, encoding, reading)
    elif _is_binary(column.type):
        clips = _pcm(column) if encoding == "pcm16" else _files(column, None, reading)
    elif _is_text(column.type):
        clips = _files(None, column, reading)
    elif pyarrow.types.is_null(column.type):
        clips = _files(column, None, reading)
    else:
        clips = _lists(column)
        if scale is not None:
            clips = _floats(clips, scale)
    for row in numpy.flatnonzero(clips.lengths == 0).tolist():
        clips.errors.setdefault(row, "no samples")
    if column.null_count:
        clips.errors.update((row, "null") for row in numpy.flatnonzero(_nulls(column)).tolist())
    return clips


def _lists(column: Any) -> Clips:
    values = column.values
    element = values.type.to_pandas_dtype()
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
    return Clips(_buffer(values, 1, element), starts, lengths, errors)


def _places(column: Any) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Where each of a column of bytes begins, how long it is, and the bytes."""
    if pyarrow.types.is_fixed_size_binary(column.type):
        size = column.type.byte_width
        starts = (column.offset + numpy.arange(len(column), dtype=numpy.int64)) * size
        return starts, numpy.full(len(column), size, numpy.int64), _bytes(column.buffers()[1])
    large = pyarrow.types.is_large_binary(column.type)
    offsets = numpy.frombuffer(column.buffers()[1] or bytes(8), numpy.int64 if large else numpy.int32)
    offsets = offsets[column.offset : column.offset + len(column) + 1].astype(numpy.int64)
    return offsets[:-1], numpy.diff(offsets), _bytes(column.buffers()[2])


def _pcm(column: Any) -> Clips:
    starts, sizes, data = _places(column)
    errors = {row: f"{sizes[row]} bytes: expected two for each sample" for row in numpy.flatnonzero(sizes % 2).tolist()}
    if (starts % 2).any():
        pieces = [data[start : start + size // 2 * 2].tobytes() for start, size in zip(starts.tolist(), sizes.tolist())]
        return _joined(pieces, errors)
    samples = data[: len(data) // 2 * 2].view("<i2").astype(numpy.int16, copy=False)
    return Clips(samples, starts // 2, sizes // 2, errors)


def _structs(column: Any, encoding: str, reading: Reading) -> Clips:
    fields = {column.type.field(at).name: part for at, part in enumerate(column.flatten())}
    data, paths = fields.get("bytes"), fields.get("path")
    if encoding == "file" or data is None or not _is_binary(data.type):
        return _files(data, paths, reading)
    clips = _pcm(data)
    missing = numpy.flatnonzero(_nulls(data)).tolist()
    clips.errors.update((row, "null bytes (PCM can't be read from a path)") for row in missing)
    rates, expected = fields.get("sampling_rate"), reading.sample_rate
    if rates is not None and expected is not None:
        for row, rate in enumerate(rates.to_pylist()):
            if rate is not None and rate != expected:
                clips.errors.setdefault(row, f"{rate} Hz: expected {expected} Hz (PCM is not resampled, files are)")
    return clips


def _files(data: Any, paths: Any, reading: Reading) -> Clips:
    """The clips of files: of their bytes, or where these are null of the file at a path or URL."""
    count = len(paths if data is None else data)
    starts = sizes = numpy.zeros(count, numpy.int64)
    held = numpy.empty(0, numpy.uint8)
    absent = numpy.ones(count, bool)
    if data is not None and _is_binary(data.type):
        starts, sizes, held = _places(data)
        absent = _nulls(data)
    errors: dict[int, str] = {}
    local: dict[int, str] = {}
    fetched: dict[int, bytes] = {}
    at_paths = numpy.flatnonzero(absent).tolist()
    for row, path in zip(
        at_paths, [None] * count if paths is None else paths.filter(pyarrow.array(absent)).to_pylist()
    ):
        try:
            if path is None:
                errors[row] = "null"
            else:
                local[row] = local_path(path)
        except Elsewhere:
            try:
                fetched[row] = fetch(path)
            except (OSError, ValueError) as error:
                errors[row] = f"{path}: {error}"
    if fetched:
        lengths = numpy.array([len(found) for found in fetched.values()], numpy.int64)
        starts, sizes = starts.copy(), sizes.copy()
        starts[list(fetched)], sizes[list(fetched)] = len(held) + numpy.cumsum(lengths) - lengths, lengths
        held = numpy.frombuffer(b"".join([held.tobytes(), *fetched.values()]), numpy.uint8)
    samples, lengths, refused = _native.read_sounds(held, starts, sizes, local, reading)
    for row, reason in refused:
        errors.setdefault(row, f"{paths[row]}: {reason}" if row in fetched else reason)
    return Clips(samples, numpy.cumsum(lengths) - lengths, lengths, errors)


def _floats(clips: Clips, scale: Scale) -> Clips:
    """Clips in floating point as int16."""
    begin = int(clips.starts[0]) if len(clips.starts) else 0
    end = int(clips.starts[-1] + clips.lengths[-1]) if len(clips.starts) else 0
    samples, finite = rounded(clips.samples[begin:end], factor_of(scale, "batch.Features"))
    clips = clips._replace(starts=clips.starts - begin)
    errors = dict(clips.errors)
    if not finite.all():
        before = numpy.concatenate(([0], numpy.cumsum(~finite)))
        wrong = before[clips.starts + clips.lengths] - before[clips.starts]
        for row in numpy.flatnonzero(wrong).tolist():
            errors.setdefault(row, f"{wrong[row]} samples times scale are not finite: expected finite numbers")
    return clips._replace(samples=samples, errors=errors)


def _joined(pieces: list[Any], errors: dict[int, str]) -> Clips:
    lengths = numpy.array([len(piece) // 2 for piece in pieces], numpy.int64)
    return Clips(numpy.frombuffer(b"".join(pieces), numpy.int16), numpy.cumsum(lengths) - lengths, lengths, errors)


def _storage(type: Any) -> Any:
    while isinstance(type, pyarrow.BaseExtensionType):
        type = type.storage_type
    return type


def _is_binary(type: pyarrow.DataType) -> bool:
    sized = pyarrow.types.is_fixed_size_binary(type)
    return bool(sized or pyarrow.types.is_binary(type) or pyarrow.types.is_large_binary(type))


def _is_text(type: pyarrow.DataType) -> bool:
    return bool(pyarrow.types.is_string(type) or pyarrow.types.is_large_string(type))


def _nulls(column: Any) -> numpy.ndarray:
    return numpy.asarray(column.is_null().to_numpy(zero_copy_only=False))


def _buffer(values: Any, at: int, type: Any) -> numpy.ndarray:
    data = values.buffers()[at]
    return numpy.frombuffer(data or b"", type)[values.offset : values.offset + len(values)]


def _bytes(data: Any) -> numpy.ndarray:
    return numpy.frombuffer(data or b"", numpy.uint8)
