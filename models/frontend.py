"""The audio front end of TensorFlow's `audio_microfrontend` op, for training.

The op's shared library, part of the tensorflow-cpu wheel, exports the front end that the op runs.
Calling it through ctypes gives the op's integers without the cost of an eager op per clip, and
without importing TensorFlow. Runeblocks' `fft` and `noise-filtering` blocks (dialect `tf`) compute
the same integers.
"""

import ctypes
import importlib.util
from pathlib import Path

import numpy as np

SAMPLE_RATE = 16_000
CLIP_SAMPLES = 16_000
FRAMES = 49
CHANNELS = 40
SCALE = 10 / 256
"""Features are u16 x SCALE; 26.0 stands at the top of what speech reaches."""

_LIBRARY = "lite/experimental/microfrontend/python/ops/_audio_microfrontend_op.so"
_STATE_BYTES = 4096  # an upper bound: the state is a few pointers and counters per stage


class _Config(ctypes.Structure):
    """`struct FrontendConfig`, its sub-structures written out in order."""

    _fields_ = [
        ("window_size", ctypes.c_size_t),
        ("window_step", ctypes.c_size_t),
        ("num_channels", ctypes.c_int),
        ("upper_band_limit", ctypes.c_float),
        ("lower_band_limit", ctypes.c_float),
        ("output_scale_shift", ctypes.c_int),
        ("smoothing_bits", ctypes.c_int),
        ("even_smoothing", ctypes.c_float),
        ("odd_smoothing", ctypes.c_float),
        ("min_signal_remaining", ctypes.c_float),
        ("enable_pcan", ctypes.c_int),
        ("pcan_strength", ctypes.c_float),
        ("pcan_offset", ctypes.c_float),
        ("gain_bits", ctypes.c_int),
        ("enable_log", ctypes.c_int),
        ("scale_shift", ctypes.c_int),
    ]


class _Output(ctypes.Structure):
    _fields_ = [("values", ctypes.POINTER(ctypes.c_uint16)), ("size", ctypes.c_size_t)]


class FrontEnd:
    """16 kHz, 30 ms windows, 20 ms steps, 40 channels of 125-7500 Hz; the op's defaults otherwise."""

    def __init__(self):
        spec = importlib.util.find_spec("tensorflow")
        if spec is None:
            raise SystemExit("tensorflow is not installed: pip install -r models/requirements.txt")
        self._lib = ctypes.CDLL(str(Path(spec.submodule_search_locations[0]) / _LIBRARY))
        self._lib.FrontendProcessSamples.restype = _Output
        self._state = ctypes.create_string_buffer(_STATE_BYTES)
        config = _Config(
            window_size=30, window_step=20, num_channels=CHANNELS,
            upper_band_limit=7500.0, lower_band_limit=125.0,
            smoothing_bits=10, even_smoothing=0.025, odd_smoothing=0.06, min_signal_remaining=0.05,
            enable_pcan=1, pcan_strength=0.95, pcan_offset=80.0, gain_bits=21,
            enable_log=1, scale_shift=6,
        )
        if not self._lib.FrontendPopulateState(ctypes.byref(config), self._state, SAMPLE_RATE):
            raise RuntimeError("the front end refused its configuration")

    def features(self, clip):
        """One clip, int16[16000], to u16[49, 40]; the noise estimate starts anew."""
        clip = np.ascontiguousarray(clip, np.int16)
        if clip.shape != (CLIP_SAMPLES,):
            raise ValueError(f"a clip has shape {clip.shape}, expected ({CLIP_SAMPLES},)")
        self._lib.FrontendReset(self._state)
        out = np.zeros((FRAMES, CHANNELS), np.uint16)
        read, position, frame = ctypes.c_size_t(), 0, 0
        while position < CLIP_SAMPLES:
            result = self._lib.FrontendProcessSamples(
                self._state,
                ctypes.c_void_p(clip.ctypes.data + 2 * position),
                ctypes.c_size_t(CLIP_SAMPLES - position),
                ctypes.byref(read),
            )
            position += read.value
            if result.values:
                ctypes.memmove(out[frame].ctypes.data, result.values, 2 * CHANNELS)
                frame += 1
        assert frame == FRAMES, f"{frame} frames"
        return out
