"""A model that was trained on another block's features meets the exact front end.

    pip install -r models/requirements.txt; pip install .    # at the root of the repository
    python models/mismatch.py --data DIR

The features are a float spectrogram on the mel scale, in decibels, each clip on its own scale, as many front ends of
notebooks are. A network of the keyword model's shape is trained on them, then given what the device computes; then it is
calibrated. The table is written to CALIBRATION.md.
"""

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "keyword")]

import numpy as np

import augment
import network
from calibration import Bench, share, write
from clips import CLASSES, load
from frontend import decibels
from train import representative

VARIANTS, EPOCHS, SEED = 6, 30, 1
RUNEFILE = HERE / "keyword" / "Runefile.yml"


def train(data, folder):
    """The path of an int8 model that is trained on the float features, and its accuracy on them."""
    clips, noises = load(data, "train")
    rng = np.random.default_rng(SEED)
    silent = clips.label == CLASSES.index("silence")
    variants = [clips.samples]
    for _ in range(VARIANTS - 1):
        others = [augment.silence(noises, rng) if s else augment.variant(c, noises, rng) for c, s in zip(clips.samples, silent)]
        variants.append(np.stack(others))
    features = np.stack([decibels(variant) for variant in variants], axis=1)[:, None]
    np.save(folder / "features.npy", features)
    words, word = np.unique(clips.word, return_inverse=True)
    real = network.Examples(folder / "features.npy", clips.label, word, len(words))
    import common  # before TensorFlow starts, as `fit` sets its threads
    weights = network.fit(real, None, np.arange(len(word)), EPOCHS, SEED, "mismatch")
    import keras

    model = network.network(len(words))
    model.set_weights(weights)
    model = keras.Model(model.inputs[0], keras.layers.Softmax()(model.outputs[0]))
    plain = features[:, 0, 0] * np.float32(network.SCALE)
    path = folder / "mismatch.tflite"
    common.save(path, common.to_tflite(model, representative(plain)))
    held_out, _ = load(data, "val")
    own = model.predict(decibels(held_out.samples)[..., None] * np.float32(network.SCALE), verbose=0).argmax(1)
    return path, own, held_out.label


def matrix(confusion):
    lines = ["| true \\ found | " + " | ".join(CLASSES) + " |", "|---" * 7 + "|"]
    return lines + [f"| {label} | " + " | ".join(map(str, row)) + " |" for label, row in zip(CLASSES, confusion)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--program", default="runeblocks")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        model, own, label = train(args.data, folder)
        text = RUNEFILE.read_text().replace("keyword_int8.tflite", model.name)
        runefile = folder / "Runefile.yml"
        runefile.write_text("".join(line for line in text.splitlines(True) if "front_end:" not in line))
        (folder / "bench").mkdir()
        bench = Bench(args.program, runefile, model, folder / "bench")
        evaluated = lambda name: bench.call("eval", bench.folder / name, args.data, "--split", "val")
        before = evaluated("Runefile.yml")
        bench.call("calibrate", bench.runefile, args.data, "--split", "train")
        after = evaluated("Runefile-calibrated.yml")
        bench = Bench(args.program, RUNEFILE, HERE / "keyword" / "keyword_int8.tflite", folder / "bench")
        retrained = evaluated("Runefile.yml")
    words = label > CLASSES.index("unknown")
    row = lambda name, found: f"| {name} | {share(found['words'])} | {share(found)} | {share(found['rejection'])} |"
    lines = [
        "| | four words | six classes | others rejected |",
        "|---|---|---|---|",
        f"| on its own features | {100 * (own == label)[words].mean():.1f} % | {100 * (own == label).mean():.1f} % | |",
        row("on the exact front end", before | {"value": before["accuracy"]}),
        row("calibrated on `train`", after | {"value": after["accuracy"]}),
        row("trained anew on the exact front end (the keyword model)", retrained | {"value": retrained["accuracy"]}),
    ]
    for name, found in (("before", before), ("after calibration", after)):
        lines += ["", f"Confusion {name}:", "", *matrix(found["confusion"])]
    write("mismatch", lines)


if __name__ == "__main__":
    main()
