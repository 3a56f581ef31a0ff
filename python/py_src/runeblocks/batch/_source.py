"""Where clips come from: Parquet files, a folder of sound files, or a dataset of pyarrow."""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Iterator
from typing import Any, Optional, Union

import pyarrow
import pyarrow.dataset
import pyarrow.parquet

from .. import _native
from .._evaluation import LeftOut
from .._sound import SOUND_ENDINGS


class Source:
    """Rows in an order that stays."""

    schema: pyarrow.Schema
    rows: int
    kind: str
    identity: str
    """A digest that changes where the rows do."""
    left_out: tuple[LeftOut, ...] = ()
    """What of a folder is no row, by reason."""
    joined: dict[str, list[str]] = {}
    """Names that are written in several ways and taken as one, with these ways."""

    def batches(self, row: int, size: int) -> Iterator[pyarrow.RecordBatch]:
        """The rows from `row` on, in batches of at most `size`."""
        raise NotImplementedError

    def described(self) -> dict[str, Any]:
        """What the source is, as it is written down and compared."""
        return {"kind": self.kind, "rows": self.rows, "digest": self.identity}


class ParquetFiles(Source):
    """Parquet files, in the order given. Their footers, sizes and times of change identify them."""

    kind = "Parquet files"

    def __init__(self, paths: list[pathlib.Path]) -> None:
        self.paths = paths
        self.counts: list[int] = []
        digest = hashlib.sha256()
        for path in paths:
            with pyarrow.parquet.ParquetFile(path) as file:
                if not self.counts:
                    self.schema = file.schema_arrow
                elif not file.schema_arrow.equals(self.schema):
                    raise ValueError(f"{path}: its columns are not those of {paths[0]}: expected the same in all files")
                self.counts.append(file.metadata.num_rows)
            found = path.stat()
            digest.update(f"{found.st_size}\0{found.st_mtime_ns}\0".encode() + _footer(path))
        self.rows, self.identity = sum(self.counts), digest.hexdigest()

    def batches(self, row: int, size: int) -> Iterator[pyarrow.RecordBatch]:
        for path, count in zip(self.paths, self.counts):
            if row < count:
                with pyarrow.parquet.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
                    groups = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
                    first = 0
                    while row >= groups[first]:
                        row -= groups[first]
                        first += 1
                    yield from _from(row, file.iter_batches(size, range(first, len(groups)), use_threads=False))
            row = max(row - count, 0)


class SoundFolder(Source):
    """A folder of sound files, as `evaluate` takes it: columns `path`, `label`, `speaker`, `split` and the clip.

    Files whose label is not known are rows, too. Names, sizes and times of change identify the files.
    """

    kind = "a folder of sound files"

    def __init__(self, folder: pathlib.Path, found: list[Any], said: Any, audio: str) -> None:
        self.found, self.rows = found, len(found)
        self.left_out, self.joined = tuple(LeftOut(*left) for left in said[0]), dict(said[1])
        self.type = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
        names = ("path", "label", "speaker", "split")
        self.schema = pyarrow.schema([*((name, pyarrow.string()) for name in names), (audio, self.type)])
        digest = hashlib.sha256()
        for path, *_ in found:
            stat = path.stat()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
        self.identity = digest.hexdigest()

    def batches(self, row: int, size: int) -> Iterator[pyarrow.RecordBatch]:
        for at in range(row, self.rows, size):
            paths, *columns = zip(*self.found[at : at + size])
            files = [{"bytes": None, "path": str(path)} for path in paths]
            texts = [pyarrow.array(column, pyarrow.string()) for column in columns]
            yield pyarrow.RecordBatch.from_arrays([*texts, pyarrow.array(files, self.type)], schema=self.schema)


class Dataset(Source):
    """A dataset of pyarrow. The names, sizes and times of change of its files identify it, or all its rows where it has none."""

    kind = "a dataset"

    def __init__(self, dataset: Any) -> None:
        self.dataset, self.schema = dataset, dataset.schema
        self.fragments = list(dataset.get_fragments())
        self.counts = [fragment.count_rows() for fragment in self.fragments]
        self.rows = sum(self.counts)
        digest = hashlib.sha256(str(self.schema).encode())
        files = getattr(dataset, "files", [])
        for info in dataset.filesystem.get_file_info(files) if files else ():
            digest.update(f"{info.path}\0{info.size}\0{info.mtime_ns}\0".encode())
        for batch in () if files else dataset.to_batches():
            digest.update(batch.serialize())
        self.identity = digest.hexdigest()

    def batches(self, row: int, size: int) -> Iterator[pyarrow.RecordBatch]:
        for fragment, count in zip(self.fragments, self.counts):
            if row < count:
                read = fragment.to_batches(self.schema, batch_size=size, batch_readahead=2, fragment_readahead=1)
                yield from _from(row, read)
            row = max(row - count, 0)


def opened(source: Any, audio: str) -> Source:
    """The source that a path, a list of Parquet files, or a dataset stands for."""
    if isinstance(source, pyarrow.dataset.Dataset):
        return Dataset(source)
    if isinstance(source, (list, tuple)):
        if not source:
            raise ValueError("source: found no files: expected Parquet files")
        return ParquetFiles([_file(path) for path in source])
    path = pathlib.Path(source)
    if not path.is_dir():
        return ParquetFiles([_file(path)])
    parquet = [file for file in _parquet(path) if not any(part[0] == "_" for part in file.relative_to(path).parts)]
    sounds, said = _native.recordings(str(path))
    if bool(parquet) == bool(sounds):
        what = "both Parquet and sound files" if sounds else "neither Parquet nor sound files"
        left = "" if parquet else "".join(f"; {LeftOut(*left).text}" for left in said[0])
        raise ValueError(f"{path}: found {what}{left}: expected one of them (a list of files is a source, too)")
    if sounds:
        return SoundFolder(path, sounds, said, audio)
    if any("=" in part for file in parquet for part in file.relative_to(path).parts[:-1]):
        return Dataset(pyarrow.dataset.dataset(path, format="parquet", partitioning="hive"))
    return ParquetFiles(parquet)


def _file(path: Union[str, os.PathLike[str]]) -> pathlib.Path:
    path = pathlib.Path(path)
    if path.suffix.lower() in SOUND_ENDINGS or not path.is_file():
        found = "a sound file" if path.is_file() else "no file"
        raise ValueError(f"{path}: found {found}: expected Parquet files, or a folder of Parquet or sound files")
    return path


def _parquet(folder: pathlib.Path) -> list[pathlib.Path]:
    """The Parquet files of a folder and those below, in the order of their names."""
    found = (
        pathlib.Path(at, name)
        for at, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(".parquet") and not name.startswith(".")
    )
    return sorted(found)


def _footer(path: pathlib.Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        size = int.from_bytes(file.read(4), "little")
        file.seek(-8 - size, os.SEEK_END)
        return file.read(size)


def _from(row: int, batches: Any) -> Iterator[pyarrow.RecordBatch]:
    """Batches without the first rows."""
    skipped: Optional[int] = row
    for batch in batches:
        if skipped:
            drop = min(skipped, len(batch))
            skipped -= drop
            batch = batch.slice(drop)
        if len(batch):
            yield batch
