"""The micro_frontend as one function."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Optional

import numpy

from ._array import Array, Scale, made, scaled
from ._native import FrontEnd


def micro_frontend(
    audio: Any,
    sample_rate: int = 16000,
    window_size: int = 25,
    window_step: int = 10,
    num_channels: int = 32,
    upper_band_limit: float = 7500.0,
    lower_band_limit: float = 125.0,
    smoothing_bits: int = 10,
    even_smoothing: float = 0.025,
    odd_smoothing: float = 0.06,
    min_signal_remaining: float = 0.05,
    enable_pcan: bool = True,
    pcan_strength: float = 0.95,
    pcan_offset: float = 80.0,
    gain_bits: int = 21,
    enable_log: bool = True,
    scale_shift: int = 6,
    left_context: int = 0,
    right_context: int = 0,
    frame_stride: int = 1,
    zero_padding: bool = False,
    out_scale: int = 1,
    out_type: Any = "uint16",
    *,
    dialect: str = "tf",
    scale: Optional[Scale] = None,
) -> Array:
    """TensorFlow's op `audio_microfrontend`, bit for bit, without TensorFlow.

    Parameters
    ----------
    audio: int16 array_like
        The samples of a clip, `(samples,)`, or of a batch of clips, `(n, samples)`, which is processed on all cores.
    sample_rate: int
        Sample rate of the audio in Hz.
    window_size, window_step: int
        Length of a window, and from the begin of one to the begin of the next, in ms.
    num_channels: int
        Channels of the filterbank.
    upper_band_limit, lower_band_limit: float
        The upper end of the highest channel and the lower end of the lowest, in Hz.
    smoothing_bits: int
        Fractional bits of the noise estimate.
    even_smoothing, odd_smoothing: float
        How fast the noise estimate of even and of odd channels follows the signal, a fraction for each frame.
    min_signal_remaining: float
        The least fraction of the signal that noise reduction leaves.
    enable_pcan: bool
        Whether per-channel amplitude normalisation is applied.
    pcan_strength, pcan_offset: float
        The gain is the noise estimate, plus the offset, to the power of minus the strength.
    gain_bits: int
        Fractional bits of the gain.
    enable_log: bool
        Whether the logarithm is applied.
    scale_shift: int
        The logarithm is scaled by two to this power.
    left_context, right_context: int
        Frames before and after each frame that are part of its row.
    frame_stride: int
        Every how many frames there is a row.
    zero_padding: bool
        Whether context beyond the ends is zero; otherwise it repeats the first or last frame.
    out_scale: int
        What features are divided by.
    out_type: dtype_like
        The type of the output: uint16 or float32, TensorFlow's types too.
    dialect: str
        Which tables: `tf`, those of the op, or `tflm`, those of TensorFlow Lite Micro.
    scale: float or "pcm16", optional
        What samples in floating point are multiplied by to be int16. "pcm16" is 32768, for samples from -1 to 1 as
        soundfile, librosa, torchaudio and TensorFlow give them: the features are those of the file.

    Returns
    -------
    Array, `(frames, channels)` or `(n, frames, channels)`
        A row for each frame, with the channels of its context, if any.

    Raises
    ------
    TypeError, ValueError
        Where the op has no meaning for the parameters, or the audio is not int16.
    """
    front_end = _front_end(
        sample_rate, window_size, window_step, num_channels, upper_band_limit, lower_band_limit, smoothing_bits,
        even_smoothing, odd_smoothing, min_signal_remaining, enable_pcan, pcan_strength, pcan_offset, gain_bits,
        enable_log, scale_shift, left_context, right_context, frame_stride, zero_padding, out_scale, out_type, dialect,
    )  # fmt: skip
    if scale is not None:
        audio = scaled(audio, scale, "micro_frontend")
    elif not isinstance(audio, numpy.ndarray):
        audio = numpy.asarray(audio)
    return made(*front_end.process(audio))


_NAMES = micro_frontend.__code__.co_varnames[1 : micro_frontend.__code__.co_argcount] + ("dialect",)


_TRUTHS = ("enable_pcan", "enable_log", "zero_padding")


@lru_cache(maxsize=64)
def _front_end(*args: Any) -> FrontEnd:
    """The front end of some parameters, with its tables."""
    parameters = dict(zip(_NAMES, args))
    parameters["out_type"] = _out_type(parameters["out_type"])
    for name, value in parameters.items():
        # True, 1 and 1.0 are one to the cache, so they are one to the parameter.
        ones = {0: False, 1: True} if name in _TRUTHS else {0: 0, 1: 1}
        parameters[name] = ones.get(value, value)
    return FrontEnd(parameters)


def _out_type(out_type: Any) -> Any:
    """The name of an output type: what NumPy or TensorFlow has for it, or the op's own `float`."""
    if out_type == "float":
        return "float32"
    try:
        return numpy.dtype(getattr(out_type, "as_numpy_dtype", out_type)).name
    except TypeError:
        return str(out_type)


class MicroFrontendOutput(NamedTuple):
    """What one step of `MicroFrontend` gives."""

    features: list[float]
    """The features of the frame that the step completes; empty where it completes none."""
    samples_read: int
    """The samples of the step."""


class MicroFrontend:
    """The front end of microWakeWord and ESPHome as sound arrives: a drop-in for the class of pymicro-features.

    Features are those of the op times 0.0390625.

    Parameters
    ----------
    dialect: str
        Which tables: `tflm`, those of TensorFlow Lite Micro and pymicro-features, or `tf`.
    parameters:
        Those of `micro_frontend` from `sample_rate` to `scale_shift`, by default those of pymicro-features: 16 kHz,
        30 ms windows every 10 ms, 40 channels.
    """

    def __init__(self, *, dialect: str = "tflm", **parameters: Any) -> None:
        rows = sorted(_ROWS.intersection(parameters))
        if rows:
            raise TypeError(f"MicroFrontend: {', '.join(rows)}: expected none of these, which only whole clips have")
        self._front_end = FrontEnd({"window_size": 30, "num_channels": 40, **parameters, "dialect": dialect})
        self._stream = self._front_end.stream()

    def process_samples(self, audio: bytes) -> MicroFrontendOutput:
        """Takes the first step of `audio`, 16-bit little-endian samples, and gives the frame that it completes."""
        if not isinstance(audio, bytes):
            audio = bytes(memoryview(audio).cast("B"))
        return MicroFrontendOutput(*self._stream.step(audio))

    def process(self, audio: Any, scale: Optional[Scale] = None) -> numpy.ndarray:
        """Takes all of `audio`, int16 `(samples,)`, and gives the frames that it completes, float32.

        Samples in floating point need `scale`, as in `micro_frontend`.
        """
        return self._stream.push(numpy.asarray(audio) if scale is None else scaled(audio, scale, "micro_frontend"))

    def reset(self) -> None:
        """Begins anew."""
        self._stream.reset()

    @property
    def digest(self) -> Optional[str]:
        """The digest of the front end that gives these features as uint16, before they are scaled."""
        return self._front_end.digest


_ROWS = frozenset(_NAMES[_NAMES.index("left_context") : -1])
