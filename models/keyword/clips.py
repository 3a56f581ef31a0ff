"""The clips of a folder with a manifest.csv."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from frontend import SAMPLE_RATE

CLASSES = ["silence", "unknown", "up", "down", "left", "right"]
UNKNOWN = CLASSES.index("unknown")


@dataclass
class Clips:
    """Samples int16[n, 16000], class index, word and speaker of each clip."""

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
