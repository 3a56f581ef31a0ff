"""Sound files as arrays."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, Optional, Union

import numpy

from . import _native
from ._array import Array, made

SOUND_ENDINGS = tuple(f".{ending}" for ending in _native.SOUND_ENDINGS)
"""The endings of the names of sound files that are read, in lower case."""

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO]


def read_sound(
    source: Source,
    *,
    sample_rate: Optional[int] = 16000,
    resample: bool = False,
    mixdown: bool = False,
) -> Array:
    """The samples of a sound file: int16 `(samples,)`, with their sample rate as a fact.

    WAV, FLAC, MP3, Ogg Vorbis, AAC, M4A, AIFF and CAF files are read, whatever their names say. Samples of other depths
    and in floating point are put on the scale of 16 bits (floats times 32768) and rounded to the nearest, ties upwards.

    Parameters
    ----------
    source: path, bytes or binary file
        The file, what it holds (any buffer of bytes), or an open file, which is read from where it stands.
    sample_rate: int, optional
        The rate that is expected; None takes that of the file.
    resample: bool
        Whether a file of another rate is resampled; else it is refused.
    mixdown: bool
        Whether several channels are averaged; else they are refused.
    """
    given, name = _opened(source)
    return made(*_native.read_sound(given, name, (sample_rate, resample, mixdown)))


def _opened(source: Any) -> tuple[Any, str]:
    """A path, or bytes as an array; and the name for messages."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        return path, path
    name, found = "the bytes", source
    if callable(getattr(source, "read", None)):
        found, called = source.read(), getattr(source, "name", None)
        name = called if isinstance(called, str) else "the file"
    try:
        return numpy.frombuffer(memoryview(found).cast("B"), numpy.uint8), name
    except TypeError:
        what = f"a file of {type(found).__name__}" if found is not source else type(found).__name__
        raise TypeError(f"read_sound: found {what}: expected a path, bytes, or a file opened in binary mode") from None
