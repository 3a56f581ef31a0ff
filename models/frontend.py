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
"""Features are u16 x SCALE; 26.0 stands at the top of what speech reaches."""

_FFT = runeblocks.Fft(window_size=30, window_step=20, num_channels=CHANNELS)
_TO_U16 = runeblocks.NoiseFiltering()
_TO_INT8 = runeblocks.NoiseFiltering(out_type="int8")


def features(clips):
    """Clips int16[n, 16000] to u16[n, 49, 40]; the noise estimate starts anew with each."""
    return np.asarray(_TO_U16(_FFT(clips)))


def int8_features(clips):
    """Clips int16[n, 16000] to the int8 model's inputs, int8[n, 49, 40], as the device computes them."""
    return np.asarray(_TO_INT8(_FFT(clips)))
