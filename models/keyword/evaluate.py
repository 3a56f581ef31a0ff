"""Accuracy of the two models on the `val` split, and what they make of the demo clips.

    python models/keyword/evaluate.py --data DIR
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "examples" / "clips"
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy as np

import augment
from clips import CLASSES, UNKNOWN, load, read
from frontend import SCALE, features, int8_features


def inputs(samples):
    """The float model's inputs, f32[n, 49, 40, 1], of clips int16[n, 16000]."""
    return features(samples)[..., None] * np.float32(SCALE)


def report(name, outputs, label):
    """Prints the accuracies with their intervals, and the confusion matrix."""
    from common import percent

    right = outputs.argmax(1) == label
    words = label > UNKNOWN
    print(f"{name}: four words {percent(right[words])}; six classes {percent(right)}")
    print("  true \\ found".ljust(16), *(f"{c:>8}" for c in CLASSES))
    for i, c in enumerate(CLASSES):
        found = np.bincount(outputs.argmax(1)[label == i], minlength=len(CLASSES))
        print(f"  {c:14}", *(f"{n:8}" for n in found))


def conditions(clips, noises):
    """Clips as other microphones and rooms would give them: what is other, and their samples."""
    rng = np.random.default_rng(1)
    changed = lambda change: np.stack([augment.to_pcm(change(clip.astype(np.float32))) for clip in clips])
    for level in (10, -10, -20, -30):
        yield f"{level:+} dB", changed(lambda clip: clip * augment.decibels(level))

    def noisy(clip, ratio):
        noise = augment.background(noises, rng)
        return clip + noise * (augment.rms(clip) / augment.rms(noise) / augment.decibels(ratio))

    for ratio in (20, 10, 5):
        yield f"noise {ratio} dB below", changed(lambda clip: noisy(clip, ratio))


def evaluate(models, clips, noises):
    """Reports on both models of the folder `models`."""
    import common

    def outputs(samples):
        return (common.run_float(float_model, inputs(samples)),
                common.run_int8(int8_model, int8_features(samples)[..., None]))

    float_model = (models / "keyword_float32.tflite").read_bytes()
    int8_model = (models / "keyword_int8.tflite").read_bytes()
    of_float, of_int8 = outputs(clips.samples)
    report("val, float32 (LiteRT)", of_float, clips.label)
    report("val, int8 (tflite-micro)", of_int8, clips.label)
    words = clips.label > UNKNOWN
    for name, samples in conditions(clips.samples, noises):
        right = common.run_int8(int8_model, int8_features(samples)[..., None]).argmax(1) == clips.label
        print(f"int8, {name}: four words {100 * right[words].mean():.1f} %; six classes {100 * right.mean():.1f} %")
    same = (of_int8.argmax(1) == of_float.argmax(1)).mean()
    print(f"int8 and float32 agree on {100 * same:.1f} % of val")
    demo = [f"{word}.wav" for word in CLASSES[UNKNOWN + 1:]]
    for name, p, q in zip(demo, *outputs(np.stack([read(DEMO / name) for name in demo]))):
        print(f"demo {name}: {CLASSES[p.argmax()]} {p.max():.3f}; "
              f"int8 {CLASSES[q.argmax()]} {(int(q.max()) + 128) / 256:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the clips")
    parser.add_argument("--models", type=Path, default=HERE, help="folder of the two models")
    args = parser.parse_args()
    evaluate(args.models, *load(args.data, "val"))


if __name__ == "__main__":
    main()
