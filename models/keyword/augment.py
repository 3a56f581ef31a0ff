"""Training clips: loading, and variants that differ as other rooms, microphones and speakers do."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from frontend import CLIP_SAMPLES, SAMPLE_RATE

CLASSES = ["silence", "unknown", "up", "down", "left", "right"]


@dataclass
class Clips:
    """One split of the data: samples int16[n, 16000], class index, word and speaker of each clip."""

    samples: np.ndarray
    label: np.ndarray
    word: np.ndarray
    speaker: np.ndarray


def read(path):
    samples, rate = soundfile.read(path, dtype="int16")
    if rate != SAMPLE_RATE or samples.ndim != 1:
        raise ValueError(f"{path}: expected {SAMPLE_RATE} Hz mono, found {rate} Hz, {samples.ndim} axes")
    return samples


def load(data, split):
    """The clips of `split` in `data`/manifest.csv, and the recordings of background noise."""
    data = Path(data)
    with open(data / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    noises = [read(data / r["path"]) for r in rows if r["label"] == "noise"]
    rows = [r for r in rows if r["split"] == split and r["label"] in CLASSES]
    clips = Clips(
        np.stack([read(data / r["path"]) for r in rows]),
        np.array([CLASSES.index(r["label"]) for r in rows]),
        np.array([r["word"] for r in rows]),
        np.array([r["speaker"] or r["path"] for r in rows]),
    )
    return clips, noises


def _decibels(db):
    return 10 ** (db / 20)


def _rms(x):
    return float(np.sqrt(np.mean(x * x)) + 1e-3)


def _to_pcm(x):
    return np.clip(np.rint(x), -32768, 32767).astype(np.int16)


def _noise(noises, rng):
    """A second of a background recording, as it is."""
    recording = noises[rng.integers(len(noises))]
    start = rng.integers(len(recording) - CLIP_SAMPLES)
    return recording[start : start + CLIP_SAMPLES].astype(np.float32)


def silence(noises, rng):
    """A clip without speech: background noise at any level, or the hiss of an idle converter."""
    if rng.random() < 0.15:
        return _to_pcm(rng.normal(0, rng.uniform(0, 8), CLIP_SAMPLES))
    return _to_pcm(_noise(noises, rng) * _decibels(rng.uniform(-40, 3)))


def variant(clip, noises, rng):
    """The clip at another speed (+-10 %), position (+-100 ms), colour, level and noise (0-30 dB)."""
    n = CLIP_SAMPLES
    speed, shift = rng.uniform(0.9, 1.1), rng.uniform(-0.1, 0.1) * SAMPLE_RATE
    at = (np.arange(n) - n / 2) * speed + n / 2 + shift
    x = np.interp(at, np.arange(n), clip.astype(np.float32), left=0, right=0)
    tilt = rng.uniform(-0.3, 0.5)
    x[1:] -= tilt * x[:-1]
    x *= _decibels(rng.uniform(-15, 6))
    if rng.random() < 0.8:
        noise = _noise(noises, rng)
        x += noise * (_rms(x) / _rms(noise) / _decibels(rng.uniform(0, 30)))
    return _to_pcm(x)


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
