"""Record batches in, record batches out."""

import doctest
import functools
import json
import pickle
import subprocess
import sys

import numpy
import pytest
import runeblocks

pyarrow = pytest.importorskip("pyarrow", reason="no pyarrow: pip install 'runeblocks[arrow]'")

from clips import BLOCKS, HF, INT16, LAYOUTS, direct, encoding, noise, wav
from runeblocks import batch


def given(column, **others):
    return pyarrow.RecordBatch.from_arrays([column, *map(pyarrow.array, others.values())], names=["audio", *others])


def features_of(found, name="features"):
    return [None if row is None else numpy.array(row) for row in found.column(name).to_pylist()]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(8))
def test_layouts_lengths_nulls_and_slices(layout, seed):
    """Whatever the layout, a clip gives what a direct call gives, and a clip that is not there gives none."""
    random = numpy.random.default_rng(seed)
    lengths = random.choice([500, 501, 1600, 2000], 20) if seed % 2 else numpy.full(20, 1600)
    clips = [noise(1, length, seed + at)[0] for at, length in enumerate(lengths)]
    clips = [None if seed % 4 > 1 and random.random() < 0.2 else clip for clip in clips]
    begin, end = sorted(random.integers(0, 21, 2))
    column = LAYOUTS[layout](clips)[begin:end]
    made = batch.Features(BLOCKS, encoding=encoding(layout))(given(column, id=range(begin, end)))
    assert made.schema.names == ["id", "features", "error"]
    assert made["id"].to_pylist() == list(range(begin, end))
    for clip, features, error in zip(clips[begin:end], features_of(made), made["error"].to_pylist()):
        if clip is None:
            assert features is None and error == "null"
        else:
            assert error is None
            numpy.testing.assert_array_equal(features, direct(clip))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_length_for_all(layout):
    """Longer clips are cut at the end, shorter ones are followed by zeros."""
    clips = [noise(1, length)[0] for length in (100, 1600, 2000)]
    padded = numpy.stack([numpy.pad(clip, (0, max(1600 - len(clip), 0)))[:1600] for clip in clips])
    features = batch.Features(BLOCKS, encoding=encoding(layout), samples=1600, on_error="raise")
    made = features(given(LAYOUTS[layout](clips)))
    assert made.schema.field("features").type == pyarrow.fixed_shape_tensor(pyarrow.int8(), [4, 40])
    numpy.testing.assert_array_equal(batch.to_array(made), direct(padded))


def test_fixed_sizes():
    clips = noise(6)
    sized = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(clips.reshape(-1)), 1600)
    nulls = pyarrow.array([None, *clips[1:].tolist()], pyarrow.list_(INT16, 1600))
    tensor = pyarrow.FixedShapeTensorArray.from_numpy_ndarray(clips)
    binary = pyarrow.array([clip.tobytes() for clip in clips], pyarrow.binary(3200))
    for column, code in (sized, "file"), (nulls, "file"), (tensor, "file"), (binary, "pcm16"):
        good, failed = batch.Features(BLOCKS, encoding=code).split(given(column[1:5]))
        assert len(failed) == 0
        assert isinstance(good["features"], pyarrow.FixedShapeTensorArray) or column is tensor or code == "pcm16"
        numpy.testing.assert_array_equal(numpy.stack(batch.to_array(good)), direct(clips[1:5]))
    assert batch.Features(BLOCKS)(given(nulls))["error"].to_pylist() == ["null"] + [None] * 5


def test_no_copy():
    """A function sees the buffer of the column."""
    clips, seen = noise(6), []
    values = pyarrow.array(clips.reshape(-1))
    column = pyarrow.ListArray.from_arrays(pyarrow.array(numpy.arange(7, dtype=numpy.int32) * 1600), values)

    def first(audio):
        seen.append(audio.ctypes.data)
        return audio[:, :1]

    made = batch.Features(first, samples=1600)(given(column[2:]))
    assert seen[-1] == values.buffers()[1].address + 2 * 3200
    assert made["features"].to_pylist() == clips[2:, :1].tolist()


def test_odd_offsets_of_bytes():
    clips = noise(3)
    column = pyarrow.array([b"x", *(clip.tobytes() for clip in clips)], pyarrow.binary())
    made = batch.Features(BLOCKS, encoding="pcm16")(given(column))
    assert made["error"].to_pylist() == ["1 bytes: expected two for each sample", None, None, None]
    numpy.testing.assert_array_equal(features_of(made)[1:], direct(clips))


def test_empty():
    features = batch.Features(BLOCKS, samples=1600)
    for layout in LAYOUTS.values():
        made = features(given(layout([])))
        assert len(made) == 0 and made.schema == features.schema(given(layout([])).schema)
        assert [len(part) for part in features.split(given(layout([])))] == [0, 0]
    assert features(pyarrow.table({"audio": LAYOUTS["list"]([])})).num_rows == 0
    assert features(given(pyarrow.nulls(2)))["error"].to_pylist() == ["null", "null"]


KINDS = "WAV, FLAC, MP3, Ogg Vorbis, AAC, M4A, AIFF and CAF files are read: convert it with"


def test_failures(tmp_path):
    """None is lost, none stops the others."""
    clip = noise(1)[0]
    (tmp_path / "a.wav").write_bytes(wav(clip))
    (tmp_path / "b.wav").write_bytes(b"text")
    cut = (
        'the "data" chunk at byte 36 declares 3200 bytes, and the file has 1000 left: it was cut short, or its header was '
        "never completed; copy or record it again, or make a new header with `sox --ignore-length IN.wav OUT.wav`"
    )
    none = "it holds no samples; a recorder that was stopped before it completed the header leaves such a file"
    cases = [
        ({"bytes": wav(clip), "path": None}, None),
        ({"bytes": None, "path": str(tmp_path / "a.wav")}, None),
        (None, "null"),
        ({"bytes": None, "path": None}, "null"),
        (
            {"bytes": None, "path": f"{tmp_path}/none.wav"},
            f"{tmp_path}/none.wav: it cannot be read: No such file or directory (os error 2)",
        ),
        (
            {"bytes": None, "path": f"{tmp_path}/b.wav"},
            f'{tmp_path}/b.wav: it begins with "text", as no sound file does; {KINDS} `sox IN -b 16 OUT.wav`',
        ),
        ({"bytes": b"#!AMR\n", "path": None}, f"it is an AMR file, and {KINDS} `ffmpeg -i IN OUT.wav`"),
        ({"bytes": b"", "path": None}, none),
        ({"bytes": wav(clip)[:40], "path": None}, 'it has no "data" chunk: it is no complete WAV file'),
        ({"bytes": wav(clip)[:1044], "path": None}, cut),
        (
            {"bytes": wav(clip, 8000), "path": None},
            "it is sampled at 8000 Hz, and 16000 Hz is expected; give resample=True to convert it, or another sample_rate",
        ),
        (
            {"bytes": wav(clip, channels=2), "path": None},
            "it has 2 channels, and one is expected; give mixdown=True for their average",
        ),
        ({"bytes": wav(clip[:0]), "path": None}, none),
        (
            {"bytes": wav(clip[:100]), "path": None},
            "fft: the input `audio` is 100 samples: expected at least one window, 480 (give a longer clip, or shorten "
            "window_size)",
        ),
        ({"bytes": wav(clip), "path": None}, None),
    ]
    given_rows, expected = zip(*cases)
    record = given(pyarrow.array(given_rows, HF), id=range(len(cases)))
    made = batch.Features(BLOCKS)(record)
    assert made["error"].to_pylist() == list(expected)
    for features, error in zip(features_of(made), expected):
        assert (features is None) == (error is not None)
        if error is None:
            numpy.testing.assert_array_equal(features, direct(clip))
    good, failed = batch.Features(BLOCKS).split(record)
    assert good["id"].to_pylist() == [0, 1, 14] and good.schema.names == ["id", "features"]
    assert failed["id"].to_pylist() == list(range(2, 14)) and failed.schema.names == ["audio", "id", "error"]
    assert failed["error"].to_pylist() == list(expected[2:14])
    # What failed can be tried again, mended or not.
    assert batch.Features(BLOCKS)(failed)["error"].to_pylist() == list(expected[2:14])
    with pytest.raises(batch.ClipError, match="^row 2: null$") as error:
        batch.Features(BLOCKS, on_error="raise")(record)
    assert (error.value.row, error.value.reason) == (2, "null")
    assert str(pickle.loads(pickle.dumps(error.value))) == "row 2: null"


def test_other_failures():
    holes = pyarrow.array([[1] * 500, [1, None] * 500, [2] * 500], pyarrow.list_(INT16))
    assert batch.Features(BLOCKS)(given(holes))["error"].to_pylist() == [None, "500 samples are null", None]
    assert batch.Features(BLOCKS)(given(holes[1:]))["error"].to_pylist() == ["500 samples are null", None]

    def picky(audio):
        if (audio == 2).any():
            raise KeyError("two")
        return audio[:, : 2 if audio.any() and (audio == 3).any() else 3]

    column = pyarrow.array([[1] * 9, [2] * 9, [3] * 9, [4] * 9], pyarrow.list_(INT16))
    assert batch.Features(picky)(given(column))["error"].to_pylist() == [
        None,
        "KeyError: 'two'",
        "the features are int16 (1, 2): expected int16 (1, 3), as for silence",
        None,
    ]
    paths = given(pyarrow.array([{"bytes": None}, None], pyarrow.struct([("bytes", pyarrow.null())])))
    assert batch.Features(BLOCKS, encoding="pcm16")(paths)["error"].to_pylist() == ["null", "null"]
    raw = given(pyarrow.array([{"bytes": b"ab" * 500}, {"bytes": None}]))
    assert batch.Features(BLOCKS, encoding="pcm16")(raw)["error"].to_pylist() == [
        None,
        "null bytes (PCM can't be read from a path)",
    ]
    rate = pyarrow.array([{"bytes": wav(noise(1)[0]), "sampling_rate": rate} for rate in (16000, 8000, None)])
    assert batch.Features(BLOCKS)(given(rate))["error"].to_pylist() == [
        None,
        None,
        None,
    ]
    pcm = pyarrow.array([{"bytes": noise(1)[0].tobytes(), "sampling_rate": rate} for rate in (16000, 8000, None)])
    assert batch.Features(BLOCKS, encoding="pcm16")(given(pcm))["error"].to_pylist() == [
        None,
        "8000 Hz: expected 16000 Hz (PCM is not resampled, files are)",
        None,
    ]


def schema(**types):
    return pyarrow.schema(list(types.items()))


EXPECTED = (
    "expected list<int16>, large_list<int16> or fixed_size_list<int16> (or of floats, with scale), binary, string (paths), "
    "or struct<bytes: binary, path: string>, which may have sampling_rate too"
)


@pytest.mark.parametrize(
    "call, kind, text",
    [
        (
            lambda: batch.Features([]),
            TypeError,
            "steps: found none: expected a block, a sequence of blocks, or a function",
        ),
        (lambda: batch.Features(BLOCKS, samples=0), ValueError, "samples is 0: expected an integer of at least 1"),
        (lambda: batch.Features(BLOCKS, encoding="mp3"), ValueError, "encoding is 'mp3': expected 'file' or 'pcm16'"),
        (
            lambda: batch.Features(BLOCKS, samples=100),
            ValueError,
            "fft: the input `audio` is 100 samples: expected at least one window, 480 (give a longer clip, or shorten "
            "window_size)",
        ),
        (
            lambda: batch.Features(lambda audio: "text"),
            TypeError,
            "one clip gives <U4 (): expected an array of numbers, (1, ...)",
        ),
        (
            lambda: batch.Features(BLOCKS).schema(schema(sound=pyarrow.binary())),
            ValueError,
            "there is no column `audio`, or two: found `sound` (name it, audio=)",
        ),
        (
            lambda: batch.Features(BLOCKS).schema(schema(audio=pyarrow.int16())),
            TypeError,
            f"the column `audio` is int16: {EXPECTED}",
        ),
        (
            lambda: batch.Features(BLOCKS, encoding="pcm16").schema(schema(audio=pyarrow.string())),
            TypeError,
            f"the column `audio` is string: {EXPECTED}",
        ),
        (
            lambda: batch.Features(BLOCKS).schema(schema(audio=pyarrow.list_(pyarrow.float32()))),
            TypeError,
            'the column `audio` is list<item: float>, samples in floating point: give scale="pcm16" for samples from -1 to 1',
        ),
        (
            lambda: batch.Features(BLOCKS, scale="pcm16").schema(schema(audio=pyarrow.list_(INT16))),
            TypeError,
            "the column `audio` is list<item: int16>, and scale is given, which is for samples in floating point: leave it out",
        ),
        (
            lambda: batch.Features(BLOCKS, scale="pcm16").schema(schema(audio=pyarrow.binary())),
            TypeError,
            "the column `audio` is binary, and scale is given, which is for lists of samples in floating point: leave it out",
        ),
        (
            lambda: batch.Features(BLOCKS, scale="pcm"),
            ValueError,
            "batch.Features: scale is 'pcm': expected 'pcm16', for samples from -1 to 1, or a number",
        ),
        (
            lambda: batch.Features(lambda audio: audio[:, :1], resample=True),
            ValueError,
            "resample is given, and the steps tell no sample rate: give sample_rate=",
        ),
        (
            lambda: batch.Features(BLOCKS).schema(schema(audio=pyarrow.binary(), error=pyarrow.string())),
            ValueError,
            "there is a column `error` already: give another name, error=",
        ),
        (
            lambda: batch.Features(BLOCKS).schema(schema(audio=pyarrow.struct([("bytes", pyarrow.string())]))),
            TypeError,
            f"the column `audio` is struct<bytes: string>: {EXPECTED}",
        ),
        (
            lambda: batch.to_array(batch.Features(BLOCKS)(given(pyarrow.nulls(2)))),
            ValueError,
            "the column `features` has 2 nulls, clips that failed: leave them out, as with "
            "table.filter(pyarrow.compute.field('error').is_null())",
        ),
        (
            lambda: batch.metadata(pyarrow.table({"features": [1]})),
            ValueError,
            "the column `features` does not say what made it: expected metadata of runeblocks.batch",
        ),
    ],
)
def test_errors(call, kind, text):
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text


def test_features_say_what_made_them():
    clips = noise(3)
    features = batch.Features(BLOCKS, samples=1600)
    good, _ = features.split(pyarrow.table({"audio": LAYOUTS["list"](clips), "label": [1, 2, 3]}))
    expected = BLOCKS[1](BLOCKS[0](runeblocks.with_facts(clips, sample_rate=16000)))
    found = batch.to_array(good)
    assert found.facts == expected.facts
    said = batch.metadata(good)
    assert said == json.loads(json.dumps(features.metadata)) and batch.metadata(good.schema) == said
    assert said["front_end"] == expected.facts.front_end and said["shape"] == [4, 40]
    assert said["quantization"] == [0.1015625, -128] and said["sample_rate"] == 16000
    assert said["config"]["steps"][0] == {"block": "fft", **BLOCKS[0].get_params()}
    assert features.digest != batch.Features(BLOCKS, samples=1601).digest


def test_steps():
    clips = noise(3)
    table = pyarrow.table({"audio": LAYOUTS["list"](clips)})
    front_end = functools.partial(runeblocks.micro_frontend, num_channels=20)
    features = batch.Features(front_end)
    good, _ = features.split(table)
    numpy.testing.assert_array_equal(
        numpy.stack(batch.to_array(good)), runeblocks.micro_frontend(clips, num_channels=20)
    )
    assert batch.to_array(good)[0].facts.front_end == runeblocks.micro_frontend(clips, num_channels=20).facts.front_end
    assert features.config["steps"][0]["keywords"] == {"num_channels": 20} and features.sample_rate == 16000
    # One number, or a vector whose length does not follow that of the clip.
    loudness, _ = batch.Features(lambda audio: audio.std(1)).split(table)
    numpy.testing.assert_array_equal(batch.to_array(loudness), clips.std(1))
    mean, _ = batch.Features([*BLOCKS, lambda frames: frames.mean(1)]).split(table)
    numpy.testing.assert_array_equal(batch.to_array(mean), direct(clips).mean(1))
    # A block is copied: a change of it changes no features.
    fft = runeblocks.Fft()
    features = batch.Features(fft)
    fft.num_channels = 5
    assert features.metadata["shape"] == [None, 32]
    again = pickle.loads(pickle.dumps(batch.Features(BLOCKS, samples=1600)))
    assert again(table).equals(batch.Features(BLOCKS, samples=1600)(table))


def test_names_and_metadata_of_the_schema():
    record = pyarrow.table({"sound": LAYOUTS["list"](noise(1)), "error": [7]}).replace_schema_metadata(
        {"huggingface": "{}", "mine": "kept"}
    )
    made = batch.Features(BLOCKS, audio="sound", features="mel", error="why", keep_audio=True)(record)
    assert made.column_names == ["sound", "error", "mel", "why"]
    assert set(made.schema.metadata) == {b"mine", b"runeblocks"}


def test_bytes_that_are_no_files():
    """No bytes raise, and a clip fails alone as it fails among others."""
    random = numpy.random.default_rng(0)
    whole = wav(noise(1, 600)[0])
    pieces = []
    for _ in range(2000):
        piece = bytearray(whole)
        for _ in range(random.integers(1, 4)):
            piece[random.integers(0, 60)] = random.integers(256)
        pieces.append(bytes(piece[: random.integers(0, len(piece) + 1)] if random.random() < 0.3 else piece))
    made = batch.Features(BLOCKS)(given(pyarrow.array([whole, *pieces], pyarrow.binary())))
    alone = [batch.Features(BLOCKS)(given(pyarrow.array([piece]))) for piece in pieces[:200]]
    assert made["error"].to_pylist()[1:201] == [found["error"][0].as_py() for found in alone]
    assert features_of(made)[0].shape == (1, 40)


def test_example():
    assert doctest.testmod(batch).attempted > 0 and doctest.testmod(batch).failed == 0


def test_import():
    """The package does not import pyarrow, and the module says what to install where it is missing."""
    code = (
        "import sys, runeblocks; assert 'pyarrow' not in sys.modules; sys.modules['pyarrow'] = None\n"
        "try: import runeblocks.batch\nexcept ImportError as error: print(error)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "runeblocks.batch needs pyarrow: pip install 'runeblocks[arrow]'\n"
