"""Clips for the examples: a folder's, or variants of the demo clips.

`--data DIR` names a folder `DIR/word/clip.wav` (or .flac), a second each, 16 kHz, mono, as Speech Commands has it.
About a fifth is held out, by speaker where names are as there (`SPEAKER_nohash_0.wav`).

Without it, the four demo clips are shifted, made faster and slower, louder and softer, and noise is added; what is held
out has noise of a kind that training does not have. That is one synthetic voice: it shows that learning works, and
forecasts nothing about people.
"""

import argparse
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy
from runeblocks import SOUND_ENDINGS, read_sound

RATE = 16_000
DEMO = Path(__file__).parent.parent / "clips"


class Clips(NamedTuple):
    """Clips, int16 `(n, 16000)`, and the place of each one's word in `words`."""

    words: list
    train: numpy.ndarray
    train_labels: numpy.ndarray
    test: numpy.ndarray
    test_labels: numpy.ndarray


def load(description):
    """The clips that the command line asks for, and its other arguments."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, help="folder of words, each a folder of clips; the demo clips if left out")
    parser.add_argument("--clips", type=int, default=480, help="variants of the demo clips (default %(default)s)")
    parser.add_argument("--epochs", type=int, default=15, help="of networks (default %(default)s)")
    args = parser.parse_args()
    return (folder(args.data) if args.data else variants(args.clips)), args


def folder(path):
    """The clips of a folder."""
    files = [file for file in sorted(path.glob("*/*")) if file.suffix.lower() in SOUND_ENDINGS]
    words = sorted({file.parent.name for file in files})
    if len(words) < 2:
        raise SystemExit(f"{path}: {len(words)} folders with sound files: expected at least two, one for each word")
    clips = numpy.stack([second(read_sound(file)) for file in files])
    labels = numpy.array([words.index(file.parent.name) for file in files])
    held_out = numpy.array([zlib.crc32(file.stem.split("_")[0].encode()) % 5 == 0 for file in files])
    return Clips(words, clips[~held_out], labels[~held_out], clips[held_out], labels[held_out])


def variants(count):
    """Variants of the demo clips; a quarter as many more are held out."""
    random = numpy.random.default_rng(0)
    words = sorted(file.stem for file in DEMO.glob("*.wav"))
    spoken = [read_sound(DEMO / f"{word}.wav") for word in words]
    made = []
    for colors, n in ((0, 1), count), ((0.5, 2), count // 4):
        labels = numpy.arange(n) % len(words)
        made += [numpy.stack([variant(spoken[label], random, colors) for label in labels]), labels]
    return Clips(words, *made)


def variant(clip, random, colors=(0, 1)):
    """A clip at another place, speed and level, with noise 5 dB above to 15 dB below it, of one of `colors`."""
    speed = random.uniform(0.85, 1.15)
    samples = numpy.interp(numpy.arange(0, len(clip), speed), numpy.arange(len(clip)), clip)
    samples = numpy.roll(second(samples), random.integers(-RATE // 8, RATE // 8))
    noise = colored(random, random.choice(colors))
    level = numpy.sqrt(numpy.mean(samples**2)) / 10 ** (random.uniform(-5, 15) / 20)
    mixed = samples + level * noise
    return (mixed * (random.uniform(0.05, 0.9) * 32767 / max(numpy.abs(mixed).max(), 1))).astype(numpy.int16)


def colored(random, color):
    """A second of noise of power 1, which falls with frequency to the power of `color`."""
    spectrum = numpy.fft.rfft(random.normal(size=RATE))
    spectrum /= numpy.maximum(numpy.arange(len(spectrum)), 20) ** (color / 2)
    noise = numpy.fft.irfft(spectrum)
    return noise / noise.std()


def second(samples):
    """The middle second, with zeros around what is shorter."""
    short = max(0, RATE - len(samples))
    samples = numpy.pad(samples, (short // 2, short - short // 2))
    start = (len(samples) - RATE) // 2
    return samples[start : start + RATE]
