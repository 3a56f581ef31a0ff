"""Clips in the layouts of Arrow that `runeblocks.batch` takes."""

import io
import wave

import numpy
import pyarrow
import runeblocks

INT16 = pyarrow.int16()
HF = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
BLOCKS = [
    runeblocks.Fft(window_size=30, window_step=20, num_channels=40),
    runeblocks.NoiseFiltering(out_type="int8"),
]


def direct(clips):
    """What the blocks make of a batch of clips, or of one."""
    return numpy.asarray(BLOCKS[1](BLOCKS[0](clips)))


def noise(count, samples=1600, seed=0):
    random = numpy.random.default_rng(seed)
    return random.normal(0, 3000, (count, samples)).astype(numpy.int16)


def wav(clip, rate=16000, channels=1, width=2):
    """The bytes of a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, width, rate, 0, "NONE", ""))
        writer.writeframes(clip.astype("<i2").tobytes())
    return file.getvalue()


def rows(clips):
    return [None if clip is None else clip.tolist() for clip in clips]


LAYOUTS = {
    "list": lambda clips: pyarrow.array(rows(clips), pyarrow.list_(INT16)),
    "large_list": lambda clips: pyarrow.array(rows(clips), pyarrow.large_list(INT16)),
    "wav": lambda clips: pyarrow.array([clip if clip is None else wav(clip) for clip in clips], pyarrow.binary()),
    "large_wav": lambda clips: pyarrow.array(
        [clip if clip is None else wav(clip) for clip in clips], pyarrow.large_binary()
    ),
    "pcm16": lambda clips: pyarrow.array(
        [clip if clip is None else clip.astype("<i2").tobytes() for clip in clips], pyarrow.binary()
    ),
    "struct": lambda clips: pyarrow.array(
        [clip if clip is None else {"bytes": wav(clip), "path": "some.wav"} for clip in clips], HF
    ),
}


def encoding(layout):
    return "pcm16" if layout == "pcm16" else "file"
