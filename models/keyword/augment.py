"""Variants of a clip that differ as other rooms, microphones and speakers do."""

import numpy as np

from frontend import CLIP_SAMPLES, SAMPLE_RATE

_PADDED = 2 * CLIP_SAMPLES  # room for the reverberation of a clip


def decibels(db):
    return np.float32(10 ** (db / 20))


def rms(x):
    return float(np.sqrt(np.mean(x * x))) + 1e-3


def to_pcm(x):
    return np.clip(np.rint(x), -32768, 32767).astype(np.int16)


def background(noises, rng):
    """A second of a background recording, as it is."""
    recording = noises[rng.integers(len(noises))]
    start = rng.integers(len(recording) - CLIP_SAMPLES)
    return recording[start : start + CLIP_SAMPLES].astype(np.float32)


def silence(noises, rng):
    """A clip without speech: background noise at any level, or the hiss of an idle converter."""
    if rng.random() < 0.15:
        return to_pcm(rng.normal(0, rng.uniform(0, 8), CLIP_SAMPLES))
    return to_pcm(background(noises, rng) * decibels(rng.uniform(-40, 3)))


def _room(x, rng):
    """x in a room: noise that dies away by 60 dB in 0.1-0.5 s, 0-15 dB below the direct sound."""
    n = SAMPLE_RATE // 4
    decay = np.exp(-6.9 * np.arange(n) / (SAMPLE_RATE * rng.uniform(0.1, 0.5)))
    response = rng.standard_normal(n, np.float32) * decay.astype(np.float32)
    response *= decibels(rng.uniform(-15, 0)) / np.sqrt(np.sum(response * response))
    response[0] += 1
    return np.fft.irfft(np.fft.rfft(x, _PADDED) * np.fft.rfft(response, _PADDED), _PADDED)[:CLIP_SAMPLES]


def variant(clip, noises, rng):
    """The clip at another speed (+-15 %), position (+-100 ms), colour, level, in a room (a third) and in noise
    (0-30 dB, four of five)."""
    n = CLIP_SAMPLES
    speed, shift = np.exp(rng.uniform(-0.15, 0.15)), rng.uniform(-0.1, 0.1) * SAMPLE_RATE
    at = (np.arange(n) - n / 2) * speed + n / 2 + shift
    x = np.interp(at, np.arange(n), clip, left=0, right=0).astype(np.float32)
    x[1:] -= np.float32(rng.uniform(-0.3, 0.5)) * x[:-1]
    if rng.random() < 1 / 3:
        x = _room(x, rng)
    x *= decibels(rng.uniform(-30, 10))
    if rng.random() < 0.8:
        noise = background(noises, rng)
        x += noise * (rms(x) / rms(noise) / decibels(rng.uniform(0, 30)))
    return to_pcm(x)


def spec_augment(features, rng):
    """SpecAugment on f32[n, 49, 40]: two spans of frames and one of channels zeroed per clip, and
    the channels moved by at most one, as by a longer or shorter vocal tract."""
    n, frames, channels = features.shape
    move = rng.integers(-1, 2, (n, 1))
    source = np.clip(np.arange(channels) + move, 0, channels - 1)
    out = np.take_along_axis(features, source[:, None, :], 2)
    for axis, length, widest in [(1, frames, 8), (1, frames, 8), (2, channels, 7)]:
        start = rng.integers(0, length, (n, 1))
        end = start + rng.integers(0, widest + 1, (n, 1))
        hit = (np.arange(length) >= start) & (np.arange(length) < end)
        out *= ~(hit[:, :, None] if axis == 1 else hit[:, None, :])
    return out
