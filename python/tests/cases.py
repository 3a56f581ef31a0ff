"""An instance of each block, with an input that it takes."""

import numpy
import runeblocks


def sound(samples=16000, seed=0):
    """A chirp in noise: int16 `(samples,)`."""
    random = numpy.random.default_rng(seed)
    time = numpy.arange(samples) / 16000
    chirp = 9000 * numpy.sin(2 * numpy.pi * (300 + 1500 * time) * time) * (0.5 + 0.5 * numpy.sin(9 * time + seed))
    return (chirp + random.normal(0, 300, samples)).astype(numpy.int16)


def frames(block, seed):
    """What another block makes of a sound."""
    return block(sound(seed=seed))


CASES = {
    "dequantize": (
        {},
        lambda seed: runeblocks.Quantize(scale=30, zero_point=-9, out_type="int16")(sound(100, seed)),
    ),
    "fft": (dict(window_size=30, window_step=20, num_channels=40, dialect="tflm"), lambda seed: sound(seed=seed)),
    "label": (dict(wordlist=["yes", "no", "maybe"], fallback="?"), lambda seed: numpy.array([[0, 2], [5, seed]])),
    "mel-filterbank": (dict(n_mels=20, log="natural", amin=1e-9), lambda seed: frames(runeblocks.Spectrogram(), seed)),
    "mfcc": (
        dict(n_mfcc=10, lifter=22),
        lambda seed: runeblocks.MelFilterbank()(frames(runeblocks.Spectrogram(), seed)),
    ),
    "modulo": (dict(modulus=7), lambda seed: sound(100, seed)),
    "most-confident-indices": (dict(count=2), lambda seed: sound(100, seed).reshape(20, 5)),
    "noise-filtering": (dict(out_type="int8", strength=0.9), lambda seed: frames(runeblocks.Fft(), seed)),
    "normalize": ({}, lambda seed: sound(100, seed)),
    "quantize": (dict(scale=0.25, zero_point=7, out_type="uint8"), lambda seed: sound(100, seed) / numpy.float32(500)),
    "rescale": (dict(scale=0.5, offset=-3), lambda seed: sound(100, seed)),
    "spectrogram": (dict(n_fft=256, hop_length=100), lambda seed: sound(seed=seed) / numpy.float32(32768)),
}


def case(name):
    """A block that is not the usual one, and its input."""
    args, make = CASES[name]
    return runeblocks.blocks[name](**args), make(1)
