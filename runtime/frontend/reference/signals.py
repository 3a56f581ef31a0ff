"""Signals made of integers alone, the same as in `proc-blocks/fft/tests/support/signal.rs`."""

import numpy as np

KINDS = ["silence", "noise", "square", "triangle", "impulses", "lowest", "ramp", "flat-square", "flat-noise", "flat-turn"]


def mix(n, seed):
    """A mix of two 32-bit numbers that looks random."""
    h = np.asarray(n).astype(np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x243F6A89)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85A308D3)
    return h ^ (h >> np.uint32(16))


def samples(kind, length, amplitude, seed, window):
    """The samples of a signal, for a window of these coefficients."""
    with np.errstate(over="ignore"):
        n = np.arange(length, dtype=np.uint32)
        phase = n * np.uint32(seed)
        wide = lambda values: values.astype(np.int64)
        low = lambda values: wide(values.astype(np.uint16).view(np.int16))
        signed = lambda negative, value: np.where(negative, -value, value)
        coefficients = wide(np.asarray(window))[n % len(window)]
        flat = np.where(coefficients == 0, amplitude, amplitude * 4096 // np.maximum(coefficients, 1))
        if kind == "silence":
            made = wide(n) * 0
        elif kind == "noise":
            made = (low(mix(n, seed) >> np.uint32(16)) * amplitude) >> 15
        elif kind == "square":
            made = signed(phase >> np.uint32(31) == 1, amplitude)
        elif kind == "triangle":
            position = wide(phase >> np.uint32(16))
            made = ((2 * np.minimum(position, 65535 - position) - 32767) * amplitude) >> 15
        elif kind == "impulses":
            made = np.where(n % (seed % 1000 + 1) == 0, signed(mix(n, seed) & 1 == 1, amplitude), 0)
        elif kind == "lowest":
            made = np.array([-32768, -32768, 32767, 0])[mix(n // (1 + seed % 37), seed) & 3]
        elif kind == "ramp":
            made = (low(phase) * amplitude) >> 15
        elif kind == "flat-square":
            made = signed(phase >> np.uint32(31) == 1, flat)
        elif kind == "flat-noise":
            made = signed(mix(n, seed) & 1 == 1, flat)
        elif kind == "flat-turn":
            quarter = ((n // 2) * np.uint32(seed)) >> np.uint32(30)
            made = signed(np.where(n % 2 == 0, (quarter == 1) | (quarter == 2), quarter >= 2), flat)
        else:
            raise ValueError(kind)
        return np.clip(made, -32768, 32767).astype(np.int16)


def frames(count, channels, seed):
    """Frames of u32, each of another number of bits, as in `proc-blocks/noise-filtering/tests/golden.rs`."""
    with np.errstate(over="ignore"):
        values = mix(np.arange(count * channels), seed).reshape(count, channels)
        bits = 1 + mix(np.arange(count), seed ^ 0x5555_5555) % 32
        return values >> (32 - bits)[:, None].astype(np.uint32)
