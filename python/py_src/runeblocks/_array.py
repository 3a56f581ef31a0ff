"""Arrays that know what made them."""

from __future__ import annotations

from typing import Any, Optional, Union

import numpy

from ._native import FULL_SCALE, Facts

Scale = Union[float, str]
"""What samples in floating point are multiplied by to be int16: a number, or `pcm16` for `FULL_SCALE`."""


class Array(numpy.ndarray):
    """A NumPy array that carries `facts`, so that the next block knows them.

    A part, another shape or a copy of it has the facts of the whole, and so has what comes out of a pickle. What is
    computed from it (a sum, a mean) is a plain array; with another type it has no facts. `with_facts` gives facts to
    any array.
    """

    _facts: Optional[Facts] = None

    def __array_finalize__(self, whole: Any) -> None:
        if isinstance(whole, Array):
            self._facts = whole._facts

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: Optional[bool] = None) -> Any:
        array = array.view(numpy.ndarray)
        scalar = array.ndim == 0 if return_scalar is None else return_scalar
        return array[()] if scalar else array

    @property
    def facts(self) -> Optional[Facts]:
        """What is known of the array; None where nothing is."""
        facts = self._facts
        if facts is None or facts.dtype.kind != self.dtype.kind:
            return None
        same = facts.dtype.kind == "U" or facts.dtype == self.dtype.newbyteorder("=")
        return facts.reshaped(self.shape) if same else None

    def __reduce__(self) -> Any:
        rebuild, args, state = tuple(super().__reduce__())
        return rebuild, args, (state, self._facts)

    def __setstate__(self, state: Any) -> None:
        array, self._facts = state
        super().__setstate__(array)


def with_facts(array: Any, **facts: Any) -> Array:
    """The array with facts: those that it has already, and those given.

    Parameters
    ----------
    array: array_like
        It is not copied where it is an array.
    sample_rate, framing, fft_size, quantization, front_end:
        See `Facts`.
    """
    array = numpy.asanyarray(array)
    known = array.facts if isinstance(array, Array) else None
    if known is not None:
        facts = {**known.__getnewargs_ex__()[1], **facts}
    return made(array, Facts(array.dtype, array.shape, **facts))


def dequantize(array: Any) -> numpy.ndarray:
    """The real numbers that integers with a quantisation stand for, as float64; of any other array, its numbers.

    Parameters
    ----------
    array: array_like
        An output of a model, or any array whose facts have a quantisation.
    """
    known = array.facts if isinstance(array, Array) else None
    array = numpy.asarray(array)
    if known is None or known.quantization is None:
        # The double of the same digits: 0.1 of a float32 is 0.1, and not 0.10000000149.
        return array.astype(str).astype(numpy.float64) if array.dtype == numpy.float32 else array.astype(numpy.float64)
    scale, zero_point = known.quantization
    real: numpy.ndarray = (array.astype(numpy.float64) - zero_point) * float(str(numpy.float32(scale)))
    return real


def facts_of(array: Any) -> Facts:
    """The facts of an array, be it just its type and shape."""
    array = numpy.asanyarray(array)
    known = array.facts if isinstance(array, Array) else None
    return Facts(array.dtype, array.shape) if known is None else known


def given(value: Any) -> tuple[numpy.ndarray, Optional[Facts]]:
    """An input as native code takes it."""
    if isinstance(value, Array):
        return value, value._facts
    return (value if isinstance(value, numpy.ndarray) else numpy.asarray(value)), None


def made(array: numpy.ndarray, facts: Facts) -> Array:
    """An output of native code with its facts."""
    result: Array = array.view(Array)
    result._facts = facts
    return result


def scaled(value: Any, scale: Scale, name: str) -> numpy.ndarray:
    """Samples in floating point as int16: times `scale`, rounded as `read_sound` rounds, what does not fit cut."""
    factor = factor_of(scale, name)
    array = numpy.asarray(value)
    if array.dtype.kind != "f":
        raise TypeError(f"{name}: scale is given, but the samples are {array.dtype}: leave it out, or give floats")
    samples, finite = rounded(array, factor)
    if not finite.all():
        raise ValueError(f"{name}: samples times scale are not all finite: expected finite numbers")
    return samples


def factor_of(scale: Scale, name: str) -> float:
    """The number that a scale stands for."""
    if scale == "pcm16":
        return FULL_SCALE
    if isinstance(scale, (str, bool)) or not isinstance(scale, (int, float, numpy.integer, numpy.floating)):
        raise ValueError(f"{name}: scale is {scale!r}: expected 'pcm16', for samples from -1 to 1, or a number")
    return float(scale)


def rounded(samples: numpy.ndarray, factor: float) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Samples times a factor as int16: the nearest, ties upwards, computed in double; and which are finite."""
    with numpy.errstate(over="ignore", invalid="ignore"):
        product = numpy.multiply(samples, factor, dtype=numpy.float64)
        finite = numpy.isfinite(product)
        nearest = numpy.floor(product + 0.5)
        return numpy.clip(numpy.where(finite, nearest, 0), -32768, 32767).astype(numpy.int16), finite
