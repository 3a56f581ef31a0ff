"""The time for each clip from Parquet to Parquet: a run, Daft and Ray Data, on 10,000 clips of a second.

    pip install .[daft,ray] && python python/compare_engines.py

Engines are started before they are timed; the features are compared first.
"""

import pathlib
import tempfile
import time

import daft
import numpy
import pyarrow
import pyarrow.parquet as parquet
import ray
import runeblocks
from runeblocks import batch

CLIPS, GROUP = 10_000, 500
TURNS = 3
FEATURES = batch.Features(
    [runeblocks.Fft(window_size=30, window_step=20, num_channels=40), runeblocks.NoiseFiltering(out_type="int8")],
    samples=16000,
    on_error="raise",
)


def write(path):
    """One-second clips: noise whose level rises and falls."""
    random = numpy.random.default_rng(0)
    level = 3000 * (1 + numpy.sin(numpy.arange(16000) / 2000))
    offsets = pyarrow.array(numpy.arange(GROUP + 1, dtype=numpy.int32) * 16000)
    with parquet.ParquetWriter(
        path, pyarrow.schema({"id": pyarrow.int64(), "audio": pyarrow.list_(pyarrow.int16())})
    ) as file:
        for at in range(0, CLIPS, GROUP):
            clips = (random.normal(0, 1, (GROUP, 16000)) * level).clip(-32768, 32767).astype(numpy.int16)
            audio = pyarrow.ListArray.from_arrays(offsets, pyarrow.array(clips.reshape(-1)))
            file.write_table(pyarrow.table({"id": range(at, at + GROUP), "audio": audio}, file.schema))


def plain(source, out):
    batch.run(source, out, FEATURES)


def on_daft(source, out):
    batch.on_daft(daft.read_parquet(str(source)), FEATURES).write_parquet(str(out))


def on_ray(source, out):
    batch.on_ray(ray.data.read_parquet(str(source)), FEATURES).write_parquet(str(out))


def main():
    ray.init(include_dashboard=False, logging_level="error", log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder / "in.parquet")
        times, made = {}, {}
        for turn in range(TURNS):
            for call in plain, on_daft, on_ray:
                out = folder / f"{call.__name__}{turn}"
                begun = time.perf_counter()
                call(folder / "in.parquet", out)
                times.setdefault(call.__name__, []).append(time.perf_counter() - begun)
                parts = [parquet.read_table(path) for path in out.glob("*.parquet")]
                features = pyarrow.concat_tables(parts).sort_by("id")["features"].combine_chunks()
                made[call.__name__] = features.storage.flatten().to_numpy()
        for name, found in times.items():
            numpy.testing.assert_array_equal(made[name], made["plain"])
            print(f"{name}: {min(found) / CLIPS * 1e6:.0f} us a clip")


if __name__ == "__main__":
    main()
