"""The same function in Daft and in Ray Data."""

from __future__ import annotations

from typing import Any

import pyarrow

from ._features import Features


def on_daft(frame: Any, features: Features) -> Any:
    """A Daft data frame with the columns that `features` makes; lazy, as the frame is.

    Daft drops the metadata of columns: keep `features.metadata`.
    """
    try:
        import daft
    except ImportError as error:
        raise ImportError("runeblocks.batch.on_daft needs daft: pip install 'runeblocks[daft]'") from error

    name = features.audio
    kept = [column for column in frame.column_names if column != name]
    given = [(of.name, pyarrow.null() if of.name in kept else of.dtype.to_arrow_dtype()) for of in frame.schema()]
    made = [field for field in features.schema(pyarrow.schema(given)) if field.name not in kept]
    type = daft.DataType.struct({field.name: daft.DataType.from_arrow_type(field.type) for field in made})

    @daft.func.batch(return_dtype=type, unnest=True)
    def process(audio: daft.Series) -> Any:
        found = features(pyarrow.RecordBatch.from_arrays([audio.to_arrow()], names=[name]))
        return pyarrow.StructArray.from_arrays(found.columns, fields=list(found.schema))

    return frame.select(*kept, process(frame[name]))


def on_ray(dataset: Any, features: Features, **options: Any) -> Any:
    """A Ray dataset with the columns that `features` makes; `options` are those of `map_batches`."""
    try:
        import ray.data  # noqa: F401
    except ImportError as error:
        raise ImportError("runeblocks.batch.on_ray needs Ray Data: pip install 'runeblocks[ray]'") from error
    return dataset.map_batches(features, batch_format="pyarrow", **options)
