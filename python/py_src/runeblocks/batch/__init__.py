"""Features of clips by the million: Arrow record batches in and out, Parquet files, Daft and Ray Data.

>>> import numpy, pyarrow, runeblocks
>>> from runeblocks import batch
>>> blocks = [runeblocks.Fft(window_size=30, num_channels=40), runeblocks.NoiseFiltering(out_type="int8")]
>>> features = batch.Features(blocks, samples=16000)
>>> clips = [numpy.zeros(16000, numpy.int16), None]
>>> table = pyarrow.table({"audio": pyarrow.array(clips, pyarrow.list_(pyarrow.int16())), "label": ["yes", "no"]})
>>> features(table).column_names
['label', 'features', 'error']
>>> good, failed = features.split(table)
>>> batch.to_array(good).shape, failed["error"].to_pylist()
((1, 98, 40), ['null'])
"""

try:
    import pyarrow  # noqa: F401
except ImportError as error:
    raise ImportError("runeblocks.batch needs pyarrow: pip install 'runeblocks[arrow]'") from error

from ._engines import on_daft, on_ray
from ._features import ClipError, Features
from ._layout import metadata, to_array
from ._run import Summary, run

__all__ = ["ClipError", "Features", "Summary", "metadata", "on_daft", "on_ray", "run", "to_array"]
