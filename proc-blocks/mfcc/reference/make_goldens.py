"""Makes the golden file of `spectrogram`, `mel-filterbank` and `mfcc` from the references.

    pip install -r proc-blocks/mfcc/reference/requirements.txt
    python3 proc-blocks/mfcc/reference/make_goldens.py

`tests/golden/chain.txt` has a line of JSON for each case: the signal (`runtime/frontend/reference/signals.py`, 16-bit samples), the
arguments of each block, how many frames there are, and of the first, middle and last frame every n-th value of each result, n being such
that there are at most 16. The last digits of a floating-point FFT depend on the processor: the file is made anew for new cases or references,
not to compare it.
"""

import importlib.metadata
import json
import pathlib
import sys
import warnings

import numpy as np

import reference

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parents[2] / "runtime/frontend/reference"))
import signals  # noqa: E402

SPECTROGRAM = {
    "sample_rate": 16000, "n_fft": 512, "win_length": None, "hop_length": None, "window": "hann", "framing": "librosa", "output": "power",
    "reference": 1.0, "amin": 1e-10,
}  # fmt: skip
MEL = {
    "sample_rate": None, "n_mels": 40, "fmin": 0.0, "fmax": None, "htk": False, "norm": "slaney", "triangles": "hz", "log": "db", "amin": 1e-10,
    "log_offset": 0.0, "reference": 1.0,
}  # fmt: skip
MFCC = {"n_mfcc": 13, "norm": "ortho", "lifter": 0.0}
MEL_TF = {"htk": True, "norm": "none", "triangles": "mel", "log": "natural", "amin": 0.0, "log_offset": 1e-6}

LIBROSA = [
    ({}, {}, {}),
    ({"win_length": 400, "hop_length": 160}, {"n_mels": 80, "log": "log10"}, {"n_mfcc": 20, "lifter": 22.0}),
    ({"n_fft": 400, "hop_length": 160, "window": "hamming"}, {"htk": True}, {}),
    ({"n_fft": 256, "output": "magnitude"}, {"norm": "none", "log": "natural", "log_offset": 1e-6}, {"n_mfcc": 40}),
    ({"n_fft": 1024, "win_length": 777, "hop_length": 300, "window": "boxcar"}, {"fmin": 50.0, "fmax": 7000.0, "log": "none"}, {}),
    ({"n_fft": 321, "win_length": 321, "hop_length": 100}, {"n_mels": 26, "amin": 1e-5, "reference": 0.25}, {"lifter": 13.5}),
    ({"sample_rate": 22050, "n_fft": 2048}, {"n_mels": 128}, {"n_mfcc": 20}),
    ({"sample_rate": 8000, "n_fft": 64, "hop_length": 64}, {"n_mels": 5, "htk": True, "norm": "none"}, {"n_mfcc": 5}),
]
TENSORFLOW = [
    ({"win_length": 400, "hop_length": 160}, {"fmin": 80.0, "fmax": 7600.0}, {}),
    ({"win_length": 480, "hop_length": 320, "output": "magnitude"}, {"fmin": 125.0, "fmax": 7500.0, "log_offset": 1e-3}, {"n_mfcc": 40}),
    ({"n_fft": 1024, "win_length": 801, "hop_length": 200}, {"n_mels": 20}, {"n_mfcc": 20}),
    ({"sample_rate": 8000, "n_fft": 256, "win_length": 256, "hop_length": 64, "window": "hamming"}, {"n_mels": 16}, {"n_mfcc": 10}),
    ({"n_fft": 400, "win_length": 399, "hop_length": 133, "window": "boxcar"}, {"n_mels": 20, "fmin": 20.0}, {}),
]  # fmt: skip


def single(args):
    """The arguments as single precision holds them."""
    return {name: float(np.float32(value)) if isinstance(value, float) else value for name, value in args.items()}


def case(signal, request):
    samples = signals.samples(signal["kind"], signal["length"], signal["amplitude"], signal["seed"], [4096])
    arrays = reference.run(samples.astype(np.float32) / 32768, request)
    frames = len(arrays["mfcc"])
    kept = sorted({0, frames // 2, frames - 1})
    values = {
        name: {str(at): [float(f"{value:.8g}") for value in array[at, :: -(-array.shape[1] // 16)]] for at in kept} for name, array in arrays.items()
    }
    return {"signal": signal, **request, "frames": frames, "values": values}


def main():
    warnings.filterwarnings("ignore", message="Empty filters detected")
    cases = [(arguments, "librosa") for arguments in LIBROSA] + [(arguments, "tf") for arguments in TENSORFLOW]
    kinds = ["noise", "triangle", "square", "ramp", "impulses", "lowest"]
    lines = []
    for number, ((spectrogram, mel, mfcc), framing) in enumerate(cases):
        request = {
            "spectrogram": single(SPECTROGRAM | {"framing": framing} | spectrogram),
            "mel-filterbank": single(MEL | (MEL_TF if framing == "tf" else {}) | mel),
            "mfcc": single(MFCC | ({"norm": "htk"} if framing == "tf" else {}) | mfcc),
        }
        for kind in [kinds[number % 6], kinds[(number + 3) % 6]] + ["silence"] * (number % 4 == 0):
            signal = {"kind": kind, "length": 4000 + 111 * number, "amplitude": 32768 >> number % 5, "seed": 0x0234_5678 + 0x0111_1111 * number}
            lines.append(json.dumps(case(signal, request)))
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("librosa", "tensorflow-cpu", "numpy", "scipy"))
    head = f"# Made by proc-blocks/mfcc/reference/make_goldens.py, where it says what the lines hold, with {packages}.\n"
    (HERE.parent / "tests/golden/chain.txt").write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
