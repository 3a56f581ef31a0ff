"""Models as functions, and sound files as arrays."""

import json
import os
import pathlib
import pickle
import re
import shutil
import subprocess
import sys
import threading
import wave

import numpy
import pytest
import runeblocks
from runeblocks import Model, dequantize, read_sound

ROOT = pathlib.Path(__file__).parents[2]
KEYWORD = ROOT / "models/keyword/keyword_int8.tflite"
FLOAT = ROOT / "models/keyword/keyword_float32.tflite"
CLIPS = sorted((ROOT / "examples/clips").glob("*.wav"))
WORDS = ["silence", "unknown", "up", "down", "left", "right"]
(INPUT,) = Model(KEYWORD).inputs


def features(path, out_type="int8"):
    fft = runeblocks.Fft(window_size=30, window_step=20, num_channels=40)
    logarithm = runeblocks.NoiseFiltering(min_signal_remaining=1, enable_pcan=False, scale_shift=5, out_type=out_type)
    return logarithm(fft(read_sound(path)))


@pytest.fixture(scope="module")
def model():
    return Model(KEYWORD)


def test_the_words_of_the_clips(model):
    made = numpy.stack([features(path) for path in CLIPS])
    for path, example in zip(CLIPS, made):
        scores = model(example)
        assert scores.dtype == numpy.int8 and scores.shape == (1, 6) and scores.facts.quantization == (1 / 256, -128)
        assert WORDS[scores.argmax()] == path.stem
        assert dequantize(scores).max() > 0.6
        numpy.testing.assert_array_equal(model(numpy.asarray(example).reshape(1, 49, 40, 1)), scores)
    batch = model.batch(numpy.tile(made, (5, 1, 1)))
    assert batch.shape == (20, 1, 6) and batch.facts.shape == (20, 1, 6)
    assert [WORDS[index] for index in batch[:4, 0].argmax(1)] == [path.stem for path in CLIPS]
    numpy.testing.assert_array_equal(batch[3], scores)
    assert model.batch(made[:0]).shape == (0, 1, 6)
    stream = pickle.loads(pickle.dumps(model.stream()))
    numpy.testing.assert_array_equal(stream(example), scores)
    stream.reset()
    assert repr(stream) == f"{model!r}.stream()"
    with pytest.raises(
        ValueError, match="keyword_int8.tflite: the saved state is 0 bytes long: expected the model's with the SHA-256"
    ):
        stream._native.restore(b"")


def test_a_float_model_agrees(model):
    floats = Model(FLOAT)
    (facts,) = floats.inputs.values()
    assert facts.dtype == numpy.float32 and floats.backend is not None
    for path in CLIPS:
        (quantised,) = dequantize(model(features(path)))
        (exact,) = floats(dequantize(features(path)).astype(numpy.float32))
        assert abs(quantised - exact).max() < 0.1


def test_what_is_known(model):
    assert model.backend == "int8" and list(model.inputs) == [INPUT]
    assert model.inputs[INPUT].shape == (1, 49, 40, 1) and model.inputs[INPUT].dtype == numpy.int8
    (output,) = model.outputs.values()
    assert output == runeblocks.Facts("int8", (1, 6), quantization=(1 / 256, -128))
    info = model.info
    assert info["file_bytes"] == KEYWORD.stat().st_size and info["quantized"] is True
    assert [backend["name"] for backend in info["backends"]][:2] == ["int8", "int8-xnnpack"]
    assert info["device"] == info["calibratable"] == {"yes": True, "reasons": []}
    profile = model.profile(3)
    assert profile["operators"][0]["name"] == "CONV_2D" and profile["microseconds"] > 0
    assert repr(model) == f"Model({str(KEYWORD)!r})"
    assert repr(Model(KEYWORD.read_bytes(), backend="int8")) == "Model(bytes, backend='int8')"


def test_the_program_tells_the_same(model):
    program = os.environ.get("RUNEBLOCKS_PROGRAM") or shutil.which("runeblocks")
    if not program:
        pytest.skip("RUNEBLOCKS_PROGRAM names no program `runeblocks`: nothing was compared with it")
    printed = json.loads(
        subprocess.run([program, "model-info", KEYWORD, "--json"], check=True, capture_output=True).stdout
    )
    info = model.info
    # The program may have other backends.
    del printed["backends"], info["backends"]
    assert info == printed


def test_pickles(model):
    other = pickle.loads(pickle.dumps(model))
    assert repr(other) == repr(model)
    numpy.testing.assert_array_equal(other(features(CLIPS[0])), model(features(CLIPS[0])))


def test_backends(model):
    found = {backend.name: backend for backend in runeblocks.backends()}
    assert list(found)[-4:] == ["int8", "int8-xnnpack", "litert", "tract"] or "tract" in found
    assert found["int8"].available and found["int8"].reason is None and found["int8-xnnpack"].available
    if not os.environ.get("RUNEBLOCKS_LITERT"):
        reason = "no library: RUNEBLOCKS_LITERT is not set; name a libtensorflowlite_c in RUNEBLOCKS_LITERT"
        assert found["litert"] == ("litert", False, reason)
    for name in ("int8", "int8-xnnpack"):
        scores = Model(KEYWORD, backend=name)(features(CLIPS[0]))
        assert abs(scores.astype(int) - model(features(CLIPS[0])).astype(int)).max() <= 2


def test_litert(model):
    if not os.environ.get("RUNEBLOCKS_LITERT"):
        pytest.skip("RUNEBLOCKS_LITERT names no library of TensorFlow Lite: nothing was run by it")
    litert = Model(KEYWORD, backend="litert")
    for path in CLIPS:
        assert abs(litert(features(path)).astype(int) - model(features(path)).astype(int)).max() <= 2
    numpy.testing.assert_array_equal(
        litert.batch(numpy.stack([features(path) for path in CLIPS]))[-1], litert(features(path))
    )


def test_threads_share_a_model(model):
    made = [features(path) for path in CLIPS]
    expected = [model(example).tolist() for example in made]
    wrong = []

    def work(seed):
        for turn in range(50):
            example = (seed + turn) % len(made)
            if model(made[example]).tolist() != expected[example]:
                wrong.append(example)
            if turn % 10 == 0 and model.batch(numpy.stack(made)).tolist() != expected:
                wrong.append("batch")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_no_memory_is_lost(model):
    resource = pytest.importorskip("resource")
    example = features(CLIPS[0])

    def work(calls):
        for call in range(calls):
            model(example)
            if call % 10 == 0:
                Model(KEYWORD)(example), model.info, model.batch(example[None])
                with pytest.raises(ValueError):
                    model(example[:3])

    work(300)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work(2000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 8192, f"{grown} kB"


def test_dequantize():
    stored = runeblocks.with_facts(numpy.int8([-128, -28, 127]), quantization=(0.1, -128))
    assert dequantize(stored).tolist() == [0.0, 10.0, 25.5]
    assert dequantize(numpy.float32([0.1, numpy.inf])).tolist() == [0.1, numpy.inf]
    assert dequantize([3]).tolist() == [3.0]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("of", ["float32", "float64", "uint8", "int16", "int8"])
def test_the_remedy_that_is_named_gives_the_right_numbers(of, seed):
    """What the exception says is done: the model takes the array, and gets the numbers that it stood for."""
    model, random = Model(KEYWORD), numpy.random.default_rng(seed)
    scale, zero_point = model.inputs[INPUT].quantization
    real = random.uniform(-3, 30, (49, 40))
    if of == "uint8":
        # Pixels, of which each is a step of the model.
        given = random.integers(0, 256, (49, 40)).astype(of)
        real = given * float(numpy.float32(scale))
    elif of.startswith("float"):
        given = real.astype(of)
    else:
        given = runeblocks.Quantize(scale=0.3, zero_point=-20, out_type=of)(real)
        real = dequantize(given)
    with pytest.raises((TypeError, ValueError)) as error:
        model(given)
    text = str(error.value)
    for call in re.findall(r"runeblocks\.\w+\([^)]*\)", text):
        given = eval(call)(given)
    expected = numpy.clip(numpy.rint(real / scale) + zero_point, -128, 127)
    assert given.dtype == numpy.int8 and abs(given.astype(int) - expected).max() <= (of != "uint8")
    assert (given == expected).mean() > 0.95
    numpy.testing.assert_array_equal(model(given), model(numpy.asarray(given)))


ZEROS = numpy.zeros((49, 40), numpy.int8)
ERRORS = [
    (lambda m: m(), TypeError, f"{{}}: 0 inputs: expected 1 ({INPUT})"),
    (lambda m: m(ZEROS[:3]), ValueError, f"{{}}: the input `{INPUT}` is int8 (3, 40): expected int8 (1, 49, 40, 1)"),
    (
        lambda m: m.stream()(ZEROS[:3]),
        ValueError,
        f"{{}}: the input `{INPUT}` is int8 (3, 40): expected int8 (1, 49, 40, 1)",
    ),
    (
        lambda m: m.batch(ZEROS),
        ValueError,
        f"{{}}: the input `{INPUT}` is int8 (49, 40): expected int8 (1, 49, 40, 1) for each clip along its first axis",
    ),
    (
        lambda m: m(ZEROS.astype(numpy.uint8)),
        TypeError,
        f"{{}}: the input `{INPUT}` is uint8 (49, 40): expected int8 (1, 49, 40, 1); convert it with "
        "runeblocks.Rescale(scale=0.10196078568696976), then runeblocks.Quantize(scale=0.101960786, zero_point=-128) (if 0 to "
        "255 stand for all that the model takes, 0 to 26)",
    ),
    (
        lambda m: m(ZEROS.astype(numpy.float64)),
        TypeError,
        f"{{}}: the input `{INPUT}` is float64 (49, 40): expected int8 (1, 49, 40, 1); convert it with "
        "runeblocks.Quantize(scale=0.101960786, zero_point=-128) (the model takes numbers from 0 to 26)",
    ),
    (
        lambda m: m.stream()(ZEROS.astype(numpy.float32)),
        TypeError,
        f"{{}}: the input `{INPUT}` is float32 (49, 40): expected int8 (1, 49, 40, 1); convert it with "
        "runeblocks.Quantize(scale=0.101960786, zero_point=-128) (the model takes numbers from 0 to 26)",
    ),
    (
        lambda m: m(ZEROS.tolist()),
        TypeError,
        f"{{}}: the input `{INPUT}` is int64 (49, 40): expected int8 (1, 49, 40, 1); convert it with .astype(numpy.int8) if "
        "its values are quantised already, from -128 to 127, else with runeblocks.Quantize(scale=0.101960786, "
        "zero_point=-128) (if the model was trained on these very numbers; it takes 0 to 26)",
    ),
    (
        lambda m: m(runeblocks.with_facts(ZEROS.astype(numpy.int16), quantization=(0.5, 3))),
        TypeError,
        f"{{}}: the input `{INPUT}` is int16 (49, 40): expected int8 (1, 49, 40, 1); convert it with "
        "runeblocks.Quantize(scale=0.101960786, zero_point=-128)",
    ),
    (
        lambda m: m(runeblocks.with_facts(ZEROS, quantization=(0.5, 3))),
        ValueError,
        f"{{}}: the input `{INPUT}` is quantised with scale 0.5, zero point 3: expected scale 0.101960786, zero point -128; "
        "convert it with runeblocks.Quantize(scale=0.101960786, zero_point=-128)",
    ),
    (
        lambda m: Model(b"TFL"),
        ValueError,
        'model: not a sound TensorFlow Lite model: header: the file identifier (bytes 4 to 7) is "", expected "TFL3" (the '
        "file has 3 bytes)",
    ),
    (
        lambda m: Model(3),
        TypeError,
        None,
    ),
    (
        lambda m: Model(KEYWORD, backend="int9"),
        ValueError,
        "there is no backend `int9`: expected int8 or int8-xnnpack or litert; did you mean `int8`?",
    ),
    (lambda m: m.profile(0), ValueError, "runs is 0: expected 1 to 1000000"),
]


@pytest.mark.parametrize("case", range(len(ERRORS)))
def test_error(case, model):
    call, kind, text = ERRORS[case]
    with pytest.raises(kind) as error:
        call(model)
    assert text is None or str(error.value).replace(str(KEYWORD), "{}") == text


@pytest.mark.parametrize("read", [Model, read_sound])
def test_a_file_that_is_not_there(read, tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        read(tmp_path / "none")
    assert str(error.value).startswith(f"{tmp_path / 'none'}: it cannot be read: ")


def test_hostile_inputs_are_exceptions(model):
    for value in [
        None,
        "text",
        b"bytes",
        [],
        {},
        object(),
        1e300,
        2**70,
        numpy.zeros(0),
        [[]],
        numpy.zeros((1,) * 32, "i2"),
    ]:
        for call in (model, model.batch, model.stream(), Model, read_sound, lambda v: Model(KEYWORD, backend=v or 3)):
            try:
                call(value)
            except Exception as error:
                assert isinstance(error, (TypeError, ValueError, OSError)), error


def test_sound_is_read():
    for path in CLIPS:
        with wave.open(str(path)) as file:
            expected = numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)
        sound = read_sound(path)
        numpy.testing.assert_array_equal(sound, expected)
        assert sound.facts == runeblocks.Facts("int16", len(expected), sample_rate=16000)


def write(path, rate, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def test_sound_of_another_kind(tmp_path):
    stereo = numpy.int16([[100, 300], [-100, -200]] * 4000)
    path = write(tmp_path / "clip.wav", 8000, stereo)
    with pytest.raises(ValueError) as error:
        read_sound(path)
    assert str(error.value) == f"{path}: it has 2 channels, and one is expected; give mixdown=True for their average"
    with pytest.raises(ValueError) as error:
        read_sound(path, mixdown=True)
    text = (
        "it is sampled at 8000 Hz, and 16000 Hz is expected; give resample=True to convert it, or another sample_rate"
    )
    assert str(error.value) == f"{path}: {text}"
    own = read_sound(path, mixdown=True, sample_rate=None)
    assert own[:2].tolist() == [200, -150] and own.facts.sample_rate == 8000
    assert read_sound(path, mixdown=True, resample=True).facts == runeblocks.Facts("int16", 16000, sample_rate=16000)


def test_importing_stays_light():
    """No module beside those of NumPy that takes long to import."""
    code = "import numpy, sys; before = set(sys.modules); import runeblocks; print(*sorted(set(sys.modules) - before))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert all(name.split(".")[0] in ("runeblocks", "__future__") for name in found), found
