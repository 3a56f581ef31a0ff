"""The same bits in Daft and in Ray Data."""

import os

import numpy
import pytest

pyarrow = pytest.importorskip("pyarrow", reason="no pyarrow: pip install 'runeblocks[arrow]'")
parquet = pytest.importorskip("pyarrow.parquet")

from clips import BLOCKS, LAYOUTS, noise
from runeblocks import batch


def table(layout, failing=True):
    clips = list(noise(50))
    if failing:
        clips[7] = None
    return pyarrow.table({"id": range(50), "audio": LAYOUTS[layout](clips)})


def same(made, expected):
    """Whether tables hold the same, be the lists large ones, whatever the order of the rows."""
    made = made.combine_chunks().sort_by("id")
    assert made.column_names == expected.column_names
    for name in expected.column_names:
        numpy.testing.assert_equal(made[name].to_pylist(), expected[name].to_pylist())


@pytest.mark.parametrize("layout", ["list", "wav", "struct"])
@pytest.mark.parametrize("samples", [None, 1600])
def test_daft(layout, samples):
    daft = pytest.importorskip("daft", reason="no Daft: pip install 'runeblocks[daft]'")
    features = batch.Features(BLOCKS, samples=samples)
    given = table(layout)
    frame = batch.on_daft(daft.from_arrow(given), features)
    same(frame.to_arrow(), features(given))
    whole = batch.Features(BLOCKS, samples=1600, on_error="raise")
    made = batch.on_daft(daft.from_arrow(table(layout, failing=False)), whole)
    assert str(made.schema()["features"].dtype) == "Tensor[Int8; [4, 40]]"
    same(made.to_arrow(), whole(table(layout, failing=False)))
    with pytest.raises(Exception, match="row 7: null"):
        batch.on_daft(daft.from_arrow(given), whole).to_arrow()
    with pytest.raises(ValueError, match="^there is a column `error` already: give another name, error=$"):
        batch.on_daft(daft.from_arrow(given.append_column("error", given["id"])), features)


@pytest.fixture(scope="module")
def ray():
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray = pytest.importorskip("ray", reason="no Ray Data: pip install 'runeblocks[ray]'")
    pytest.importorskip("ray.data", reason="no Ray Data: pip install 'runeblocks[ray]'")
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error", log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield ray
    ray.shutdown()


def test_ray(ray, tmp_path):
    for layout in "list", "wav", "struct":
        features = batch.Features(BLOCKS)
        given = table(layout)
        found = batch.on_ray(ray.data.from_arrow(given), features, batch_size=20)
        same(pyarrow.concat_tables(ray.get(found.to_arrow_refs())), features(given))
    whole = batch.Features(BLOCKS, samples=1600, on_error="raise")
    given = table("list", failing=False)
    found = batch.on_ray(ray.data.from_arrow(given), whole)
    tables = pyarrow.concat_tables(ray.get(found.to_arrow_refs()))
    same(tables, whole(given))
    assert batch.metadata(tables) == batch.metadata(whole(given))
    numpy.testing.assert_array_equal(
        found.sort("id").take_batch(50, batch_format="numpy")["features"], batch.to_array(whole(given))
    )
    with pytest.raises(Exception, match="row 7: null"):
        batch.on_ray(ray.data.from_arrow(table("list")), whole).materialize()
    # Failed clips among features can be written and read.
    batch.on_ray(ray.data.from_arrow(table("list")), features).write_parquet(str(tmp_path))
    same(parquet.read_table(tmp_path), features(table("list")))
