"""Answers the live test (`tests/live.rs`): runs configurations through the references.

A request is a line of JSON, and as many bytes of little-endian i16 samples as its `bytes` says:

    {"dialect": "tf", "config": {…}, "chunks": [160, 1], "bytes": 32000}      every table and stage, and the streamed features
    {"op": {…}, "bytes": 32000}                                               the features of TensorFlow's op itself

The answer is a line of JSON, `{"arrays": [[name, bytes], …]}`, and the bytes of those arrays, little-endian; or `{"refused": true}`.
The first line, unasked, says which dialects are there: `{"dialects": ["tf", "tflm"]}`.
"""

import json
import os
import sys

import numpy as np

import reference


def op(config, samples):
    """The features of TensorFlow's op, which is imported at the first request."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf
    from tensorflow.lite.experimental.microfrontend.python.ops import audio_microfrontend_op

    out_type = tf.uint16 if config.pop("out_type") == "uint16" else tf.float32
    features = audio_microfrontend_op.audio_microfrontend(tf.constant(samples), out_type=out_type, **config).numpy()
    return {"shape": np.array(features.shape, np.int32), "features": features}


def run(library, request, samples):
    front_end = reference.Reference(library, request["config"])
    try:
        arrays = front_end.tables()
        arrays.update(front_end.stages(samples))
        front_end.reset()
        arrays["streamed"] = front_end.process(samples, request["chunks"])
    finally:
        front_end.free()
    return arrays


def main():
    inputs, outputs = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what TensorFlow prints is no answer
    libraries = {dialect: library for dialect in ("tf", "tflm") if (library := reference.load(dialect))}

    def say(value):
        outputs.write(json.dumps(value).encode() + b"\n")

    say({"dialects": list(libraries)})
    outputs.flush()
    for line in inputs:
        request = json.loads(line)
        samples = np.frombuffer(inputs.read(request["bytes"]), "<i2")
        try:
            arrays = op(request["op"], samples) if "op" in request else run(libraries[request["dialect"]], request, samples)
            say({"arrays": [[name, array.nbytes] for name, array in arrays.items()]})
            for array in arrays.values():
                outputs.write(array.astype(array.dtype.newbyteorder("<")).tobytes())
        except reference.Refused:
            say({"refused": True})
        outputs.flush()


if __name__ == "__main__":
    main()
