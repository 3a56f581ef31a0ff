"""One reader of sound: of paths, bytes and files, one by one and by the thousand, as samples and as floats."""

import io
import os
import pathlib
import struct
import urllib.parse

import numpy
import pytest
import runeblocks
from runeblocks import read_sound

ROOT = pathlib.Path(__file__).parents[2]
SOUNDS = ROOT / "runtime/io/tests/sounds"
SPEECH = pathlib.Path(os.environ.get("RUNEBLOCKS_SHARED", ROOT.parent / "shared")) / "speech"
FILES = sorted(path for path in SOUNDS.iterdir() if path.suffix in runeblocks.SOUND_ENDINGS)
BLOCKS = [
    runeblocks.Fft(window_size=30, window_step=20, num_channels=40),
    runeblocks.NoiseFiltering(out_type="int8"),
]

OP = {"window_size": 30, "window_step": 20, "num_channels": 40}
DEPTHS = ("u8", "i16", "i24", "i32", "f32", "f64")


def stored(samples, depth):
    """Samples on the scale of 16 bits, as a WAV file of a depth has them, and as a program reads them as floats."""
    full = samples / 32768
    if depth == "u8":
        bits, whole = 8, numpy.clip(numpy.rint(full * 128), -128, 127)
        return 1, bits, (whole + 128).astype(numpy.uint8).tobytes(), whole / 128
    if depth[0] == "f":
        bits, floats = int(depth[1:]), full.astype(f"<f{int(depth[1:]) // 8}")
        return 3, bits, floats.tobytes(), floats
    bits = int(depth[1:])
    half = 2.0 ** (bits - 1)
    whole = numpy.clip(numpy.rint(full * half), -half, half - 1)
    data = whole.astype("<i4").view(numpy.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
    return 1, bits, data, whole / half


def wav(samples, depth="i16", rate=16000, channels=1, size=None, extra=b""):
    """The bytes of a WAV file; `size` is what its header states instead of the size of its samples."""
    tag, bits, data, _ = stored(numpy.repeat(samples, channels), depth)
    frame = channels * bits // 8
    head = struct.pack("<4sI4s", b"RIFF", 36, b"WAVE") + extra
    head += struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * frame, frame, bits)
    return head + struct.pack("<4sI", b"data", len(data) if size is None else size) + data


def clip(random, length=None):
    """A clip on the scale of 16 bits, which need not be whole; some of it is at the ends of the scale, some half-way."""
    samples = random.normal(0, random.choice([2, 300, 20000]), length or int(random.integers(480, 4000)))
    samples[::7] = numpy.rint(samples[::7]) + 0.5
    return numpy.clip(samples, -32768, 32767)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_sources(path):
    """A path, bytes of any kind and files give the same."""
    expected = read_sound(path, mixdown=True)
    data = path.read_bytes()
    for source in (
        str(path),
        data,
        bytearray(data),
        memoryview(data),
        numpy.frombuffer(data, numpy.uint8),
        io.BytesIO(data),
    ):
        found = read_sound(source, mixdown=True)
        numpy.testing.assert_array_equal(found, expected)
        assert found.facts == expected.facts
    with open(path, "rb") as file:
        numpy.testing.assert_array_equal(read_sound(file, mixdown=True), expected)


def test_errors(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(b"#!AMR\n")
    kinds = "WAV, FLAC, MP3, Ogg Vorbis, AAC, M4A, AIFF and CAF files"
    text = f"it is an AMR file, and {kinds} are read: convert it with `ffmpeg -i IN OUT.wav`"
    with open(path, "rb") as file:
        for source, name in (path, path), (b"#!AMR\n", "the bytes"), (io.BytesIO(b"#!AMR\n"), "the file"), (file, path):
            with pytest.raises(ValueError) as error:
                read_sound(source)
            assert str(error.value) == f"{name}: {text}"
    for source, found in (7, "int"), (io.StringIO("text"), "a file of str"), (None, "NoneType"):
        with pytest.raises(TypeError) as error:
            read_sound(source)
        assert str(error.value) == f"read_sound: found {found}: expected a path, bytes, or a file opened in binary mode"
    with pytest.raises(FileNotFoundError):
        read_sound(tmp_path / "none.wav")


STREAM = """\
version: 2
pipeline:
  audio: { input: sound, args: { sample_rate: 16000 } }
  fft: { block: fft, from: audio, args: { window_size: 30, window_step: 20, num_channels: 40 } }
  features: { block: noise-filtering, from: fft, args: { out_type: int8 } }
outputs: [features]
"""

WHOLE = runeblocks.Pipeline.from_text(STREAM.replace("16000 }", "16000, duration_ms: 1000 }"))


def through(floats):
    """What each adapter that is installed makes of a clip in floating point, by its name."""
    fft, noise_filtering = BLOCKS
    scale = "pcm16"
    made = {
        "blocks": noise_filtering(fft(floats, scale=scale)),
        "batch of blocks": noise_filtering.batch(fft.batch(floats[None], scale=scale))[0],
        "stream": noise_filtering(runeblocks.with_facts(fft.stream()(floats, scale=scale))),
        "stream of a pipeline": runeblocks.Pipeline.from_text(STREAM).stream()(floats, scale=scale),
    }
    if len(floats) == 16000:
        made["pipeline"] = WHOLE.run(floats, scale=scale)
    try:
        import pyarrow
        from runeblocks import batch
    except ImportError:
        pass
    else:
        column = pyarrow.array([floats], pyarrow.list_(pyarrow.from_numpy_dtype(floats.dtype)))
        good, failed = batch.Features(BLOCKS, scale=scale).split(pyarrow.table({"audio": column}))
        assert not len(failed), failed["error"].to_pylist()
        made["batch"] = batch.to_array(good)[0]
    try:
        from runeblocks.sklearn import BlockTransformer
    except ImportError:
        pass
    else:
        made["sklearn"] = BlockTransformer(BLOCKS, flatten=False, scale=scale).fit_transform(floats[None])[0]
    try:
        from runeblocks.keras import BlockLayer
    except ImportError:
        pass
    else:
        layer = BlockLayer(BLOCKS, scale=scale, dtype="float32")
        made["keras"] = numpy.rint(layer(floats[None]).numpy()[0] / numpy.float32(0.1015625)) - 128
    try:
        from runeblocks.torch import BlockDataset
    except ImportError:
        pass
    else:
        made["torch"] = numpy.rint(BlockDataset([floats], None, BLOCKS, scale=scale)[0].numpy() / 0.1015625) - 128
    return made


def assert_agree(floats, samples):
    """Every adapter gives of floats what the blocks give of the int16 samples of the same file."""
    expected = numpy.asarray(BLOCKS[1](BLOCKS[0](samples)))
    for name, found in through(floats).items():
        numpy.testing.assert_array_equal(numpy.asarray(found), expected, err_msg=name)
    raw = numpy.asarray(runeblocks.micro_frontend(samples, **OP))
    numpy.testing.assert_array_equal(runeblocks.micro_frontend(floats, scale="pcm16", **OP), raw)
    one, other = runeblocks.MicroFrontend(), runeblocks.MicroFrontend()
    numpy.testing.assert_array_equal(one.process(floats, scale="pcm16"), other.process(samples))


@pytest.mark.parametrize("depth", DEPTHS)
def test_floats_are_the_samples_of_the_file(depth):
    """Whatever the depth of a file, its floats give what its int16 samples give, to the bit."""
    for seed in range(12):
        random = numpy.random.default_rng(seed)
        samples = clip(random, 16000 if seed < 4 else None)
        floats = stored(samples, depth)[3]
        found = read_sound(wav(samples, depth))
        numpy.testing.assert_array_equal(runeblocks._array.scaled(floats, "pcm16", "clip"), found)
        assert_agree(floats, found)


def test_floats_of_soundfile():
    """599 clips of people, read as floats and as int16."""
    soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
    if not SPEECH.is_dir():
        pytest.skip(f"{SPEECH} is not there: RUNEBLOCKS_SHARED names the folder that has it")
    paths = sorted(SPEECH.rglob("*.flac"))
    for path in paths[:: len(paths) // 599][:599]:
        floats, _ = soundfile.read(path, dtype="float32")
        assert_agree(floats, read_sound(path))


def test_what_no_scale_is():
    for scale in ("pcm", "PCM16", True, [1]):
        with pytest.raises(ValueError) as error:
            runeblocks.Fft()(numpy.zeros(480), scale=scale)
        text = f"fft: scale is {scale!r}: expected 'pcm16', for samples from -1 to 1, or a number"
        assert str(error.value) == text


def made_at_random(random):
    """A sound file, and whether it is one at all."""
    samples = clip(random)
    kind = random.integers(8)
    if kind == 0:
        return FILES[random.integers(len(FILES))].read_bytes()
    if kind == 1:
        return wav(samples)[: random.integers(0, 2000)]
    if kind == 2:
        return random.bytes(random.integers(0, 100))
    size = [None, 0xFFFFFFFF, 0x80000000, 0x7FFFF000, 0x7FFFFFFF, 1 << 31][random.integers(6)]
    extra = [b"", b"LIST\x03\0\0\0odd\0", b"bext\0\0\0\0"][random.integers(3)]
    rate = [16000, 16000, 8000, 44100][random.integers(4)]
    return wav(samples, DEPTHS[random.integers(6)], rate, int(random.integers(1, 3)), size, extra)


@pytest.mark.parametrize(
    "options", [{}, {"resample": True}, {"mixdown": True}, {"resample": True, "mixdown": True}], ids=str
)
def test_many_are_read_as_one(options, tmp_path):
    """Mixed headers, formats, lengths and rates, as bytes, large bytes, structs, paths and URLs: as `read_sound` reads each."""
    pyarrow = pytest.importorskip("pyarrow")
    from runeblocks import batch

    random = numpy.random.default_rng(0)
    files = [made_at_random(random) for _ in range(600)]
    expected = []
    for file in files:
        try:
            expected.append(read_sound(file, **options))
        except ValueError as error:
            expected.append(str(error).removeprefix("the bytes: "))
    assert 20 < sum(isinstance(found, str) for found in expected) < 590
    paths = [str(tmp_path / f"{at} ü%20.wav") for at in range(len(files))]
    for path, file in zip(paths, files):
        pathlib.Path(path).write_bytes(file)
    urls = ["file://" + urllib.parse.quote(path) for path in paths]
    mixed = [{"bytes": file if at % 2 else None, "path": path} for at, (file, path) in enumerate(zip(files, paths))]
    columns = {
        "binary": pyarrow.array(files, pyarrow.binary()),
        "large": pyarrow.array(files, pyarrow.large_binary())[0:],
        "struct": pyarrow.array(mixed, pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])),
        "paths": pyarrow.array(paths),
        "urls": pyarrow.array(urls, pyarrow.large_string()),
    }
    reads = batch.Features(whole_clip, sample_rate=16000, **options)
    for name, column in columns.items():
        for begin in (0, 13):
            found = reads(pyarrow.table({"audio": column[begin:]}))
            for row, (made, error) in enumerate(zip(found["features"].to_pylist(), found["error"].to_pylist()), begin):
                if isinstance(expected[row], str):
                    named = name in ("paths", "urls") or name == "struct" and row % 2 == 0
                    assert error == (f"{paths[row]}: {expected[row]}" if named else expected[row]), name
                else:
                    assert error is None, (name, error)
                    numpy.testing.assert_array_equal(made, expected[row], err_msg=name)


def whole_clip(clips):
    """The clips as they are."""
    return clips


def test_floats_in_columns():
    pyarrow = pytest.importorskip("pyarrow")
    from runeblocks import batch

    floats = numpy.random.default_rng(0).normal(0, 0.4, (6, 1600))
    samples = numpy.clip(numpy.floor(floats * 32768 + 0.5), -32768, 32767).astype(numpy.int16)
    expected = numpy.asarray(BLOCKS[1](BLOCKS[0](samples)))
    reads = batch.Features(BLOCKS, scale="pcm16")
    for make in (pyarrow.list_, pyarrow.large_list, lambda of: pyarrow.list_(of, 1600)):
        column = pyarrow.array(floats.tolist(), make(pyarrow.float64()))
        good, failed = reads.split(pyarrow.table({"audio": column[2:5]}))
        assert len(failed) == 0
        numpy.testing.assert_array_equal(numpy.stack(batch.to_array(good)), expected[2:5])
    holes = [[0.0] * 480, [float("nan")] * 480, [0.0] * 479 + [None], None, [1e300] * 480]
    found = batch.Features(BLOCKS, scale=1e300)(
        pyarrow.table({"audio": pyarrow.array(holes, pyarrow.list_(pyarrow.float64()))})
    )
    text = "480 samples times scale are not finite: expected finite numbers"
    assert found["error"].to_pylist() == [None, text, "1 samples are null", "null", text]


def test_urls(tmp_path, monkeypatch):
    pyarrow = pytest.importorskip("pyarrow")
    from runeblocks import batch
    from runeblocks.batch import _url

    file = wav(clip(numpy.random.default_rng(0)))
    (tmp_path / "a b.wav").write_bytes(file)
    other = pyarrow.fs.FileSystem.from_uri

    def from_uri(url):
        bucket = pyarrow.fs.SubTreeFileSystem(str(tmp_path), pyarrow.fs.LocalFileSystem())
        return (bucket, "") if url.startswith("s3://") else other(url)

    monkeypatch.setattr(_url, "_from_uri", from_uri)
    _url._files.cache_clear()
    web = (
        "is not downloaded here; the engine does it: give the bytes that Daft's `.url.download()` or Ray's "
        "`read_binary_files` makes"
    )
    rows = [
        "s3://bucket/a%20b.wav",
        "s3://bucket/none.wav",
        "https://host/a.wav",
        "http://host/a.wav",
        "odd://a/b.wav",
        None,
    ]
    found = batch.Features(whole_clip, sample_rate=16000)(pyarrow.table({"audio": rows}))
    errors = found["error"].to_pylist()
    numpy.testing.assert_array_equal(found["features"][0].as_py(), read_sound(file))
    assert errors[0] is None and errors[5] == "null"
    assert errors[1].startswith("s3://bucket/none.wav: ") and "none.wav" in errors[1][25:]
    assert errors[2:4] == [f"https://host/a.wav: https:// {web}", f"http://host/a.wav: http:// {web}"]
    assert errors[4].startswith("odd://a/b.wav: ") and errors[4].endswith(f"odd:// {web}")
    _url._files.cache_clear()
