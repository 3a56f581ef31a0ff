"""The code of HOTG's post on calibration."""

import pickle

import numpy
import runeblocks
from cases import sound
from rune_py import Fft, NoiseFiltering, Normalize


def compute_rune_spec(data):
    fft = Fft()
    noise_filtering = NoiseFiltering()
    fft.sample_rate = 16000
    noise_filtering.smoothing_bits = 10
    noise_filtering.even_smoothing = 0.025
    noise_filtering.odd_smoothing = 0.06
    noise_filtering.min_signal_remaining = 0.05
    noise_filtering.strength = 0.95
    noise_filtering.offset = 80.0
    noise_filtering.gain_bits = 21
    rune_spec = noise_filtering(fft(data))
    return rune_spec


def test_the_code_of_the_post():
    spec = compute_rune_spec(sound())
    assert (spec.dtype, spec.shape) == (numpy.int8, (1960,))
    features = runeblocks.micro_frontend(sound(), window_size=30, window_step=20, num_channels=40).astype(int)
    expected = numpy.minimum((features * 256 + 333) // 666 - 128, 127)
    numpy.testing.assert_array_equal(spec.reshape(49, 40), expected)
    assert len(set(spec.tolist())) > 100


def test_plain_arrays_do():
    spectrogram = Fft()(sound())
    assert (spectrogram.dtype, spectrogram.shape) == (numpy.uint32, (1960,))
    noise_filtering = NoiseFiltering()
    expected = compute_rune_spec(sound())
    for array in (numpy.asarray(spectrogram), spectrogram.reshape(1, 1960), spectrogram.tolist()):
        numpy.testing.assert_array_equal(noise_filtering(numpy.asarray(array, numpy.uint32)), expected)
    numpy.testing.assert_array_equal(Fft()(sound()[None]), spectrogram)


def test_arguments_rebuild():
    fft, noise_filtering = Fft(), NoiseFiltering()
    fft.num_channels, fft.sample_rate, fft.upper_band_limit = 20, 32000, 9000
    spec = noise_filtering(fft(sound()))
    assert spec.shape == (24 * 20,)
    exact = runeblocks.Fft(window_size=30, window_step=20, num_channels=20, sample_rate=32000, upper_band_limit=9000)
    expected = runeblocks.NoiseFiltering(out_type="int8")(exact(sound()))
    numpy.testing.assert_array_equal(spec.reshape(24, 20), expected)
    assert spec.facts.front_end == expected.facts.front_end
    copied = pickle.loads(pickle.dumps(fft))
    assert copied == fft and isinstance(copied, Fft)
    numpy.testing.assert_array_equal(copied(sound()), fft(sound()))


def test_normalize():
    numpy.testing.assert_array_equal(Normalize()(numpy.array([-10, 0, 30])), numpy.float32([0, 0.25, 1]))
