"""The running references of the micro_frontend, through ctypes: no compiler, no import of TensorFlow.

    pip install -r runtime/frontend/reference/requirements.txt

`tf` is the library of TensorFlow's own op, `tflm` the one of pymicro-features. Both export the C functions of every stage.
Configurations are dictionaries with the op's parameter names; check them before they come here, as the libraries crash on some.
"""

import ctypes
import glob
import sysconfig

import numpy as np

SITE = sysconfig.get_paths()["purelib"]
LIBRARIES = {
    "tf": SITE + "/tensorflow/lite/experimental/microfrontend/python/ops/_audio_microfrontend_op.so",
    "tflm": SITE + "/micro_features_cpp*.so",
}

_int, _size, _float, _bool = ctypes.c_int, ctypes.c_size_t, ctypes.c_float, ctypes.c_int
_u16, _u32 = ctypes.c_uint16, ctypes.c_uint32


def _to(element):
    return ctypes.POINTER(element)


_i16s, _u16s, _u32s, _u64s = _to(ctypes.c_int16), _to(_u16), _to(_u32), _to(ctypes.c_uint64)


def _struct(name, **fields):
    return type(name, (ctypes.Structure,), {"_fields_": list(fields.items())})


Configuration = _struct(
    "Configuration",
    window_size=_size,
    window_step=_size,
    num_channels=_int,
    upper_band_limit=_float,
    lower_band_limit=_float,
    output_scale_shift=_int,
    smoothing_bits=_int,
    even_smoothing=_float,
    odd_smoothing=_float,
    min_signal_remaining=_float,
    enable_pcan=_bool,
    pcan_strength=_float,
    pcan_offset=_float,
    gain_bits=_int,
    enable_log=_bool,
    scale_shift=_int,
)
Window = _struct("Window", size=_size, coefficients=_i16s, step=_size, input=_i16s, input_used=_size, output=_i16s, max_abs=ctypes.c_int16)
Fft = _struct("Fft", input=_i16s, output=_i16s, fft_size=_size, input_size=_size, scratch=ctypes.c_void_p, scratch_size=_size)
Filterbank = _struct(
    "Filterbank", num_channels=_int, start=_int, end=_int, freq_starts=_i16s, weight_starts=_i16s, widths=_i16s, weights=_i16s, unweights=_i16s, work=_u64s
)
Noise = _struct("Noise", smoothing_bits=_int, even=_u16, odd=_u16, min_signal_remaining=_u16, num_channels=_int, estimate=_u32s)
Pcan = _struct("Pcan", enable=_bool, estimate=_u32s, num_channels=_int, gains=_i16s, snr_shift=ctypes.c_int32)
Log = _struct("Log", enable=_bool, scale_shift=_int)
State = _struct("State", window=Window, fft=Fft, filterbank=Filterbank, noise=Noise, pcan=Pcan, log=Log)
Output = _struct("Output", values=_u16s, size=_size)

_SIGNATURES = {
    "FrontendPopulateState": ([_to(Configuration), _to(State), _int], _int),
    "FrontendFreeStateContents": ([_to(State)], None),
    "FrontendReset": ([_to(State)], None),
    "FrontendProcessSamples": ([_to(State), ctypes.c_void_p, _size, _to(_size)], Output),
    "WindowProcessSamples": ([_to(Window), ctypes.c_void_p, _size, _to(_size)], _int),
    "FftCompute": ([_to(Fft), ctypes.c_void_p, _int], None),
    "FilterbankConvertFftComplexToEnergy": ([_to(Filterbank), ctypes.c_void_p, ctypes.c_void_p], None),
    "FilterbankAccumulateChannels": ([_to(Filterbank), ctypes.c_void_p], None),
    "FilterbankSqrt": ([_to(Filterbank), _int], _u32s),
    "NoiseReductionApply": ([_to(Noise), _u32s], None),
    "PcanGainControlApply": ([_to(Pcan), _u32s], None),
    "LogScaleApply": ([_to(Log), _u32s, _int, _int], _u16s),
}
_ELEMENTS = {_i16s: np.int16, _u16s: np.uint16, _u32s: np.uint32, _u64s: np.uint64}


def load(dialect):
    """The library of a dialect, or None where its package is not installed."""
    paths = glob.glob(LIBRARIES[dialect])
    if not paths:
        return None
    library = ctypes.CDLL(paths[0])
    for name, (arguments, result) in _SIGNATURES.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, result
    return library


def _copy(pointer, count):
    return np.array(pointer[:count], _ELEMENTS[type(pointer)])


class Refused(Exception):
    """The reference itself refuses a configuration."""


class Reference:
    """A front end of one of the references."""

    def __init__(self, library, config):
        self.library, self.state = library, State()
        names = [name for name, _ in Configuration._fields_ if name != "output_scale_shift"]
        native = Configuration(output_scale_shift=7, **{name: config[name] for name in names})
        if not library.FrontendPopulateState(native, self.state, config["sample_rate"]):
            library.FrontendFreeStateContents(self.state)
            raise Refused
        self.channels = config["num_channels"]
        self.fft_size = self.state.fft.fft_size
        self.correction_bits = self.fft_size.bit_length() - 7

    def free(self):
        self.library.FrontendFreeStateContents(self.state)

    def reset(self):
        self.library.FrontendReset(self.state)

    def tables(self):
        """Every table, by name."""
        state, bank = self.state, self.state.filterbank
        slots = bank.num_channels + 1
        weight_starts, widths = _copy(bank.weight_starts, slots), _copy(bank.widths, slots)
        count = int((weight_starts.astype(int) + widths).max())
        tables = {
            "coefficients": _copy(state.window.coefficients, state.window.size),
            "range": np.array([bank.start, bank.end], np.int32),
            "freq_starts": _copy(bank.freq_starts, slots),
            "weight_starts": weight_starts,
            "widths": widths,
            "weights": _copy(bank.weights, count),
            "unweights": _copy(bank.unweights, count),
            "smoothing": np.array([state.noise.even, state.noise.odd, state.noise.min_signal_remaining], np.uint16),
        }
        if state.pcan.enable:
            gains = _copy(state.pcan.gains, 125)
            gains[5::4] = 0  # between the intervals: never written, never read
            tables["gains"], tables["snr_shift"] = gains, np.array([state.pcan.snr_shift], np.int32)
        return tables

    def process(self, samples, chunks=(1 << 40,)):
        """The features of all frames, the samples given in pieces of these lengths, over and over."""
        samples = np.ascontiguousarray(samples, np.int16)
        frames, at, used, turn = [], 0, _size(), 0
        while at < len(samples):
            end = min(len(samples), at + chunks[turn % len(chunks)])
            turn += 1
            while at < end:
                output = self.library.FrontendProcessSamples(self.state, samples.ctypes.data + 2 * at, end - at, used)
                at += used.value
                if output.values:
                    frames.append(_copy(output.values, output.size))
        return np.concatenate(frames) if frames else np.zeros(0, np.uint16)

    def stages(self, samples):
        """What every stage makes of every frame, by name: the frames one after another."""
        samples = np.ascontiguousarray(samples, np.int16)
        state, library = self.state, self.library
        bins = self.fft_size // 2 + 1
        frames, at, used = [], 0, _size()
        while at < len(samples):
            full = library.WindowProcessSamples(state.window, samples.ctypes.data + 2 * at, len(samples) - at, used)
            at += used.value
            if not full:
                continue
            shift = 15 - max(state.window.max_abs, 0).bit_length()
            frame = {"window": _copy(state.window.output, state.window.size), "shift": np.array([shift], np.int32)}
            library.FftCompute(state.fft, ctypes.cast(state.window.output, ctypes.c_void_p), shift)
            frame["fft"] = _copy(state.fft.output, 2 * bins)
            spectrum = ctypes.cast(state.fft.output, ctypes.c_void_p)
            library.FilterbankConvertFftComplexToEnergy(state.filterbank, spectrum, spectrum)
            energy = _copy(ctypes.cast(spectrum, _u32s), bins)
            energy[: state.filterbank.start] = 0
            energy[state.filterbank.end :] = 0
            frame["energy"] = energy
            library.FilterbankAccumulateChannels(state.filterbank, spectrum)
            frame["sums"] = _copy(state.filterbank.work, self.channels + 1)
            signal = library.FilterbankSqrt(state.filterbank, shift)
            frame["filterbank"] = _copy(signal, self.channels)
            frame.update(self.filter(signal))
            frames.append(frame)
        return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]} if frames else {}

    def filter(self, signal):
        """What the stages from noise reduction on make of one frame, which they overwrite."""
        state, library = self.state, self.library
        library.NoiseReductionApply(state.noise, signal)
        frame = {"noise": _copy(signal, self.channels), "estimate": _copy(state.noise.estimate, self.channels)}
        if state.pcan.enable:
            library.PcanGainControlApply(state.pcan, signal)
        frame["pcan"] = _copy(signal, self.channels)
        features = library.LogScaleApply(state.log, signal, self.channels, self.correction_bits)
        frame["output"] = _copy(features, self.channels)
        return frame

    def filter_frames(self, frames):
        """As `stages`, from frames of u32 that did not come of a spectrum."""
        results = []
        for frame in frames:
            signal = (_u32 * self.channels)(*frame.tolist())
            results.append(self.filter(ctypes.cast(signal, _u32s)))
        return {name: np.concatenate([frame[name] for frame in results]) for name in results[0]}
