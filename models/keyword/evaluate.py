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

from augment import CLASSES, load, read
from frontend import SCALE, FrontEnd


def features_of(samples):
    """Model inputs f32[n, 49, 40, 1] of clips int16[n, 16000]."""
    front_end = FrontEnd()
    return np.stack([front_end.features(c) for c in samples])[..., None] * np.float32(SCALE)


def validation(data):
    """The clips of the `val` split and their features."""
    clips, _ = load(data, "val")
    return clips, features_of(clips.samples)


def report(name, outputs, label):
    """Prints the accuracies with their intervals, and the confusion matrix."""
    from common import percent

    right = outputs.argmax(1) == label
    words = label > CLASSES.index("unknown")
    print(f"{name}: four words {percent(right[words])}; six classes {percent(right)}")
    print("  true \\ found".ljust(16), *(f"{c:>8}" for c in CLASSES))
    for i, c in enumerate(CLASSES):
        found = np.bincount(outputs.argmax(1)[label == i], minlength=len(CLASSES))
        print(f"  {c:14}", *(f"{n:8}" for n in found))


def evaluate(models, clips, features):
    """Reports on both models of the folder `models`."""
    import common

    float_model = (models / "keyword_float32.tflite").read_bytes()
    int8_model = (models / "keyword_int8.tflite").read_bytes()
    float_outputs = common.run_float(float_model, features)
    report("val, float32 (LiteRT)", float_outputs, clips.label)
    int8_outputs = common.run_int8(int8_model, features)
    report("val, int8 (tflite-micro)", int8_outputs, clips.label)
    same = (int8_outputs.argmax(1) == float_outputs.argmax(1)).mean()
    print(f"int8 and float32 agree on {100 * same:.1f} % of val")
    for word in CLASSES[2:]:
        x = features_of([read(DEMO / f"{word}.wav")])
        p = common.run_float(float_model, x)[0]
        q = common.run_int8(int8_model, x)[0]
        print(f"demo {word}.wav: {CLASSES[p.argmax()]} {p.max():.3f}; "
              f"int8 {CLASSES[q.argmax()]} {(int(q.max()) + 128) / 256:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the clips")
    parser.add_argument("--models", type=Path, default=HERE, help="folder of the two models")
    args = parser.parse_args()
    evaluate(args.models, *validation(args.data))


if __name__ == "__main__":
    main()
