"""One function from record batches to record batches."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from collections.abc import Iterable
from typing import Any, Callable, Optional, Union

import numpy
import pyarrow

from .. import _native
from .._array import Array, Scale, factor_of, with_facts
from .._block import Block
from ._audio import ENCODINGS, Clips, Reading, fixed_length, read
from ._config import described
from ._layout import KEY, Group, Layout

Step = Union[Block, Callable[[numpy.ndarray], numpy.ndarray]]

Done = tuple[list[Group], dict[int, str]]
"""The features of rows that have some, and why the others have none."""

LENGTHS = (1 << 15, 1 << 16)
"""The samples of silence from which the layout for clips of any length is learnt."""

FAILED = {KEY: b"error"}
"""The metadata of the column of reasons, by which a retry knows the column of the run before."""


class ClipError(ValueError):
    """A clip that failed: `row`, counted from 0, and `reason`."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(row, reason)
        self.row, self.reason = row, reason

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}"


class Features:
    """A function from record batches to record batches: takes a column of clips, gives a column of features.

    All other columns are kept. The column of features says what made it: see `metadata` and `to_array`.

    Parameters
    ----------
    steps: a block, a sequence of blocks, or a function
        A function takes int16 `(n, samples)`, read-only, and gives `(n, ...)`. It is called on silence first, to learn
        what it gives, and should have a name: the name is what tells one function from another.
    audio: str
        The column of clips: int16 lists, lists of floats (with `scale`), bytes of sound files as `read_sound` takes
        them, paths and URLs of such files, PCM bytes, or structs of `bytes` and `path` (where `bytes` is null). URLs
        are `file://` and those of the file systems of pyarrow, such as `s3://`; what is on the web the engine downloads.
    features, error: str
        The columns that are made.
    samples: int, optional
        Clips that are longer are cut at the end, shorter ones are followed by zeros. Without it a clip has as many
        frames as its own length gives.
    sample_rate: int, optional
        What sound files have to state, in Hz; by default the rate of the blocks.
    resample, mixdown: bool
        Whether sound files of another rate are resampled, and whether several channels are averaged; else they fail.
    scale: float or "pcm16", optional
        What lists of floats are multiplied by to be int16. "pcm16" is 32768, for samples from -1 to 1.
    encoding: str
        What bytes are: `file` for sound files, or `pcm16` for int16 little-endian samples.
    on_error: str
        `set-aside`: the features of a clip that fails are null, and `error` says why. `raise`: it raises ClipError.
    keep_audio: bool
        Whether the column of clips is kept.
    """

    def __init__(
        self,
        steps: Any,
        *,
        audio: str = "audio",
        features: str = "features",
        error: str = "error",
        samples: Optional[int] = None,
        sample_rate: Optional[int] = None,
        resample: bool = False,
        mixdown: bool = False,
        scale: Optional[Scale] = None,
        encoding: str = "file",
        on_error: str = "set-aside",
        keep_audio: bool = False,
    ) -> None:
        steps = [steps] if isinstance(steps, Block) or callable(steps) else list(steps)
        wrong = [step for step in steps if not callable(step)]
        if wrong or not steps:
            raise TypeError(f"steps: found {wrong or 'none'}: expected a block, a sequence of blocks, or a function")
        for name, value, choices in ("encoding", encoding, ENCODINGS), ("on_error", on_error, ("set-aside", "raise")):
            if value not in choices:
                raise ValueError(f"{name} is {value!r}: expected {' or '.join(map(repr, choices))}")
        for name, count in ("samples", samples), ("sample_rate", sample_rate):
            if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
                raise ValueError(f"{name} is {count!r}: expected an integer of at least 1")
        self._steps: list[Step] = [copy.copy(step) if isinstance(step, Block) else step for step in steps]
        self.audio, self.features, self.error = audio, features, error
        self.samples, self.encoding, self.on_error, self.keep_audio = samples, encoding, on_error, keep_audio
        self.sample_rate, self.resample, self.mixdown, self.scale = sample_rate, resample, mixdown, scale
        if scale is not None:
            factor_of(scale, "batch.Features")
        self._layouts: dict[Optional[int], Layout] = {}
        facts = self._layout(samples).facts
        if sample_rate is None and facts is not None:
            self.sample_rate = facts.sample_rate
        if resample and self.sample_rate is None:
            raise ValueError("resample is given, and the steps tell no sample rate: give sample_rate=")

    def __call__(self, batch: Any) -> Any:
        """The features of a record batch or a table, row for row."""
        if isinstance(batch, pyarrow.Table):
            schema = self.schema(batch.schema)
            return pyarrow.Table.from_batches([self(part) for part in batch.to_batches()], schema)
        schema, layout = self.schema(batch.schema), self._layout_of(batch.schema)
        groups, errors, _ = self._process(batch, layout)
        if errors and not self._nullable:
            row = min(errors)
            raise ClipError(row, errors[row])
        columns = [batch.column(at) for at in self._kept(batch.schema)]
        columns.append(layout.column(len(batch), groups, self._nullable))
        if self._nullable:
            columns.append(_texts(errors, len(batch)))
        return pyarrow.RecordBatch.from_arrays(columns, schema=schema)

    def split(self, batch: Any) -> tuple[Any, Any]:
        """The features of the clips that have some, and the rows that failed as they came, with `error`.

        No features are null, so those of one shape are tensors. Failed rows can be mended and tried again.
        """
        if isinstance(batch, pyarrow.Table):
            parts = [self._split(part)[:2] for part in batch.to_batches()]
            schemas = self.split_schemas(batch.schema)
            good, failed = (pyarrow.Table.from_batches([part[at] for part in parts], schemas[at]) for at in (0, 1))
            return good, failed
        return self._split(batch)[:2]

    def schema(self, schema: pyarrow.Schema) -> pyarrow.Schema:
        """The schema of what a call makes of batches of a schema."""
        fields = [pyarrow.field(self.error, pyarrow.string(), metadata=FAILED)] if self._nullable else []
        return self._made(schema, self._nullable, fields)

    def split_schemas(self, schema: pyarrow.Schema) -> tuple[pyarrow.Schema, pyarrow.Schema]:
        """The schemas of what `split` makes of batches of a schema."""
        kept = [field for field in schema if not _is_failed(field)]
        failed = pyarrow.schema([*kept, pyarrow.field(self.error, pyarrow.string(), metadata=FAILED)], schema.metadata)
        return self._made(schema, False, []), failed

    @property
    def config(self) -> dict[str, Any]:
        """What the features depend on."""
        steps = [described(step) for step in self._steps]
        names = ("samples", "sample_rate", "resample", "mixdown", "scale", "encoding")
        return {"steps": steps, **{name: getattr(self, name) for name in names}}

    @property
    def digest(self) -> str:
        """The SHA-256 of the configuration."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()

    @property
    def metadata(self) -> dict[str, Any]:
        """What the column of features says: element type, shape, the facts of the blocks, and what made them."""
        return self._metadata(self._layout(self.samples))

    @property
    def _nullable(self) -> bool:
        return self.on_error == "set-aside"

    def _metadata(self, layout: Layout) -> dict[str, Any]:
        return {**layout.metadata(), "runeblocks": _native.__version__, "digest": self.digest, "config": self.config}

    def _made(self, schema: pyarrow.Schema, nullable: bool, more: list[pyarrow.Field]) -> pyarrow.Schema:
        layout = self._layout_of(schema)
        kept = [schema.field(at) for at in self._kept(schema)]
        known = {KEY: json.dumps(self._metadata(layout)).encode()}
        # What Hugging Face datasets says there is of the columns that came.
        others = {key: value for key, value in (schema.metadata or {}).items() if key != b"huggingface"}
        made = pyarrow.field(self.features, layout.type(nullable), metadata=known)
        return pyarrow.schema([*kept, made, *more], {**others, **known})

    def _kept(self, schema: pyarrow.Schema) -> list[int]:
        """Which columns of a batch are kept."""
        kept = [
            at
            for at, field in enumerate(schema)
            if not _is_failed(field) and (self.keep_audio or field.name != self.audio)
        ]
        for argument, name in ("features", self.features), ("error", self.error):
            if any(schema.field(at).name == name for at in kept):
                raise ValueError(f"there is a column `{name}` already: give another name, {argument}=")
        return kept

    def _column(self, schema: pyarrow.Schema) -> int:
        found: int = schema.get_field_index(self.audio)
        if found < 0:
            names = ", ".join(f"`{name}`" for name in schema.names)
            raise ValueError(f"there is no column `{self.audio}`, or two: found {names or 'none'} (name it, audio=)")
        return found

    def _layout_of(self, schema: pyarrow.Schema) -> Layout:
        try:
            length = fixed_length(schema.field(self._column(schema)).type, self.encoding, self.scale)
        except TypeError as error:
            raise TypeError(f"the column `{self.audio}` is {error}") from None
        return self._layout(self.samples or length)

    def _layout(self, samples: Optional[int]) -> Layout:
        """What the steps give for clips of a length, or of any."""
        if samples not in self._layouts:
            one, other = (samples, samples) if samples else LENGTHS
            self._layouts[samples] = Layout.of(*(self._apply(numpy.zeros((1, n), numpy.int16)) for n in (one, other)))
        return self._layouts[samples]

    def _split(self, batch: pyarrow.RecordBatch) -> tuple[Any, Any, dict[int, str], int]:
        """What `split` gives, why rows failed, and the samples of those that did not."""
        schemas, layout = self.split_schemas(batch.schema), self._layout_of(batch.schema)
        groups, errors, samples = self._process(batch, layout)
        fine = numpy.ones(len(batch), bool)
        fine[list(errors)] = False
        good = batch
        if errors:
            good, row = batch.filter(pyarrow.array(fine)), numpy.cumsum(fine) - 1
            groups = [(row[rows], features) for rows, features in groups]
        columns = [good.column(at) for at in self._kept(batch.schema)] + [layout.column(len(good), groups, False)]
        failed = batch.filter(pyarrow.array(~fine))
        kept = [failed.column(at) for at, field in enumerate(batch.schema) if not _is_failed(field)]
        reasons = pyarrow.array([errors[row] for row in sorted(errors)], pyarrow.string())
        return (
            pyarrow.RecordBatch.from_arrays(columns, schema=schemas[0]),
            pyarrow.RecordBatch.from_arrays([*kept, reasons], schema=schemas[1]),
            errors,
            samples,
        )

    def _process(self, batch: pyarrow.RecordBatch, layout: Layout) -> tuple[list[Group], dict[int, str], int]:
        """The features of the rows that have some, why the others have none, and the samples of the first."""
        reading = Reading(self.sample_rate, self.resample, self.mixdown)
        clips = read(batch.column(self._column(batch.schema)), self.encoding, reading, self.scale)
        fine = numpy.ones(len(batch), bool)
        fine[list(clips.errors)] = False
        rows = numpy.flatnonzero(fine)
        lengths = numpy.full(len(rows), self.samples) if self.samples else clips.lengths[rows]
        # One length is one call, which uses all cores.
        alike = [(rows[lengths == length], int(length)) for length in numpy.unique(lengths)]
        process = functools.partial(self._group, clips, layout)
        groups, errors = _merged(map(process, alike))
        return groups, {**clips.errors, **errors}, sum(int(clips.lengths[rows].sum()) for rows, _ in groups)

    def _group(self, clips: Clips, layout: Layout, group: tuple[numpy.ndarray, int]) -> Done:
        """The features of clips of one length; one by one where they fail together."""
        rows, length = group
        try:
            features = self._apply(clips.take(rows, length))
            if not layout.matches(features) or len(features) != len(rows):
                found, expected = f"{features.dtype} {features.shape}", f"{layout.dtype} {(len(rows), *layout.shape)}"
                raise ValueError(f"the features are {found}: expected {expected}, as for silence")
            return [(rows, features)], {}
        except Exception as error:
            if len(rows) == 1:
                name = "" if isinstance(error, (TypeError, ValueError)) else f"{type(error).__name__}: "
                return [], {int(rows[0]): f"{name}{error}"}
        return _merged(self._group(clips, layout, (rows[at : at + 1], length)) for at in range(len(rows)))

    def _apply(self, audio: numpy.ndarray) -> Any:
        if self.sample_rate is not None and isinstance(self._steps[0], Block):
            audio = with_facts(audio, sample_rate=self.sample_rate)
        for step in self._steps:
            audio = step.batch(audio) if isinstance(step, Block) else step(audio)
        return audio if isinstance(audio, Array) else numpy.asarray(audio)


def _is_failed(field: pyarrow.Field) -> bool:
    return (field.metadata or {}).get(KEY) == FAILED[KEY]


def _merged(parts: Iterable[Done]) -> Done:
    groups, errors = [], {}
    for group, failed in parts:
        groups += group
        errors.update(failed)
    return groups, errors


def _texts(errors: dict[int, str], count: int) -> pyarrow.Array:
    return pyarrow.array([errors.get(row) for row in range(count)], pyarrow.string())
