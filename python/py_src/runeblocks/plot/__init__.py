"""Pictures of features and scores, with matplotlib: `pip install "runeblocks[plot]"`.

Each function draws into `ax`, or into a figure of its own, and returns the axes: `.figure.savefig("features.png")`
keeps the picture, `.figure` shows it in a notebook. None uses pyplot.

>>> import numpy, runeblocks
>>> from runeblocks import plot
>>> fft = runeblocks.Fft(num_channels=40)
>>> ax = plot.features(fft(numpy.zeros(16000, numpy.int16)), channels=fft)
>>> ax.get_xlabel(), ax.get_ylabel()
('time (s)', 'frequency (Hz)')
"""

from __future__ import annotations

try:
    import matplotlib
except ImportError as error:
    raise ImportError(f'runeblocks.plot needs matplotlib ({error}): pip install "runeblocks[plot]"') from error

from ._confusion import confusion_matrix
from ._det import det
from ._features import features, spectrogram

__all__ = ["confusion_matrix", "det", "features", "spectrogram"]

del matplotlib
