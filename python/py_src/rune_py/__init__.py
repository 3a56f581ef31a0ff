"""The interface of HOTG's `rune_py`, with the exact blocks of `runeblocks` behind it.

>>> import numpy
>>> from rune_py import Fft, NoiseFiltering
>>> fft, noise_filtering = Fft(), NoiseFiltering()
>>> fft.sample_rate = 16000
>>> noise_filtering(fft(numpy.zeros(16000, numpy.int16))).shape
(1960,)

Arguments are those of version 1 Runefiles: 30 ms windows every 20 ms, 40 channels, int8 features. Arrays are flat, time
first: 49 frames of 40 channels for a second.
"""

from __future__ import annotations

from typing import Any

import numpy
import runeblocks
from runeblocks import Array, Facts, Normalize, with_facts

__all__ = ["Fft", "NoiseFiltering", "Normalize"]


class Fft(runeblocks.Fft):
    """The mel spectrogram of sound: int16 `(samples,)` to uint32 `(frames * channels,)`."""

    __slots__ = ()

    def __init__(self, **args: Any) -> None:
        super().__init__(**{**self.descriptor["v1_defaults"], **args})

    def __call__(self, audio: Any) -> Array:  # type: ignore[override]
        """The spectrogram of a clip."""
        return _flat(super().__call__(numpy.ravel(audio)))


class NoiseFiltering(runeblocks.NoiseFiltering):
    """Noise reduction, gain control and logarithm: uint32 `(frames * channels,)` to int8 of the same shape.

    A spectrogram without facts is taken to be one of `Fft()`.
    """

    __slots__ = ()

    def __init__(self, **args: Any) -> None:
        super().__init__(**{**self.descriptor["v1_defaults"], **args})

    def __call__(self, spectrogram: Any) -> Array:  # type: ignore[override]
        """The features of a clip."""
        known: Facts = getattr(spectrogram, "_facts", None) or Fft().infer(Facts("int16", (None,)))
        frames = numpy.asarray(spectrogram).reshape(-1, known.shape[-1] or 1)
        return _flat(super().__call__(with_facts(frames, fft_size=known.fft_size, front_end=known.front_end)))


def _flat(array: Array) -> Array:
    flat: Array = array.reshape(-1)  # type: ignore[assignment]
    return flat
