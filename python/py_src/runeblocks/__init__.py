"""Processing blocks for TinyML: the features that the device computes, to the bit.

Each block is a class (`Fft`, `NoiseFiltering`, `Mfcc`, ...; `blocks` has them by name). `micro_frontend` is
TensorFlow's op of that name, `MicroFrontend` the class of pymicro-features. `Pipeline` runs a Runefile, `Model` a model of
TensorFlow Lite; `evaluate` and `calibrate` measure pipelines on recordings and train them on a few.

>>> import numpy, runeblocks
>>> fft = runeblocks.Fft(window_size=30, window_step=20, num_channels=40)
>>> noise_filtering = runeblocks.NoiseFiltering(out_type="int8")
>>> noise_filtering(fft(numpy.zeros(16000, numpy.int16))).shape
(49, 40)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _blocks
from ._array import Array, dequantize, with_facts
from ._block import Block, Stream
from ._blocks import *
from ._frontend import MicroFrontend, MicroFrontendOutput, micro_frontend
from ._native import Facts, __version__
from ._sound import SOUND_ENDINGS, read_sound

if TYPE_CHECKING:
    from ._calibrate import Calibration, Rehearsal, calibrate, rehearse
    from ._evaluation import Det, Evaluation, Latency, LeftOut, OperatingPoint, PerLabel, Scored, Share, evaluate
    from ._model import Backend, Model, ModelStream, backends
    from ._pipeline import Graph, Node, Pipeline, PipelineStream, Timing, Timings
    from ._runefile import Diagnostic, RunefileError, RunefileWarning, check

__all__ = [
    "Array",
    "Backend",
    "Block",
    "Calibration",
    "Det",
    "Diagnostic",
    "Evaluation",
    "Facts",
    "Graph",
    "Latency",
    "LeftOut",
    "MicroFrontend",
    "MicroFrontendOutput",
    "Model",
    "ModelStream",
    "Node",
    "OperatingPoint",
    "PerLabel",
    "Pipeline",
    "PipelineStream",
    "Rehearsal",
    "RunefileError",
    "RunefileWarning",
    "SOUND_ENDINGS",
    "Scored",
    "Share",
    "Stream",
    "Timing",
    "Timings",
    "__version__",
    "backends",
    "calibrate",
    "check",
    "dequantize",
    "evaluate",
    "micro_frontend",
    "read_sound",
    "rehearse",
    "with_facts",
]
__all__ += _blocks.__all__

# What is imported when it is first asked for.
_LATER = {
    "_calibrate": ("Calibration", "Rehearsal", "calibrate", "rehearse"),
    "_evaluation": ("Det", "Evaluation", "Latency", "LeftOut", "OperatingPoint", "PerLabel", "Scored", "Share", "evaluate"),
    "_model": ("Backend", "Model", "ModelStream", "backends"),
    "_pipeline": ("Graph", "Node", "Pipeline", "PipelineStream", "Timing", "Timings"),
    "_runefile": ("Diagnostic", "RunefileError", "RunefileWarning", "check"),
}


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            from importlib import import_module

            globals()[name] = found = getattr(import_module(f".{module}", __name__), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
