"""Makes the sound files of the tests of formats: `python3 make.py`, with ffmpeg 5.1 of Debian 12 (LAME, libvorbis, libopus)."""

import math
import pathlib
import struct
import subprocess

RATE, LENGTH = 16000, 4000
samples = [round(9000 * math.sin(math.pi * at / LENGTH) * math.sin(at * (0.12 + at / 20000))) for at in range(LENGTH)]
FOLDER = pathlib.Path(__file__).parent

FILES = {
    "tagged.mp3": "-c:a libmp3lame -b:a 32k -metadata title=chirp",
    "bare.mp3": "-c:a libmp3lame -b:a 32k -write_xing 0 -id3v2_version 0",
    "stereo.mp3": "-af pan=stereo|c0=c0|c1=-0.5*c0 -c:a libmp3lame -b:a 40k",
    "mono.mp2": "-c:a mp2 -b:a 32k",
    "mono.ogg": "-c:a libvorbis -q:a 2",
    "mono.m4a": "-c:a aac -b:a 32k",
    "mono.aac": "-c:a aac -b:a 32k",
    "alac.m4a": "-t 0.05 -c:a alac",
    "alac.caf": "-t 0.05 -c:a alac",
    "s16.aiff": "-t 0.02",
    "f32.aifc": "-t 0.02 -c:a pcm_f32be -f aiff",
    "sowt.aifc": "-t 0.02 -c:a pcm_s16le -f aiff",
    "s24.caf": "-t 0.02 -c:a pcm_s24be",
    "mono.opus": "-t 0.05 -c:a libopus -b:a 8k",
    "mono.webm": "-t 0.05 -c:a libopus -b:a 8k",
}

header = b"RIFF" + struct.pack("<I", 36 + 2 * LENGTH) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
wav = header + b"data" + struct.pack(f"<I{LENGTH}h", 2 * LENGTH, *samples)
for name, options in FILES.items():
    command = ["ffmpeg", "-v", "error", "-y", "-i", "-", "-bitexact", *options.split(), str(FOLDER / name)]
    subprocess.run(command, input=wav, check=True)
