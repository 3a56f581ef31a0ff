"""Files in, files out, and runs that go on where they were interrupted."""

import csv
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
import runeblocks

pyarrow = pytest.importorskip("pyarrow", reason="no pyarrow: pip install 'runeblocks[arrow]'")
dataset = pytest.importorskip("pyarrow.dataset")
parquet = pytest.importorskip("pyarrow.parquet")

from clips import BLOCKS, LAYOUTS, direct, noise, wav
from runeblocks import batch
from runeblocks.batch import _run
from runeblocks.batch.__main__ import main

SHARED = pathlib.Path(os.environ.get("RUNEBLOCKS_SHARED", pathlib.Path(__file__).parents[3] / "shared"))


def source(path, count=100, begin=0, failing=(), group=30):
    """A Parquet file of clips of 1600 samples; writes it, and gives them."""
    clips = noise(count, seed=begin)
    given = [None if at in failing else clip for at, clip in enumerate(clips)]
    table = pyarrow.table({"id": range(begin, begin + count), "audio": LAYOUTS["list"](given)})
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path, row_group_size=group)
    return clips


def contents(folder):
    """What each file holds, be it in other row groups."""
    return {
        str(path.relative_to(folder)): parquet.read_table(path) if path.suffix == ".parquet" else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def features(folder):
    """All features that a run has written, and the ids."""
    parts = sorted(folder.glob("*.parquet"))
    table = pyarrow.concat_tables([parquet.read_table(path) for path in parts])
    return numpy.stack(batch.to_array(table)), table["id"].to_pylist()


def test_a_run(tmp_path):
    clips = source(tmp_path / "in.parquet", failing={3, 50})
    made = batch.run(tmp_path / "in.parquet", tmp_path / "out", BLOCKS, samples=1600, part_rows=40, batch_rows=16)
    assert made._replace(seconds=0) == (100, 2, 3, 9.8, 0, 0, (), {})
    names = ["_failed/part-00000.parquet", "_failed/part-00001.parquet", "_manifest.jsonl"]
    assert sorted(contents(tmp_path / "out")) == [*names, *(f"part-{part:05}.parquet" for part in range(3))]
    found, ids = features(tmp_path / "out")
    assert ids == [at for at in range(100) if at not in (3, 50)]
    numpy.testing.assert_array_equal(found, direct(clips)[ids])
    failed = parquet.read_table(tmp_path / "out" / "_failed")
    assert failed.select(["id", "error"]).to_pydict() == {"id": [3, 50], "error": ["null", "null"]}
    # All is done: another call has nothing to do.
    before = contents(tmp_path / "out")
    again = batch.run(tmp_path / "in.parquet", tmp_path / "out", BLOCKS, samples=1600, part_rows=40)
    assert again._replace(seconds=0) == made._replace(seconds=0, resumed=100)
    assert contents(tmp_path / "out") == before
    # What failed, mended, is a source.
    mended = failed.set_column(1, "audio", LAYOUTS["list"](clips[[3, 50]]))
    parquet.write_table(mended, tmp_path / "mended.parquet")
    batch.run(tmp_path / "mended.parquet", tmp_path / "more", BLOCKS, samples=1600)
    numpy.testing.assert_array_equal(features(tmp_path / "more")[0], direct(clips[[3, 50]]))
    retried = batch.run(tmp_path / "out" / "_failed", tmp_path / "retried", BLOCKS, samples=1600)
    assert retried.failed == 2


CRASHES = """
import os, sys
import runeblocks
from runeblocks import batch
from runeblocks.batch import _journal
calls = 0
def step(event, args):
    global calls
    if event in ("open", "os.rename", "os.mkdir", "os.truncate") and "/out" in str(args[0]):
        calls += 1
        if calls == int(sys.argv[2]):
            os._exit(9)
sys.addaudithook(step)
fsync = os.fsync
def torn(file):
    step("open", ["/out"])
    fsync(file)
os.fsync = torn
blocks = [runeblocks.Fft(window_size=30, window_step=20, num_channels=40), runeblocks.NoiseFiltering(out_type="int8")]
batch.run(sys.argv[1] + "/in.parquet", sys.argv[1] + "/out", blocks, part_rows=60, batch_rows=16, samples=1600)
print(calls)
"""


def test_a_crash_at_every_step(tmp_path):
    """Wherever the process dies, what it left is whole, and the next run ends with the same bytes."""
    source(tmp_path / "in.parquet", failing={3, 90})
    run = dict(samples=1600, part_rows=60, batch_rows=16)
    batch.run(tmp_path / "in.parquet", tmp_path / "whole", BLOCKS, **run)
    expected = contents(tmp_path / "whole")

    def crash(step):
        folder = tmp_path / str(step)
        folder.mkdir()
        os.link(tmp_path / "in.parquet", folder / "in.parquet")
        return subprocess.run([sys.executable, "-c", CRASHES, folder, str(step)], capture_output=True, text=True)

    steps = int(crash(0).stdout)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        assert {done.returncode for done in pool.map(crash, range(1, steps + 1))} == {9}
    for step in range(1, steps + 1):
        folder = tmp_path / str(step)
        for path in (folder / "out").glob("**/*.parquet"):
            parquet.read_table(path)
        batch.run(folder / "in.parquet", folder / "out", BLOCKS, **run)
        assert contents(folder / "out") == expected
    assert steps > 10


def test_killed_while_it_writes(tmp_path, monkeypatch):
    """An exception in the middle of a part leaves no piece of it; a line of the journal that is torn is dropped."""
    source(tmp_path / "in.parquet")
    run = dict(samples=1600, part_rows=40, batch_rows=16, progress=False)
    whole = batch.run(tmp_path / "in.parquet", tmp_path / "whole", BLOCKS, **run)

    def stop(bar, clips, done=_run.Progress.add):
        done(bar, clips)
        if bar.done > 50:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_run.Progress, "add", stop)
        with pytest.raises(KeyboardInterrupt):
            batch.run(tmp_path / "in.parquet", tmp_path / "out", BLOCKS, **run)
    assert sorted(contents(tmp_path / "out")) == ["_manifest.jsonl", "part-00000.parquet"]
    with (tmp_path / "out" / "_manifest.jsonl").open("a") as file:
        file.write('{"part": 1, "ro')
    made = batch.run(tmp_path / "in.parquet", tmp_path / "out", BLOCKS, **run)
    assert made._replace(seconds=0) == whole._replace(seconds=0, resumed=40)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_refusals(tmp_path):
    source(tmp_path / "in.parquet", 20)
    source(tmp_path / "other.parquet", 20, begin=5)
    out = tmp_path / "out"

    def run(source="in.parquet", blocks=BLOCKS, destination=out, **options):
        return batch.run(tmp_path / source, destination, blocks, **{"samples": 1600, **options})

    run()
    other = [runeblocks.Fft(window_size=30, window_step=20, num_channels=32), BLOCKS[1]]
    begin = f"{out}: what is there is of another"
    end = ". Give the one that it was begun with to go on, or another destination to begin anew"
    digests = [json.loads((out / "_manifest.jsonl").open().readline())["source"]["digest"]]
    run("other.parquet", destination=tmp_path / "others")
    digests.append(json.loads((tmp_path / "others" / "_manifest.jsonl").open().readline())["source"]["digest"])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    for call, text in (
        (
            lambda: run(blocks=other),
            f"{begin} configuration: `config.steps[0].num_channels` was 40 and is 32{end}",
        ),
        (lambda: run(samples=1601), f"{begin} configuration: `config.samples` was 1600 and is 1601{end}"),
        (
            lambda: run("other.parquet"),
            f"{begin} source: `source.digest` was {digests[0]!r} and is {digests[1]!r}{end}",
        ),
        (
            lambda: run(part_rows=7),
            f"{out}: what is there has parts of another size: `part_rows` was 8192 and is 7{end}",
        ),
        (
            lambda: run(destination=tmp_path / "full"),
            f"{tmp_path}/full: found `mine.txt` and no _manifest.jsonl: expected an empty folder, or one of an earlier "
            "run",
        ),
        (
            lambda: run("", destination=out),
            f"{out}: the destination is in the source {tmp_path}: expected a folder beside it",
        ),
        (
            lambda: run("none.parquet"),
            f"{tmp_path}/none.parquet: found no file: expected Parquet files, or a folder of Parquet or sound files",
        ),
        (
            lambda: run("full"),
            f"{tmp_path}/full: found neither Parquet nor sound files; 1 file that is no sound: mine.txt: expected one "
            "of them (a list of files is a source, too)",
        ),
        (
            lambda: run(blocks=lambda audio: audio),
            "steps: found a lambda: expected functions with names, by which a run knows what it goes on with",
        ),
        (lambda: run(batch_rows=0), "batch_rows is 0: expected an integer of at least 1"),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == text
    (tmp_path / "others" / "part-00000.parquet").unlink()
    with pytest.raises(
        ValueError, match="part-00000.parquet is gone, which is done by _manifest.jsonl: put it back, or"
    ):
        run("other.parquet", destination=tmp_path / "others")
    (tmp_path / "others" / "_manifest.jsonl").write_text("text\n")
    with pytest.raises(ValueError, match="_manifest.jsonl: it can't be read: expected what a run writes"):
        run("other.parquet", destination=tmp_path / "others")
    source(tmp_path / "bad.parquet", 20, failing={11})
    with pytest.raises(batch.ClipError, match="^row 11: null$"):
        run("bad.parquet", destination=tmp_path / "bad", on_error="raise", part_rows=8, batch_rows=2)
    assert sorted(contents(tmp_path / "bad")) == ["_manifest.jsonl", "part-00000.parquet"]


def test_sources(tmp_path):
    """A file, several, folders and datasets of the same rows give the same."""
    clips = numpy.concatenate(
        [source(tmp_path / "in" / f"{name}.parquet", 50, at) for at, name in ((0, "a"), (50, "b"))]
    )
    (tmp_path / "in" / "_not_this.parquet").touch()
    paths = [tmp_path / "in" / "a.parquet", tmp_path / "in" / "b.parquet"]
    for number, given in enumerate((tmp_path / "in", str(tmp_path / "in"), paths, dataset.dataset(paths))):
        out = tmp_path / str(number)
        assert batch.run(given, out, BLOCKS, samples=1600, part_rows=33, batch_rows=20).clips == 100
        found, ids = features(out)
        assert ids == list(range(100))
        numpy.testing.assert_array_equal(found, direct(clips))
    for begin in range(0, 101, 7):
        for given in _run.opened(paths, "audio"), _run.opened(dataset.dataset(paths), "audio"):
            assert [at for part in given.batches(begin, 20) for at in part["id"].to_pylist()] == list(range(begin, 100))
    source(tmp_path / "hive" / "label=yes" / "a.parquet", 5)
    batch.run(tmp_path / "hive", tmp_path / "labelled", BLOCKS, samples=1600)
    assert parquet.read_table(tmp_path / "labelled" / "part-00000.parquet")["label"].to_pylist() == ["yes"] * 5
    parquet.write_table(parquet.read_table(paths[0]).select(["audio"]), paths[1])
    with pytest.raises(ValueError, match=r"b.parquet: its columns are not those of .*a.parquet: expected the same"):
        batch.run(paths, tmp_path / "none", BLOCKS)
    source(tmp_path / "empty.parquet", 0)
    assert batch.run(tmp_path / "empty.parquet", tmp_path / "nothing", BLOCKS)[:3] == (0, 0, 1)


def test_a_folder_of_wav_files(tmp_path, capsys):
    clips = noise(4)
    for path, clip in zip(("yes/a.wav", "yes/b.WAV", "_noise_/c.wav", "d.wav"), clips):
        (tmp_path / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / path).write_bytes(wav(clip))
    (tmp_path / "in" / "yes" / "bad.wav").write_bytes(b"RIFF")
    block = ["--block", "fft", "window_size=30", "window_step=20", "num_channels=40"]
    arguments = [str(tmp_path / "in"), str(tmp_path / "out"), *block, "--block", "noise-filtering", "out_type=int8"]
    assert main([*arguments, "--samples", "1600"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("5 clips, 1 failed, 1 parts, ")
    assert said.err == f"those that failed, and why: {tmp_path}/out/_failed\n"
    table = parquet.read_table(tmp_path / "out" / "part-00000.parquet")
    assert table["path"].to_pylist() == ["_noise_/c.wav", "d.wav", "yes/a.wav", "yes/b.WAV"]
    assert table["label"].to_pylist() == ["_noise_", None, "yes", "yes"]
    numpy.testing.assert_array_equal(batch.to_array(table), direct(clips[[2, 3, 0, 1]]))
    (failed,) = parquet.read_table(tmp_path / "out" / "_failed").to_pylist()
    assert failed["path"] == "yes/bad.wav"
    assert (
        failed["error"]
        == f'{tmp_path}/in/yes/bad.wav: it has no "fmt " chunk before its samples: it is no complete WAV file'
    )
    assert main([*arguments, "--samples", "1000"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path}/out: what is there is of another configuration")
    assert main([*arguments[:2], "--block", "ftt"]) == 1
    assert capsys.readouterr().err.startswith("error: --block ftt: expected one of dequantize, fft, label, ")
    (tmp_path / "in" / "yes" / "bad.wav").write_bytes(wav(clips[0], rate=8000, channels=2))
    files = [*arguments[:1], str(tmp_path / "mixed"), *arguments[2:], "--samples", "1600", "--resample", "--mixdown"]
    assert main(files) == 0
    said = capsys.readouterr()
    assert said.out.startswith("5 clips, 0 failed, 1 parts, ")
    again = batch.run(tmp_path / "in", tmp_path / "mixed", BLOCKS, samples=1600, resample=True, mixdown=True)
    assert again.left_out == () and again.resumed == 5


@pytest.mark.parametrize("kind", ["file", "dataset", "memory"])
def test_another_source_of_the_same_shape(tmp_path, kind):
    """A run goes on with what it was begun with, not with what has the same names, columns and sizes."""
    path = tmp_path / "in" / "clips.parquet"
    path.parent.mkdir()

    def made(seed):
        clips = numpy.random.default_rng(seed).integers(-999, 999, (40, 1600), numpy.int16)
        column = pyarrow.FixedSizeBinaryArray.from_buffers(pyarrow.binary(3200), 40, [None, pyarrow.py_buffer(clips.tobytes())])
        table = pyarrow.table({"audio": column})
        if kind == "memory":
            return dataset.dataset(table)
        parquet.write_table(table, path, compression=None, use_dictionary=False, write_statistics=False)
        os.utime(path, (seed, seed))
        return path if kind == "file" else dataset.dataset(path.parent)

    def run(source):
        return batch.run(source, tmp_path / "out", BLOCKS, encoding="pcm16", samples=1600, part_rows=20)

    first = made(1)
    assert run(first).clips == 40
    assert run(made(1) if kind == "memory" else first).resumed == 40
    with pytest.raises(ValueError, match="what is there is of another source"):
        run(made(2))


def test_a_folder_of_splits(tmp_path, capsys):
    """Labels, speakers and splits are as `evaluate` finds them, and what is no clip is counted."""
    names = ("test/u\u0308p/anna/1.wav", "train/cat/2.wav", "train/\u00fcp/3.wav")
    for name in (*names, "train/cat/4.wma", "notes.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(wav(noise(1)[0]))
    (tmp_path / "in" / "empty").mkdir()
    made = batch.run(tmp_path / "in", tmp_path / "out", BLOCKS, samples=1600)
    assert [left[:3] for left in made.left_out] == [
        ("format", 1, ["train/cat/4.wma"]), ("empty", 1, ["empty"]), ("no_sound", 1, ["notes.txt"])
    ]
    assert made.joined == {"u\u0308p": ["u\u0308p", "\u00fcp"]}
    table = parquet.read_table(tmp_path / "out" / "part-00000.parquet")
    assert table["path"].to_pylist() == list(names)
    assert table["label"].to_pylist() == ["u\u0308p", "cat", "u\u0308p"]
    assert table["speaker"].to_pylist() == ["anna", None, None]
    assert table["split"].to_pylist() == ["test", "train", "train"]
    assert main([str(tmp_path / "in"), str(tmp_path / "out2"), "--block", "fft", "num_channels=40"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "left out: 1 recording in a format that is not read (.wma): train/cat/4.wma" and len(said) == 4
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a.wma").touch()
    with pytest.raises(ValueError, match=r"neither Parquet nor .*; 1 recording in a format that is not read \(.wma\): a.wma"):
        batch.run(tmp_path / "none", tmp_path / "nothing", BLOCKS)


def test_progress(tmp_path, capsys, monkeypatch):
    source(tmp_path / "in.parquet", 20)
    batch.run(tmp_path / "in.parquet", tmp_path / "quiet", BLOCKS)
    assert capsys.readouterr().err == ""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    batch.run(tmp_path / "in.parquet", tmp_path / "out", BLOCKS, progress=True)
    assert "20 of 20 clips, " in capsys.readouterr().err


@pytest.mark.skipif(
    not pathlib.Path("/proc/self/status").exists(), reason="this system does not tell the peak of memory"
)
def test_memory_is_bounded(tmp_path):
    """Ten times the clips take about as much memory."""
    code = (
        "import sys, runeblocks\nfrom runeblocks import batch\n"
        "batch.run(sys.argv[1], sys.argv[2], runeblocks.Fft(num_channels=4), samples=16000, batch_rows=64)\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    used = []
    for count in 300, 3000:
        clips = numpy.tile(noise(10, 16000).reshape(-1), count // 10)
        offsets = pyarrow.array(numpy.arange(count + 1, dtype=numpy.int32) * 16000)
        table = pyarrow.table({"audio": pyarrow.ListArray.from_arrays(offsets, pyarrow.array(clips))})
        path = tmp_path / f"{count}.parquet"
        parquet.write_table(table, path, compression="none", use_dictionary=False)
        done = subprocess.run(
            [sys.executable, "-c", code, path, tmp_path / f"{count}"], capture_output=True, text=True, check=True
        )
        used.append(int(done.stdout))
    assert used[1] - used[0] < 40_000, f"{used} kB"


@pytest.mark.skipif(not (SHARED / "speech").is_dir(), reason="no recorded clips: RUNEBLOCKS_SHARED names their folder")
def test_speech(tmp_path):
    """Recorded words, of many lengths, as WAV bytes."""
    soundfile = pytest.importorskip("soundfile", reason="no soundfile to decode the recorded clips")
    folder = SHARED / "speech" / "english"
    with (folder / "manifest.csv").open(newline="") as file:
        listed = [row for row in csv.DictReader(file) if row["word"] in ("yes", "visual")]
    clips = [soundfile.read(folder / row["path"], dtype="int16")[0] for row in listed]
    table = pyarrow.table({"audio": LAYOUTS["struct"](clips), "label": [row["label"] for row in listed]})
    parquet.write_table(table, tmp_path / "in.parquet")
    made = batch.run(tmp_path / "in.parquet", tmp_path / "out", BLOCKS, part_rows=128)
    assert made.clips == len(listed) > 50 and made.failed == 0
    parts = [parquet.read_table(path) for path in sorted((tmp_path / "out").glob("*.parquet"))]
    table = pyarrow.concat_tables(parts)
    assert table["label"].to_pylist() == [row["label"] for row in listed]
    for clip, found in zip(clips, batch.to_array(table)):
        numpy.testing.assert_array_equal(found, direct(clip))
    # The FLAC files as they lie there.
    made = batch.run(folder / "yes", tmp_path / "flac", BLOCKS)
    (part,) = (tmp_path / "flac").glob("*.parquet")
    table, expected = parquet.read_table(part), {row["path"]: clip for row, clip in zip(listed, clips)}
    assert made.failed == 0 and table.num_rows == sum(row["word"] == "yes" for row in listed)
    for path, found in zip(table["path"].to_pylist(), batch.to_array(table)):
        numpy.testing.assert_array_equal(found, direct(expected[f"yes/{path}"]))
