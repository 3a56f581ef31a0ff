"""Sound files as arrays."""

from __future__ import annotations

import os
from typing import Optional, Union

from . import _native
from ._array import Array, made


def read_sound(
    path: Union[str, os.PathLike[str]],
    *,
    sample_rate: Optional[int] = 16000,
    resample: bool = False,
    mixdown: bool = False,
) -> Array:
    """The samples of a WAV or FLAC file: int16 `(samples,)`, with their sample rate as a fact.

    Samples of other depths and in floating point are put on the scale of 16 bits and rounded.

    Parameters
    ----------
    path: path
        The file.
    sample_rate: int, optional
        The rate that is expected; None takes that of the file.
    resample: bool
        Whether a file of another rate is resampled; else it is refused.
    mixdown: bool
        Whether several channels are averaged; else they are refused.
    """
    return made(*_native.read_sound(os.fspath(path), sample_rate, resample, mixdown))
