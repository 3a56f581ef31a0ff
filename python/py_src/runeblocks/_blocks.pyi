# Made by python/stubs.py from what the blocks say of themselves.

from collections.abc import Sequence
from typing import Literal, Optional

from numpy.typing import ArrayLike

from ._array import Array, Scale
from ._block import Block

blocks: dict[str, type[Block]]

__all__ = [
    "blocks",
    "Dequantize",
    "Fft",
    "Label",
    "MelFilterbank",
    "Mfcc",
    "Modulo",
    "MostConfidentIndices",
    "NoiseFiltering",
    "Normalize",
    "Quantize",
    "Rescale",
    "Spectrogram",
]

class Dequantize(Block):
    """The real numbers that integers stand for, as TensorFlow Lite's DEQUANTIZE.

    Input `quantized`: number of any shape: integers whose edge carries their scale and zero point.

    Output `values`: float32 of any shape: scale × (integer − zero point).
    """
    def __init__(
        self,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, quantized: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Fft(Block):
    """The mel spectrogram of sound, bit for bit that of TensorFlow's micro_frontend.

    Input `audio`: int16 (samples,): PCM samples.

    Output `spectrogram`: uint32 (frames, channels): the square root of each channel's energy.

    Parameters
    ----------
    sample_rate: int, default 16000
        Sample rate of the input. Expected: an integer from 1 to 2147483647 (Hz).
    window_size: int, default 25
        Length of a window. Expected: an integer of at least 1 (ms).
    window_step: int, default 10
        From the start of one window to the start of the next. Expected: an integer of at least 1 (ms).
    num_channels: int, default 32
        Channels of the filterbank. Expected: an integer from 1 to 4096.
    lower_band_limit: float, default 125.0
        Lower end of the lowest channel. Expected: a number of at least 0 (Hz).
    upper_band_limit: float, default 7500.0
        Upper end of the highest channel; below half the sample rate. Expected: a number of at least 0 (Hz).
    dialect: Literal['tf', 'tflm'], default 'tf'
        Which reference the tables follow, bit for bit: TensorFlow's op, or TensorFlow Lite Micro. Expected: tf or tflm.
    """
    sample_rate: int
    window_size: int
    window_step: int
    num_channels: int
    lower_band_limit: float
    upper_band_limit: float
    dialect: Literal['tf', 'tflm']
    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        window_size: int = 25,
        window_step: int = 10,
        num_channels: int = 32,
        lower_band_limit: float = 125.0,
        upper_band_limit: float = 7500.0,
        dialect: Literal['tf', 'tflm'] = 'tf',
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, audio: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Label(Block):
    """Turns indices into words.

    Input `indices`: number of any shape: places in the wordlist, from 0.

    Output `words`: str of any shape: the words.

    Parameters
    ----------
    wordlist, labels: Sequence[str]
        The words, in the order of their indices. Expected: a list of words, or a text with one word a line.
    fallback: Optional[str], default None
        The word of an index beyond the wordlist. Expected: a text.
    """
    wordlist: Sequence[str]
    labels: Sequence[str]
    fallback: Optional[str]
    def __init__(
        self,
        *,
        wordlist: Sequence[str] = ...,
        labels: Sequence[str] = ...,
        fallback: Optional[str] = None,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, indices: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class MelFilterbank(Block):
    """Mel energies of a spectrogram and their logarithm (MFE), as librosa and tf.signal make them.

    Input `spectrogram`: float32 (frames, bins): power or magnitude, the output of `spectrogram`.

    Output `mels`: float32 (frames, mels): the energy of each filter, or its logarithm.

    Parameters
    ----------
    sample_rate: Optional[int], default None
        Sample rate behind the spectrogram; that of the input if left out. Expected: an integer from 1 to 2147483647 (Hz).
    n_mels: int, default 40
        Filters. Expected: an integer from 1 to 4096.
    fmin: float, default 0.0
        Where the lowest filter begins. Expected: a number of at least 0 (Hz).
    fmax: Optional[float], default None
        Where the highest filter ends; half the sample rate if left out. Expected: a number of at least 0 (Hz).
    htk: bool, default False
        Whether mel are those of HTK and TensorFlow; otherwise those of Slaney. Expected: true or false.
    norm: Literal['slaney', 'none'], default 'slaney'
        Whether filters are weighed to the same area (slaney), or peak at 1 (none). Expected: slaney or none.
    triangles: Literal['hz', 'mel'], default 'hz'
        On which axis the sides of the triangles are straight: hz as in librosa, mel as in TensorFlow. Expected: hz or mel.
    log: Literal['db', 'natural', 'log10', 'none'], default 'db'
        The logarithm: 10·log10 (db), natural, log10, or none. Expected: db, natural, log10 or none.
    amin: float, default 1e-10
        The least energy and the least reference that the logarithm is taken of. Expected: a number of at least 0.
    log_offset: float, default 0.0
        What is added to the energy before the logarithm. Expected: a number of at least 0.
    reference, ref: float, default 1.0
        The energy that is 0 dB, where log is db. Expected: a number of at least 0.
    """
    sample_rate: Optional[int]
    n_mels: int
    fmin: float
    fmax: Optional[float]
    htk: bool
    norm: Literal['slaney', 'none']
    triangles: Literal['hz', 'mel']
    log: Literal['db', 'natural', 'log10', 'none']
    amin: float
    log_offset: float
    reference: float
    ref: float
    def __init__(
        self,
        *,
        sample_rate: Optional[int] = None,
        n_mels: int = 40,
        fmin: float = 0.0,
        fmax: Optional[float] = None,
        htk: bool = False,
        norm: Literal['slaney', 'none'] = 'slaney',
        triangles: Literal['hz', 'mel'] = 'hz',
        log: Literal['db', 'natural', 'log10', 'none'] = 'db',
        amin: float = 1e-10,
        log_offset: float = 0.0,
        reference: float = 1.0,
        ref: float = ...,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, spectrogram: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Mfcc(Block):
    """Mel-frequency cepstral coefficients of log-mel energies, as librosa and tf.signal make them.

    Input `mels`: float32 (frames, mels): logarithms of energies, the output of `mel-filterbank`.

    Output `mfcc`: float32 (frames, coefficients): the first coefficients of the DCT-II of each frame.

    Parameters
    ----------
    n_mfcc: int, default 13
        Coefficients, at most as many as there are mels. Expected: an integer from 1 to 512.
    norm: Literal['ortho', 'htk'], default 'ortho'
        The scale of the transform: orthonormal, or with a first coefficient of √2 as much as HTK and TensorFlow have it. Expected: ortho or htk.
    lifter: float, default 0.0
        Coefficient n, counted from 1, is multiplied by 1 + lifter/2·sin(πn/lifter); 0 leaves all as they are. Expected: a number of at least 0.
    """
    n_mfcc: int
    norm: Literal['ortho', 'htk']
    lifter: float
    def __init__(
        self,
        *,
        n_mfcc: int = 13,
        norm: Literal['ortho', 'htk'] = 'ortho',
        lifter: float = 0.0,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, mels: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Modulo(Block):
    """The remainder of each element.

    Input `values`: number of any shape: the dividends.

    Output `remainders`: number of any shape: of the same type, with the sign of the dividend.

    Parameters
    ----------
    modulus: float, default 1.0
        The divisor; a whole number that the elements can hold, if they are integers. Expected: a number.
    """
    modulus: float
    def __init__(
        self,
        *,
        modulus: float = 1.0,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, values: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class MostConfidentIndices(Block):
    """The indices of the largest values.

    Input `scores`: number of any shape: scores of N classes: `[N]` or `[rows, N]`.

    Output `indices`: uint32 of any shape: the classes, the most confident first: `[count]` or `[rows, count]`.

    Parameters
    ----------
    count: int, default 1
        How many indices to give. Expected: an integer of at least 1.
    """
    count: int
    def __init__(
        self,
        *,
        count: int = 1,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, scores: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class NoiseFiltering(Block):
    """Noise reduction, gain control and logarithm, bit for bit those of TensorFlow's micro_frontend.

    Input `spectrogram`: uint32 (frames, channels): the output of `fft`.

    Output `features`: uint16 or int8 or float32 (frames, channels): 2^scale_shift times the logarithm of each channel.

    Parameters
    ----------
    smoothing_bits: int, default 10
        Fractional bits of the noise estimate. Expected: an integer from 0 to 31.
    even_smoothing: float, default 0.025
        How fast the noise estimate of even channels follows the signal, a fraction for each frame. Expected: a number from 0 to 1.
    odd_smoothing: float, default 0.06
        How fast the noise estimate of odd channels follows the signal, a fraction for each frame. Expected: a number from 0 to 1.
    min_signal_remaining: float, default 0.05
        The least fraction of the signal that noise reduction leaves. Expected: a number from 0 to 1.
    enable_pcan: bool, default True
        Whether per-channel amplitude normalisation is applied. Expected: true or false.
    pcan_strength, strength: float, default 0.95
        The gain is the noise estimate, plus the offset, to the power of minus this. Expected: a number.
    pcan_offset, offset: float, default 80.0
        What is added to the noise estimate for the gain. Expected: a number of at least 0.
    gain_bits: int, default 21
        Fractional bits of the gain. Expected: an integer from 0 to 30.
    enable_log: bool, default True
        Whether the logarithm is applied. Expected: true or false.
    scale_shift: int, default 6
        The logarithm is scaled by two to this power. Expected: an integer from 0 to 11.
    out_type: Literal['uint16', 'int8', 'float32'], default 'uint16'
        The element type of the features. Expected: uint16, int8 or float32.
    scale: float, default 1.0
        What features are multiplied by where `out_type` is float32. Expected: a number.
    """
    smoothing_bits: int
    even_smoothing: float
    odd_smoothing: float
    min_signal_remaining: float
    enable_pcan: bool
    pcan_strength: float
    strength: float
    pcan_offset: float
    offset: float
    gain_bits: int
    enable_log: bool
    scale_shift: int
    out_type: Literal['uint16', 'int8', 'float32']
    scale: float
    def __init__(
        self,
        *,
        smoothing_bits: int = 10,
        even_smoothing: float = 0.025,
        odd_smoothing: float = 0.06,
        min_signal_remaining: float = 0.05,
        enable_pcan: bool = True,
        pcan_strength: float = 0.95,
        strength: float = ...,
        pcan_offset: float = 80.0,
        offset: float = ...,
        gain_bits: int = 21,
        enable_log: bool = True,
        scale_shift: int = 6,
        out_type: Literal['uint16', 'int8', 'float32'] = 'uint16',
        scale: float = 1.0,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, spectrogram: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Normalize(Block):
    """Scales a tensor to the range 0 to 1.

    Input `values`: number of any shape: numbers of any unit.

    Output `normalized`: float32 of any shape: 0 at the least value, 1 at the greatest.
    """
    def __init__(
        self,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, values: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Quantize(Block):
    """Real numbers as integers of a scale, as TensorFlow Lite's QUANTIZE.

    Input `values`: number of any shape: real numbers, or integers with or without a quantisation.

    Output `quantized`: int8 or uint8 or int16 of any shape: value / scale + zero_point, rounded; what does not fit is cut.

    Parameters
    ----------
    scale: float
        The real step between two integers, above 0. Expected: a number.
    zero_point: int, default 0
        The integer of real zero, one that `out_type` can hold. Expected: an integer from -32768 to 32767.
    out_type: Literal['int8', 'uint8', 'int16'], default 'int8'
        The element type of the integers. Expected: int8, uint8 or int16.
    """
    scale: float
    zero_point: int
    out_type: Literal['int8', 'uint8', 'int16']
    def __init__(
        self,
        *,
        scale: float,
        zero_point: int = 0,
        out_type: Literal['int8', 'uint8', 'int16'] = 'int8',
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, values: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Rescale(Block):
    """Multiplies each value and adds an offset, as Keras' Rescaling.

    Input `values`: number of any shape: numbers of any unit, such as the pixels of an image.

    Output `rescaled`: float32 of any shape: scale × value + offset.

    Parameters
    ----------
    scale: float
        What each value is multiplied by. Expected: a number.
    offset: float, default 0.0
        What is added to the product. Expected: a number.
    """
    scale: float
    offset: float
    def __init__(
        self,
        *,
        scale: float,
        offset: float = 0.0,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, values: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...

class Spectrogram(Block):
    """The spectrogram of sound in floating point, as librosa and tf.signal make it.

    Input `audio`: int16 or float32 (samples,): PCM samples, or samples from -1 to 1.

    Output `spectrogram`: float32 (frames, bins): power, magnitude or decibels of each bin.

    Parameters
    ----------
    sample_rate: int, default 16000
        Sample rate of the input. Expected: an integer from 1 to 2147483647 (Hz).
    n_fft: int, default 512
        Points of the FFT; there are n_fft/2 + 1 bins. Expected: an integer from 2 to 65536.
    win_length: Optional[int], default None
        Samples of the window, at most n_fft; n_fft if left out. Expected: an integer from 2 to 65536.
    hop_length: Optional[int], default None
        Samples from the start of one frame to the start of the next; a quarter of win_length if left out. Expected: an integer from 1 to 65536.
    window: Literal['hann', 'hamming', 'boxcar'], default 'hann'
        The window function. Expected: hann, hamming or boxcar.
    framing: Literal['librosa', 'tf'], default 'librosa'
        Where a window shorter than n_fft lies: in the middle of n_fft samples as in librosa, or with zeros behind it as in tf.signal. Expected: librosa or tf.
    output: Literal['power', 'magnitude', 'db'], default 'power'
        What is told of each bin: squared magnitude, magnitude, or decibels. Expected: power, magnitude or db.
    reference, ref: float, default 1.0
        The power that is 0 dB, where output is db. Expected: a number of at least 0.
    amin: float, default 1e-10
        The least power and the least reference that decibels are taken of. Expected: a number of at least 0.
    """
    sample_rate: int
    n_fft: int
    win_length: Optional[int]
    hop_length: Optional[int]
    window: Literal['hann', 'hamming', 'boxcar']
    framing: Literal['librosa', 'tf']
    output: Literal['power', 'magnitude', 'db']
    reference: float
    ref: float
    amin: float
    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        n_fft: int = 512,
        win_length: Optional[int] = None,
        hop_length: Optional[int] = None,
        window: Literal['hann', 'hamming', 'boxcar'] = 'hann',
        framing: Literal['librosa', 'tf'] = 'librosa',
        output: Literal['power', 'magnitude', 'db'] = 'power',
        reference: float = 1.0,
        ref: float = ...,
        amin: float = 1e-10,
    ) -> None: ...
    def __call__(  # type: ignore[override]
        self, audio: ArrayLike, /, *, scale: Optional[Scale] = None
    ) -> Array: ...
