"""Pictures of one clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional, Union

import numpy
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from .. import _blocks, _chain
from .._array import Array, facts_of
from .._block import Block
from .._native import Facts
from ._axes import axes
from ._channels import centers

OCTAVES = (62.5, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
"""Frequencies that are marked where channels are not equally wide, in Hz."""


def features(
    features: Any,
    *,
    channels: Union[Block, Sequence[float], None] = None,
    dequantize: bool = False,
    ax: Optional[Axes] = None,
    **image: Any,
) -> Axes:
    """Draws the features of a clip: time along, channels up, values as colours.

    Parameters
    ----------
    features: Array or array_like, `(frames, channels)`
        The time axis is in seconds where the facts say framing and sample rate; otherwise it counts frames.
    channels: Block or sequence of float, optional
        What the channels are: the block that made them (`Fft`, `MelFilterbank`, `Spectrogram`), or the frequency of
        each in Hz, rising. Bins of an FFT need none where the facts tell its size; what is not known is numbered.
    dequantize: bool
        Whether to show what quantised numbers stand for.
    ax: matplotlib.axes.Axes, optional
    image:
        Further arguments of matplotlib's `imshow`, such as `vmin`, `vmax` and `cmap`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    array = features if isinstance(features, Array) else numpy.asarray(features)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"plot.features: the features are {array.shape}: expected (frames, channels) of one clip")
    facts = facts_of(array)
    values, unit = numpy.asarray(array), str(array.dtype)
    if dequantize:
        if facts.quantization is None:
            raise ValueError("plot.features: dequantize is set, but the facts of the features say no quantisation")
        values, unit = _chain.real(array), "dequantised"
    frames, count = values.shape
    hz = _frequencies(channels, count, facts)
    ax = axes(ax)
    left, right, label = _time(frames, facts)
    usual = {"origin": "lower", "aspect": "auto", "interpolation": "nearest", "cmap": "viridis"}
    picture = ax.imshow(values.T, extent=(left, right, -0.5, count - 0.5), **{**usual, **image})
    ax.set_xlabel(label)
    ax.set_ylabel("channel" if hz is None else "frequency (Hz)")
    if hz is not None:
        ax.set_yticks(*_ticks(hz))
    ax.figure.colorbar(picture, ax=ax, label=f"feature ({unit})", pad=0.02)
    return ax


def spectrogram(
    audio: Any,
    *,
    sample_rate: Optional[int] = None,
    block: Optional[Block] = None,
    range_db: float = 80.0,
    ax: Optional[Axes] = None,
    **image: Any,
) -> Axes:
    """Draws the spectrogram of a clip in decibels.

    Parameters
    ----------
    audio: array_like, `(samples,)`
        int16, or floats from -1 to 1.
    sample_rate: int, optional
        That of the facts, or 16000 Hz, if left out.
    block: Spectrogram, optional
        How it is made, with `output="db"`; if left out, with Hann windows of about 25 ms every 10 ms.
    range_db: float
        The colours end so far below the loudest.
    ax: matplotlib.axes.Axes, optional
    image:
        Further arguments of matplotlib's `imshow`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    array = audio if isinstance(audio, Array) else numpy.asarray(audio)
    if array.ndim != 1:
        raise ValueError(f"plot.spectrogram: the audio is {array.shape}: expected (samples,) of one clip")
    if array.dtype.kind == "f" and array.dtype != numpy.float32:
        array = array.astype(numpy.float32)
    if block is None:
        rate = sample_rate or facts_of(array).sample_rate or 16000
        window = max(2, round(0.025 * rate))
        size = 1 << (window - 1).bit_length()
        block = _blocks.blocks["spectrogram"](
            sample_rate=rate, n_fft=size, win_length=window, hop_length=max(1, round(0.01 * rate)), output="db"
        )
    elif sample_rate is not None or block.get_params().get("output") != "db":
        raise ValueError(
            f"plot.spectrogram: block is {block!r}, sample_rate {sample_rate}: expected a Spectrogram with "
            "output='db', and its sample rate in it"
        )
    made = block(array)
    top = float(numpy.asarray(made).max())
    ax = features(made, ax=ax, **{"vmin": top - range_db, "vmax": top, "cmap": "magma", **image})
    colorbar: Any = ax.images[-1].colorbar
    colorbar.set_label("power (dB)")
    return ax


def _time(frames: int, facts: Facts) -> tuple[float, float, str]:
    """Where the picture of some frames begins and ends, and the label of the axis; a frame lies around its window."""
    if facts.framing is None or facts.sample_rate is None:
        return -0.5, frames - 0.5, "frame"
    window, step = facts.framing
    left = (window - step) / 2 / facts.sample_rate
    return left, left + frames * step / facts.sample_rate, "time (s)"


def _ticks(hz: numpy.ndarray) -> tuple[numpy.ndarray, list[str]]:
    """Where to mark which frequencies: round ones, or where channels are not equally wide those of octaves."""
    even = numpy.allclose(hz, numpy.linspace(hz[0], hz[-1], len(hz)))
    wanted = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(hz[0], hz[-1]) if even else OCTAVES
    inside = [float(tick) for tick in wanted if hz[0] <= tick <= hz[-1]]
    places = numpy.interp(inside, hz, numpy.arange(len(hz)))
    apart = [at for at in range(len(inside)) if at == 0 or places[at] - places[at - 1] > len(hz) / 16]
    return places[apart], [f"{inside[at]:,g}" for at in apart]


def _frequencies(channels: Any, count: int, facts: Facts) -> Optional[numpy.ndarray]:
    """The frequency of each channel in Hz."""
    if channels is None:
        if facts.fft_size is None or facts.sample_rate is None or count != facts.fft_size // 2 + 1:
            return None
        return numpy.arange(count) * facts.sample_rate / facts.fft_size
    hz = centers(channels, facts) if isinstance(channels, Block) else numpy.asarray(channels, numpy.float64)
    if hz.shape != (count,) or (numpy.diff(hz) <= 0).any():
        raise ValueError(f"plot.features: channels give frequencies {hz.shape}: expected {count}, rising")
    return hz
