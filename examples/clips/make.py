"""Makes up.wav, down.wav, left.wav and right.wav with espeak-ng: synthetic speech for the demos.

    apt install espeak-ng; pip install numpy soundfile; python examples/clips/make.py

One second each, 16 kHz, mono, 16 bits, the word in the middle, peak at -6 dBFS. The same version of
espeak-ng gives the same bytes.
"""

import argparse
import io
import subprocess
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000
WORDS = ["up", "down", "left", "right"]


def speak(word, voice, speed, pitch):
    """The word as espeak-ng says it, without the silence around it, at 16 kHz."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", word]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    x, rate = soundfile.read(io.BytesIO(wav))
    loud = np.flatnonzero(np.abs(x) > 0.01 * np.abs(x).max())
    x = x[loud[0] : loud[-1] + 1]
    # Resampled in the frequency domain: the bins above 8 kHz are dropped.
    length = round(len(x) * RATE / rate)
    return np.fft.irfft(np.fft.rfft(x)[: length // 2 + 1], length) * (RATE / rate)


def clip(utterance):
    """int16[16000] with the utterance in the middle and its peak at -6 dBFS."""
    if len(utterance) > RATE:
        raise ValueError(f"the utterance lasts {len(utterance) / RATE:.2f} s, more than the clip's second")
    out = np.zeros(RATE)
    start = (RATE - len(utterance)) // 2
    out[start : start + len(utterance)] = utterance
    return np.rint(out / np.abs(out).max() * 10 ** (-6 / 20) * 32767).astype(np.int16)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder of the clips")
    parser.add_argument("--voice", default="en-gb-x-rp", help="espeak-ng voice, with +variant")
    parser.add_argument("--speed", type=int, default=180, help="words a minute")
    parser.add_argument("--pitch", type=int, default=50, help="0 to 99")
    args = parser.parse_args()
    for word in WORDS:
        samples = clip(speak(word, args.voice, args.speed, args.pitch))
        soundfile.write(args.out / f"{word}.wav", samples, RATE, subtype="PCM_16")


if __name__ == "__main__":
    main()
