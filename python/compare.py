"""The speed of a batch against TensorFlow's op and pymicro-features, one thread each, in one run.

    pip install .[reference] && RAYON_NUM_THREADS=1 python python/compare.py

Each is timed at its own hop, and so is Runeblocks beside it; the outputs are compared first.
"""

import os
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy
import runeblocks
import tensorflow
from pymicro_features import MicroFrontend
from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op

CLIPS = 100
HOPS = {"op": (20, "tf"), "pymicro-features": (10, "tflm")}


def clips():
    """One-second clips: noise whose level rises and falls."""
    random = numpy.random.default_rng(0)
    level = 3000 * (1 + numpy.sin(numpy.arange(16000) / 2000))
    return (random.normal(0, 1, (CLIPS, 16000)) * level).clip(-32768, 32767).astype(numpy.int16)


def ours(audio, hop, dialect):
    return runeblocks.micro_frontend(audio, window_size=30, window_step=hop, num_channels=40, dialect=dialect)


def op(audio):
    return [
        audio_microfrontend_op.audio_microfrontend(clip, window_size=30, window_step=20, num_channels=40)
        for clip in audio
    ]


def steps(audio):
    made = []
    for clip in audio:
        front_end = MicroFrontend()
        outputs = [front_end.process_samples(clip[at : at + 320]) for at in range(0, len(clip), 320)]
        made.append([output.features for output in outputs if output.features])
    return made


def seconds(call, *args):
    begun = time.perf_counter()
    call(*args)
    return time.perf_counter() - begun


def main():
    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    audio = clips()
    tensors, chunks = [tensorflow.constant(clip) for clip in audio], [clip.tobytes() for clip in audio]
    numpy.testing.assert_array_equal(op(tensors[:3]), ours(audio[:3], *HOPS["op"]))
    numpy.testing.assert_array_equal(steps(chunks[:3]), ours(audio[:3], *HOPS["pymicro-features"]) * 0.0390625)
    for name, call, theirs in ("op", op, tensors), ("pymicro-features", steps, chunks):
        pairs = [(seconds(call, theirs), seconds(ours, audio, *HOPS[name])) for _ in range(9)]
        their, our = (min(times) / CLIPS * 1e6 for times in zip(*pairs))
        print(
            f"{name}, a clip of 1 s at {HOPS[name][0]} ms: {their:.0f} us, runeblocks {our:.1f} us: {their / our:.1f} x"
        )


if __name__ == "__main__":
    main()
