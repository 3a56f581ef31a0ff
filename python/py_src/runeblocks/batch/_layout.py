"""Features in an Arrow column, and what the column says of them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple, Optional, Union

import numpy
import pyarrow

from .._array import Array, made
from .._native import Facts

KEY = b"runeblocks"
"""The key of the metadata: of the field, and of the schema, which readers that drop the field's may keep."""


Group = tuple[numpy.ndarray, numpy.ndarray]
"""Rows, and their features."""


class Layout(NamedTuple):
    """The features of a clip: element type, shape, and the facts of a batch of one."""

    dtype: numpy.dtype
    shape: tuple[Optional[int], ...]
    """The first axis is None where it follows the length of the clip."""
    facts: Optional[Facts]

    @classmethod
    def of(cls, one: Any, other: Any) -> Layout:
        """The layout of what two clips give that differ in length, unless the length is settled."""
        for found in one, other:
            if (
                not isinstance(found, numpy.ndarray)
                or found.dtype.kind not in "iuf"
                or len(found.shape) < 1
                or len(found) != 1
            ):
                what = f"{found.dtype} {found.shape}" if isinstance(found, numpy.ndarray) else type(found).__name__
                raise TypeError(f"one clip gives {what}: expected an array of numbers, (1, ...)")
        shape = tuple(size if size == same else None for size, same in zip(one.shape[1:], other.shape[1:]))
        if one.ndim != other.ndim or None in shape[1:]:
            raise TypeError(
                f"clips of two lengths give {one.shape} and {other.shape}: expected axes after the first two that do "
                "not follow the length (or give samples=, one length for all)"
            )
        facts = one.facts if isinstance(one, Array) else None
        return cls(one.dtype, shape, facts)

    def type(self, nullable: bool) -> pyarrow.DataType:
        """The type of the column.

        It is a tensor where all features have one shape and none is null. Else it is a list: readers of Parquet refuse
        null tensors.
        """
        element = pyarrow.from_numpy_dtype(self.dtype)
        if not self.shape:
            return element
        if None not in self.shape and not nullable:
            return pyarrow.fixed_shape_tensor(element, self.shape)
        for size in reversed(self.shape[1:]):
            element = pyarrow.list_(element, size)
        return pyarrow.list_(element)

    def matches(self, features: numpy.ndarray) -> bool:
        """Whether the features of a batch are of this layout."""
        shape = tuple(None if size is None else found for size, found in zip(self.shape, features.shape[1:]))
        return features.dtype == self.dtype and features.ndim == len(self.shape) + 1 and shape == self.shape

    def column(self, count: int, groups: list[Group], nullable: bool) -> pyarrow.Array:
        """A column of `count` clips. Rows that no group has are null."""
        lengths = numpy.zeros(count, numpy.int64)
        missing = numpy.ones(count, bool)
        for rows, features in groups:
            lengths[rows] = features.shape[1] if self.shape else 1
            missing[rows] = False
        mask = pyarrow.array(missing) if missing.any() else None
        flat = self._flat(groups, lengths)
        if not self.shape:
            values = numpy.zeros(count, self.dtype)
            values[~missing] = flat
            return pyarrow.array(values, mask=missing)
        values = pyarrow.array(flat.reshape(-1))
        if None not in self.shape and not nullable:
            type = self.type(False)
            values = pyarrow.FixedSizeListArray.from_arrays(values, type.storage_type.list_size)
            return pyarrow.ExtensionArray.from_storage(type, values.cast(type.storage_type))
        for size in reversed(self.shape[1:]):
            values = pyarrow.FixedSizeListArray.from_arrays(values, size)
        offsets = pyarrow.array(numpy.concatenate(([0], numpy.cumsum(lengths))), pyarrow.int32())
        return pyarrow.ListArray.from_arrays(offsets, values, mask=mask).cast(self.type(True))

    def _flat(self, groups: list[Group], lengths: numpy.ndarray) -> numpy.ndarray:
        """The features of all clips in the order of the rows, not copied where they are so already."""
        shape = tuple(size or 0 for size in self.shape[1:])
        if len(groups) == 1 and (numpy.diff(groups[0][0]) > 0).all():
            return numpy.ascontiguousarray(groups[0][1]).reshape(-1, *shape)
        flat = numpy.empty((int(lengths.sum()), *shape), self.dtype)
        starts = numpy.cumsum(lengths) - lengths
        for rows, features in groups:
            for start, clip in zip(starts[rows].tolist(), features):
                flat[start : start + (len(clip) if self.shape else 1)] = clip
        return flat

    def metadata(self) -> dict[str, Any]:
        """What is known of the features."""
        facts = {} if self.facts is None else self.facts.__getnewargs_ex__()[1]
        return {"dtype": self.dtype.name, "shape": list(self.shape), **facts}


def metadata(data: Any, name: str = "features") -> dict[str, Any]:
    """What a record batch, a table or a schema says of a column of features: what made them, and what they are."""
    schema = getattr(data, "schema", data)
    found = (schema.field(name).metadata or {}).get(KEY) or (schema.metadata or {}).get(KEY)
    if found is None:
        raise ValueError(f"the column `{name}` does not say what made it: expected metadata of runeblocks.batch")
    return dict(json.loads(found))


def to_array(data: Any, name: str = "features") -> Union[Array, list[Array]]:
    """The features of a record batch or a table, with their facts.

    Returns
    -------
    Array `(n, *shape)`, or a list of Arrays where clips differ in length
    """
    known = metadata(data, name)
    column = data.column(name)
    if column.null_count:
        raise ValueError(
            f"the column `{name}` has {column.null_count} nulls, clips that failed: leave them out, as with "
            "table.filter(pyarrow.compute.field('error').is_null())"
        )
    chunks = column.chunks if isinstance(column, pyarrow.ChunkedArray) else [column]
    shape, dtype = known["shape"], numpy.dtype(known["dtype"])
    names = ("sample_rate", "framing", "fft_size", "quantization", "front_end")
    facts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in known.items() if key in names
    }

    def array(values: Any, shape: tuple[int, ...]) -> Array:
        values = values.reshape(shape).astype(dtype, copy=False)
        return made(values, Facts(dtype, shape, **facts))

    flat = [_flat(chunk) for chunk in chunks]
    values = (
        numpy.concatenate([numpy.zeros(0, dtype), *(values for values, _ in flat)]) if len(flat) != 1 else flat[0][0]
    )
    if None not in shape:
        return array(values, (len(column), *shape))
    lengths = numpy.concatenate([numpy.zeros(0, numpy.int64), *(lengths for _, lengths in flat)])
    width = int(numpy.prod(shape[1:], dtype=numpy.int64))
    ends = numpy.cumsum(lengths) * width
    return [
        array(values[end - length * width : end], (length, *shape[1:]))
        for end, length in zip(ends.tolist(), lengths.tolist())
    ]


def _flat(column: Any) -> tuple[numpy.ndarray, numpy.ndarray]:
    """All values of a column of lists or tensors, and the length of each."""
    if isinstance(column, pyarrow.ExtensionArray):
        column = column.storage
    lengths = numpy.zeros(0, numpy.int64)
    if pyarrow.types.is_list(column.type) or pyarrow.types.is_large_list(column.type):
        lengths = numpy.asarray(column.value_lengths().to_numpy(zero_copy_only=False), numpy.int64)
    while hasattr(column.type, "value_type"):
        column = column.flatten()
    return column.to_numpy(zero_copy_only=False), lengths
