"""The op as a function, and as sound arrives."""

import inspect

import numpy
import pytest
import runeblocks
from cases import sound
from runeblocks import MicroFrontend, micro_frontend

SPEECH = dict(window_size=30, window_step=20, num_channels=40)


def test_signature():
    """That of `audio_microfrontend` in TensorFlow 2.21, and two of our own."""
    expected = dict(
        sample_rate=16000, window_size=25, window_step=10, num_channels=32, upper_band_limit=7500.0,
        lower_band_limit=125.0, smoothing_bits=10, even_smoothing=0.025, odd_smoothing=0.06, min_signal_remaining=0.05,
        enable_pcan=True, pcan_strength=0.95, pcan_offset=80.0, gain_bits=21, enable_log=True, scale_shift=6,
        left_context=0, right_context=0, frame_stride=1, zero_padding=False, out_scale=1, out_type="uint16",
    )  # fmt: skip
    parameters = list(inspect.signature(micro_frontend).parameters.values())
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in positional] == ["audio", *expected]
    assert {p.name: p.default for p in positional[1:]} == expected
    assert {p.name: p.default for p in parameters[len(positional) :]} == {"dialect": "tf", "scale": None}


@pytest.mark.parametrize("dialect", ["tf", "tflm"])
def test_is_the_two_blocks(dialect):
    fft = runeblocks.Fft(dialect=dialect, **SPEECH)
    expected = runeblocks.NoiseFiltering()(fft(sound()))
    features = micro_frontend(sound(), dialect=dialect, **SPEECH)
    assert (features.dtype, features.shape) == (numpy.uint16, (49, 40))
    numpy.testing.assert_array_equal(features, expected)
    assert features.facts == expected.facts
    floats = micro_frontend(sound(), dialect=dialect, out_type="float", **SPEECH)
    expected = runeblocks.NoiseFiltering(out_type="float32")(fft(sound()))
    numpy.testing.assert_array_equal(floats, expected)
    assert floats.facts == expected.facts
    assert (features != micro_frontend(sound(), dialect="tf" if dialect == "tflm" else "tflm", **SPEECH)).any()


@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("zero_padding", [False, True])
def test_rows(stride, zero_padding):
    frames = numpy.asarray(micro_frontend(sound()))
    mode = {"mode": "constant"} if zero_padding else {"mode": "edge"}
    padded = numpy.pad(frames, ((2, 3), (0, 0)), **mode)
    expected = numpy.stack([padded[at : at + 6].reshape(-1) for at in range(0, len(frames), stride)])
    rows = dict(left_context=2, right_context=3, frame_stride=stride, zero_padding=zero_padding)
    made = micro_frontend(sound(), **rows)
    numpy.testing.assert_array_equal(made, expected)
    assert made.facts.front_end is None and made.facts.framing == (400, 160 * stride)
    numpy.testing.assert_array_equal(micro_frontend(sound(), out_scale=7, **rows), expected // 7)
    floats = micro_frontend(sound(), out_scale=7, out_type="float32", **rows)
    numpy.testing.assert_array_equal(floats, expected.astype(numpy.float32) / numpy.float32(7))


def test_output_types():
    class Dtype:
        as_numpy_dtype = numpy.float32

    for name in ("float", "float32", numpy.float32, numpy.dtype("f4"), Dtype()):
        assert micro_frontend(sound(), out_type=name).dtype == numpy.float32
    for name in ("uint16", numpy.uint16, numpy.dtype("u2")):
        assert micro_frontend(sound(), out_type=name).dtype == numpy.uint16


def test_parameters_do_not_depend_on_those_of_earlier_calls():
    expected = micro_frontend(sound(), sample_rate=8000, upper_band_limit=3000)
    for rate in (8000.0, numpy.int32(8000), numpy.float64(8000)):
        numpy.testing.assert_array_equal(micro_frontend(sound(), sample_rate=rate, upper_band_limit=3000.0), expected)
    for one in (1, True, 1.0, numpy.int8(1)):
        runeblocks._frontend._front_end.cache_clear()
        numpy.testing.assert_array_equal(
            micro_frontend(sound(), enable_log=one, frame_stride=one), micro_frontend(sound())
        )


def test_lengths():
    for samples, frames in [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2)]:
        assert micro_frontend(sound()[:samples]).shape == (frames, 32)
        assert micro_frontend(numpy.zeros((3, samples), numpy.int16)).shape == (3, frames, 32)
    assert micro_frontend(numpy.zeros((0, 16000), numpy.int16)).shape == (0, 98, 32)
    assert micro_frontend(numpy.zeros((2, 0, 16000), numpy.int16)).shape == (2, 0, 98, 32)


@pytest.mark.parametrize("out_type", ["uint16", "float"])
def test_batch_is_its_clips(out_type):
    clips = numpy.stack([sound(seed=seed) for seed in range(9)])
    config = dict(left_context=1, frame_stride=2, out_type=out_type)
    expected = numpy.stack([micro_frontend(clip, **config) for clip in clips])
    numpy.testing.assert_array_equal(micro_frontend(clips, **config), expected)
    numpy.testing.assert_array_equal(
        micro_frontend(clips.reshape(3, 3, -1), **config), expected.reshape(3, 3, *expected.shape[1:])
    )
    numpy.testing.assert_array_equal(micro_frontend(clips[::-2, ::2], **config), [
        micro_frontend(clip[::2], **config) for clip in clips[::-2]
    ])  # fmt: skip


def test_the_drop_in():
    front_end = MicroFrontend()
    expected = micro_frontend(sound(), window_size=30, num_channels=40, dialect="tflm") * 0.0390625
    audio = sound().tobytes()
    for turn in range(2):
        outputs = [front_end.process_samples(audio[at:]) for at in range(0, len(audio), 320)]
        assert [output.samples_read for output in outputs] == [160] * 100
        assert [len(output.features) for output in outputs] == [0, 0] + [40] * 98
        numpy.testing.assert_array_equal([output.features for output in outputs if output.features], expected)
        front_end.reset()
    assert isinstance(outputs[-1].features, list) and isinstance(outputs[-1].features[0], float)
    for chunk in (bytearray(audio), memoryview(audio), sound()):
        assert front_end.process_samples(chunk).samples_read == 160
    assert front_end.digest == micro_frontend(sound(), window_size=30, num_channels=40, dialect="tflm").facts.front_end


def test_all_at_once():
    front_end = MicroFrontend(dialect="tf", **SPEECH)
    expected = (micro_frontend(sound(), **SPEECH) * 0.0390625).astype(numpy.float32)
    made = front_end.process(sound())
    assert made.dtype == numpy.float32
    numpy.testing.assert_array_equal(made, expected)
    front_end.reset()
    pieces = [front_end.process(piece) for piece in numpy.array_split(sound(), 37)]
    numpy.testing.assert_array_equal(numpy.concatenate(pieces), expected)
    assert front_end.process(numpy.zeros(0, numpy.int16)).shape == (0, 40)
