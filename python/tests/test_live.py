"""Comparisons with the running references, where their packages are installed."""

import os

import numpy
import pytest
import runeblocks
from cases import sound
from runeblocks import MicroFrontend, micro_frontend

CONFIGS = int(os.environ.get("RUNEBLOCKS_LIVE_CONFIGS", 200))


def config(random):
    """Parameters of the op: valid more often than not."""

    def often(usual, other):
        return usual if random.random() < 0.5 else other()

    rate = int(random.choice([4000, 8000, 11025, 16000, 22050, 44100, 48000]))
    window = int(random.integers(3, 60))
    upper = float(random.uniform(0.2, 0.5) * rate)
    return dict(
        sample_rate=rate,
        window_size=window,
        window_step=int(random.integers(1, window + 1)),
        num_channels=int(random.integers(1, 80)),
        upper_band_limit=upper,
        lower_band_limit=float(random.uniform(0, 0.5) * upper),
        smoothing_bits=often(10, lambda: int(random.integers(0, 20))),
        even_smoothing=often(0.025, random.random),
        odd_smoothing=often(0.06, random.random),
        min_signal_remaining=often(0.05, random.random),
        enable_pcan=bool(random.integers(4)),
        pcan_strength=often(0.95, lambda: 1.5 * random.random()),
        pcan_offset=often(80.0, lambda: 200 * random.random()),
        gain_bits=often(21, lambda: int(random.integers(14, 31))),
        enable_log=bool(random.integers(4)),
        scale_shift=often(6, lambda: int(random.integers(0, 12))),
        left_context=int(random.integers(0, 5)),
        right_context=int(random.integers(0, 5)),
        frame_stride=int(random.integers(1, 5)),
        zero_padding=bool(random.integers(2)),
        out_scale=int(random.choice([1, 1, 2, 3, 7, 25, 1000, 70_000])),
        out_type=str(random.choice(["uint16", "float32"])),
    )


def signal(random, window):
    """Samples: speech-like, at full scale, and such that the window makes them a plateau, where the FFT wraps."""
    samples = int(random.integers(1, 20 * window))
    kind = random.integers(5)
    if kind == 0:
        return sound(samples, int(random.integers(100)))
    amplitude = int(random.choice([3, 300, 32767]))
    noise = random.integers(-amplitude, amplitude + 1, samples)
    if kind == 1:
        return noise.astype(numpy.int16)
    square = numpy.where(
        (numpy.arange(samples) * int(random.integers(1, 2**31))) % 2**32 < 2**31, amplitude, -amplitude
    )
    if kind == 2:
        return square.astype(numpy.int16)
    if kind == 3:
        return random.choice(numpy.array([-32768, 0, 32767], numpy.int16), samples)
    coefficients = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * (numpy.arange(samples) % window + 0.5) / window)
    return numpy.clip(square / numpy.maximum(coefficients, 1e-6), -32768, 32767).astype(numpy.int16)


def test_the_op():
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed: nothing was compared with its op")
    from tensorflow import constant
    from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op

    random = numpy.random.default_rng(1)
    done = rows = refused = 0
    while done < CONFIGS:
        parameters = config(random)
        audio = signal(random, parameters["window_size"] * parameters["sample_rate"] // 1000)
        try:
            made = micro_frontend(audio, **parameters)
        except ValueError:
            refused += 1
            continue
        expected = audio_microfrontend_op.audio_microfrontend(constant(audio), **parameters).numpy()
        assert made.dtype == expected.dtype and made.shape == expected.shape, parameters
        numpy.testing.assert_array_equal(made, expected, err_msg=str(parameters))
        done, rows = done + 1, rows + len(made)
    print(f"{done} configurations ({refused} more were invalid), {rows} rows: 0 differences")
    assert rows > done


def test_pymicro_features():
    reference = pytest.importorskip(
        "pymicro_features", reason="pymicro-features is not installed: nothing was compared"
    )
    theirs, ours = reference.MicroFrontend(), MicroFrontend()
    for seed in range(20):
        audio = sound(seed=seed).tobytes() if seed % 2 else sound(seed=seed).tobytes()[: 20_000 + 2 * seed]
        for at in range(0, len(audio) - 319, 320):
            expected, made = theirs.process_samples(audio[at:]), ours.process_samples(audio[at:])
            assert (made.features, made.samples_read) == (expected.features, expected.samples_read)
        if seed % 3 == 0:
            theirs.reset()
            ours.reset()
    for length in (0, 319):
        with pytest.raises(ValueError):
            theirs.process_samples(bytes(length))
        with pytest.raises(ValueError):
            ours.process_samples(bytes(length))


def test_the_digest_of_the_drop_in_is_that_of_its_features():
    features = micro_frontend(sound(), window_size=30, num_channels=40, dialect="tflm")
    assert isinstance(features, runeblocks.Array) and MicroFrontend().digest == features.facts.front_end
