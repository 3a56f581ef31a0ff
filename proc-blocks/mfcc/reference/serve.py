"""Answers the live test (`tests/live.rs`): runs arguments through the references.

A request is a line of JSON with every argument of each block, and either a file of sound or as many bytes of little-endian i16 samples as
`bytes` says:

    {"spectrogram": {…}, "mel-filterbank": {…}, "mfcc": {…}, "path": "up.flac"}

The answer is a line of JSON, `{"frames": 98, "arrays": [["spectrogram", 257], ["mels", 40], ["mfcc", 13]]}`, and the float32 values of the
arrays, little-endian, frames first.
"""

import json
import os
import sys
import warnings

import librosa
import numpy as np

import reference


def main():
    inputs, outputs = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the packages print is no answer
    warnings.filterwarnings("ignore", message="Empty filters detected")
    for line in inputs:
        request = json.loads(line)
        if "path" in request:
            samples, _ = librosa.load(request["path"], sr=None)
        else:
            samples = np.frombuffer(inputs.read(request["bytes"]), "<i2").astype(np.float32) / 32768
        arrays = reference.run(samples, request)
        head = {"frames": len(arrays["mfcc"]), "arrays": [[name, array.shape[1]] for name, array in arrays.items()]}
        outputs.write(json.dumps(head).encode() + b"\n")
        for array in arrays.values():
            outputs.write(np.ascontiguousarray(array, "<f4").tobytes())
        outputs.flush()


if __name__ == "__main__":
    main()
