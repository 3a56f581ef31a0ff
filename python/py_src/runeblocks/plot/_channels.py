"""The frequencies of channels."""

from __future__ import annotations

from typing import Any

import numpy

from .._block import Block
from .._native import Facts


def centers(block: Block, facts: Facts) -> numpy.ndarray:
    """The middle of each channel that a block makes, in Hz."""
    args = block.get_params()
    name = block.descriptor["name"]
    if name == "spectrogram":
        bins: numpy.ndarray = numpy.arange(args["n_fft"] // 2 + 1) * (args["sample_rate"] / args["n_fft"])
        return bins
    if name == "fft":
        return _mels(args["num_channels"], args["lower_band_limit"], args["upper_band_limit"], htk=True)
    if name == "mel-filterbank":
        rate = args["sample_rate"] or facts.sample_rate
        high = args["fmax"] or (rate and rate / 2)
        if high is None:
            raise ValueError(f"plot.features: the sample rate that {block!r} had is not known: set its fmax")
        return _mels(args["n_mels"], args["fmin"], high, args["htk"])
    raise ValueError(f"plot.features: channels is {block!r}: expected Fft, MelFilterbank or Spectrogram")


def _mels(count: int, low: float, high: float, htk: bool) -> numpy.ndarray:
    """Frequencies equally far apart in mel, without the two ends."""
    mels = numpy.linspace(_mel(low, htk), _mel(high, htk), count + 2)[1:-1]
    return numpy.array([_hz(mel, htk) for mel in mels])


def _mel(hz: float, htk: bool) -> Any:
    """O'Shaughnessy's mel (`htk`), or that of Slaney's Auditory Toolbox: linear up to 1000 Hz, logarithmic above."""
    if htk:
        return 1127 * numpy.log1p(hz / 700)
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * numpy.log(hz / 1000) / numpy.log(6.4)


def _hz(mel: float, htk: bool) -> Any:
    """The frequency of a mel."""
    if htk:
        return 700 * numpy.expm1(mel / 1127)
    return mel * 200 / 3 if mel < 15 else 1000 * numpy.exp((mel - 15) * numpy.log(6.4) / 27)
