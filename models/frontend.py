"""The features that the keyword model reads, by Runeblocks' own blocks: the bits that the device computes."""

import numpy as np

try:
    import runeblocks
except ImportError:
    raise SystemExit("runeblocks is not installed: pip install . at the root of the repository") from None

SAMPLE_RATE = 16_000
CLIP_SAMPLES = 16_000
FRAMES = 49
CHANNELS = 40
SCALE = 10 / 256
FULL_SCALE = 26.0
"""Features are u16 x SCALE; FULL_SCALE stands at the top of what speech reaches."""

_FFT = runeblocks.Fft(window_size=30, window_step=20, num_channels=CHANNELS)
_LOGARITHM = {"min_signal_remaining": 1, "enable_pcan": False, "scale_shift": 5}
_TO_U16 = runeblocks.NoiseFiltering(**_LOGARITHM)
_TO_INT8 = runeblocks.NoiseFiltering(**_LOGARITHM, out_type="int8")
_SPECTROGRAM = runeblocks.Spectrogram(n_fft=512, win_length=480, hop_length=320)
_MEL = runeblocks.MelFilterbank(n_mels=CHANNELS)
DIGESTS = [
    last(first(np.zeros(CLIP_SAMPLES, np.int16))).facts.front_end for first, last in ((_FFT, _TO_U16), (_SPECTROGRAM, _MEL))
]
"""What the blocks compute, tables included: those of `features` and of `decibels`."""


def features(clips):
    """Clips int16[n, 16000] to u16[n, 49, 40]: 32 times the natural logarithm of each channel's magnitude. Nothing carries
    over from frame to frame."""
    return np.asarray(_TO_U16(_FFT(clips)))


def int8_features(clips):
    """Clips int16[n, 16000] to the int8 model's inputs, int8[n, 49, 40], as the device computes them."""
    return np.asarray(_TO_INT8(_FFT(clips)))


def decibels(clips):
    """Clips int16[n, 16000] to u16[n, 49, 40] of the same unit: a float spectrogram on the mel scale in decibels, of which
    each clip's lowest is 0 and its highest FULL_SCALE. No device computes it; unlike in `features`, a clip that is louder
    is the same."""
    x = np.asarray(_MEL(_SPECTROGRAM(clips)))[:, :FRAMES]
    low, high = x.min((1, 2), keepdims=True), x.max((1, 2), keepdims=True)
    return np.rint((x - low) / np.maximum(high - low, 1e-6) * FULL_SCALE / SCALE).astype(np.uint16)
