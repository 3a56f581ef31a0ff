"""Processing blocks for TinyML: the features that the device computes, to the bit.

Each block is a class (`Fft`, `NoiseFiltering`, `Mfcc`, ...; `blocks` has them by name). `micro_frontend` is
TensorFlow's op of that name, `MicroFrontend` the class of pymicro-features.

>>> import numpy, runeblocks
>>> fft = runeblocks.Fft(window_size=30, window_step=20, num_channels=40)
>>> noise_filtering = runeblocks.NoiseFiltering(out_type="int8")
>>> noise_filtering(fft(numpy.zeros(16000, numpy.int16))).shape
(49, 40)
"""

from . import _blocks
from ._array import Array, with_facts
from ._block import Block, Stream
from ._blocks import *
from ._frontend import MicroFrontend, MicroFrontendOutput, micro_frontend
from ._native import Facts, __version__

__all__ = [
    "Array",
    "Block",
    "Facts",
    "MicroFrontend",
    "MicroFrontendOutput",
    "Stream",
    "__version__",
    "micro_frontend",
    "with_facts",
]
__all__ += _blocks.__all__
