"""From files to files, and on from where a run was interrupted."""

from __future__ import annotations

import contextlib
import json
import pathlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Optional

import pyarrow
import pyarrow.parquet

from .. import _native
from .._evaluation import LeftOut
from ._features import ClipError, Features
from ._journal import Journal, replaced
from ._progress import Progress
from ._source import Source, opened

FAILED = "_failed"

ROW_GROUP = 1 << 26
"""The bytes of features after which a row group ends."""


class Summary(NamedTuple):
    """What lies in the destination."""

    clips: int
    """With features and without."""
    failed: int
    parts: int
    audio_seconds: Optional[float]
    """Of the clips that have features; None where the sample rate is not known."""
    resumed: int
    """Clips that an earlier run had done."""
    seconds: float
    """Of this run."""
    left_out: tuple[LeftOut, ...] = ()
    """What of a folder of sound files is no clip, by reason."""
    joined: dict[str, list[str]] = {}
    """Names that are written in several ways and taken as one, with these ways."""


def run(
    source: Any,
    destination: Any,
    steps: Any,
    *,
    part_rows: int = 8192,
    batch_rows: int = 256,
    progress: Optional[bool] = None,
    **options: Any,
) -> Summary:
    """Makes Parquet files of features, `part-*.parquet`, from clips.

    A part is there whole or not at all. A run that is interrupted goes on where it stopped when it is called again;
    another configuration or source is refused. Clips that fail lie in the folder `_failed`, as they came, with the
    reason in `error`: mended, it is the source of another run. Memory holds a few batches, whatever the size of the
    source.

    Parameters
    ----------
    source: path, list of paths, or pyarrow.dataset.Dataset
        A Parquet file, several, a folder of them, or a folder of sound files as `evaluate` takes it
        (`word/clip.wav`, `train/word/speaker/clip.wav`, ...), which gives the columns `path`, `label`, `speaker` and
        `split`. Sound without a label is taken, too; the `Summary` tells what was left out.
    destination: path
        A folder, empty or of an earlier run.
    steps: Features, or what `Features` takes
        With `on_error="raise"` the first clip that fails stops the run.
    part_rows, batch_rows: int
        Clips of the source for each part, and how many are processed at once.
    progress: bool, optional
        Whether stderr tells how far it is; by default where it is a terminal.
    options:
        Arguments of `Features`.

    Returns
    -------
    Summary
    """
    begun = time.monotonic()
    if isinstance(steps, Features) and options:
        raise TypeError(f"{', '.join(options)}: expected in Features, which is given")
    features = steps if isinstance(steps, Features) else Features(steps, **options)
    if "<lambda>" in json.dumps(features.config):
        raise ValueError(
            "steps: found a lambda: expected functions with names, by which a run knows what it goes on with"
        )
    for name, count in ("part_rows", part_rows), ("batch_rows", batch_rows):
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} is {count!r}: expected an integer of at least 1")
    folder = pathlib.Path(destination)
    if isinstance(source, (str, pathlib.Path)) and pathlib.Path(source).resolve() in (folder / "_").resolve().parents:
        raise ValueError(f"{folder}: the destination is in the source {source}: expected a folder beside it")
    rows = opened(source, features.audio)
    schemas = features.split_schemas(rows.schema)
    columns = {name: getattr(features, name) for name in ("audio", "features", "keep_audio")}
    journal = Journal(
        folder,
        {
            "runeblocks": _native.__version__,
            "source": rows.described(),
            "config": {**features.config, **columns},
            "part_rows": part_rows,
        },
    )
    for part in journal.parts:
        if not (folder / _name(part["part"])).is_file():
            gone = f"{folder}: {_name(part['part'])} is gone, which is done by {journal.path.name}"
            raise ValueError(f"{gone}: put it back, or delete the folder")
    resumed = sum(part["rows"] for part in journal.parts)
    bar = Progress(progress, rows.rows, resumed)
    try:
        batches = _ahead(_sliced(rows, resumed, part_rows, batch_rows))
        for number in range(len(journal.parts), max(-(-rows.rows // part_rows), 1)):
            count = min(part_rows, rows.rows - number * part_rows)
            journal.add(_part(folder, number, count, batches, features, schemas, number * part_rows, bar))
    finally:
        bar.close()
    failed, samples = (sum(part[key] for part in journal.parts) for key in ("failed", "samples"))
    seconds = samples / features.sample_rate if features.sample_rate else None
    return Summary(rows.rows, failed, len(journal.parts), seconds, resumed, time.monotonic() - begun, rows.left_out, rows.joined)


def _name(part: int) -> str:
    return f"part-{part:05}.parquet"


def _part(
    folder: pathlib.Path,
    number: int,
    count: int,
    batches: Iterator[pyarrow.RecordBatch],
    features: Features,
    schemas: tuple[pyarrow.Schema, pyarrow.Schema],
    row: int,
    bar: Progress,
) -> dict[str, Any]:
    """Writes one part, and the clips of it that failed; gives the line of the journal."""
    name = _name(number)
    done, samples = 0, 0
    pending: list[pyarrow.RecordBatch] = []
    failures = 0
    with contextlib.ExitStack() as files:
        writer = _writer(files, folder / name, schemas[0])
        others: Any = None
        while done < count:
            batch = next(batches, None)
            if batch is None:
                raise ValueError(f"the source ends at row {row + done}: it was changed while it was read")
            good, failed, errors, read = features._split(batch)
            done, samples = done + len(batch), samples + read
            if errors and features.on_error == "raise":
                raise ClipError(row + done - len(batch) + min(errors), errors[min(errors)])
            pending.append(good)
            if sum(batch.nbytes for batch in pending) > ROW_GROUP or done == count:
                writer.write_table(pyarrow.Table.from_batches(pending), row_group_size=count)
                pending = []
            if errors:
                others = others or _writer(files, folder / FAILED / name, schemas[1])
                others.write_batch(failed)
                failures += len(failed)
            bar.add(len(batch))
    return {"part": number, "rows": count, "failed": failures, "samples": samples}


def _writer(files: contextlib.ExitStack, path: pathlib.Path, schema: pyarrow.Schema) -> Any:
    """Writes a file that is there when `files` ends."""
    path.parent.mkdir(exist_ok=True)
    return files.enter_context(pyarrow.parquet.ParquetWriter(files.enter_context(replaced(path)), schema))


def _ahead(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """The same batches; while one is processed, the next is read."""
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(next, batches, None)
        while (batch := read.result()) is not None:
            read = pool.submit(next, batches, None)
            yield batch


def _sliced(rows: Source, row: int, part_rows: int, batch_rows: int) -> Iterator[pyarrow.RecordBatch]:
    """The batches of a source, none of which reaches into two parts."""
    for batch in rows.batches(row, batch_rows):
        while len(batch):
            count = min(len(batch), part_rows - row % part_rows)
            yield batch.slice(0, count)
            batch, row = batch.slice(count), row + count
