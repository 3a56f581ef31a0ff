"""Trains keyword_float32.tflite and keyword_int8.tflite: silence, unknown, up, down, left, right.

    apt install espeak-ng
    pip install -r models/requirements.txt; pip install .    # at the root of the repository
    python models/keyword/train.py --data DIR

DIR holds clips of Google Speech Commands and a manifest.csv with the columns path, word, label
(silence, unknown, up, down, left, right or noise), speaker and split (train or val). The `val`
split is read only to report the finished model's accuracy.
"""

import argparse
import itertools
import multiprocessing
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy as np

from clips import CLASSES, UNKNOWN, load
from evaluate import evaluate, inputs
from features import DECIBELS, DEVICE, cached_variants
from frontend import CHANNELS, FRAMES, FULL_SCALE, SCALE
from network import Examples, fit, network, probabilities, teach
from voices import synthetic

SEED = 1
VARIANTS, SYNTHETIC_VARIANTS = 30, 8  # of each clip, the first being the clip itself
FOLDS = 4
TEACHER_EPOCHS, EPOCHS = 35, 100


def best_bias(logits, label):
    """The value to add to unknown's logit that balances the two accuracies reported, on the four words and on all six
    classes: the sum of the squares of their errors is the least."""
    biases = np.arange(-15, 1) / 10
    scores = []
    for bias in biases:
        right = (logits + bias * np.eye(len(CLASSES))[UNKNOWN]).argmax(1) == label
        scores.append((right[label > UNKNOWN].mean(), right.mean()))
        words, classes = (100 * share for share in scores[-1])
        print(f"cross-validation: four words {words:.1f} %, six classes {classes:.1f} % with the bias {bias}", flush=True)
    return biases[np.sum((1 - np.array(scores)) ** 2, axis=1).argmin()]


def examples(args):
    """The real and the synthetic training clips as `Examples`, and the fold of each real one."""
    clips, noises = load(args.data, "train")
    spoken = synthetic(sorted({w for w in clips.word if w.isalpha()}), SEED, args.cache, args.jobs)
    words = np.unique(np.concatenate([clips.word, spoken.word]))
    real, voices = (
        Examples(
            cached_variants(c, noises, count, SEED + i, args.cache, args.jobs),
            c.label, np.searchsorted(words, c.word), len(words),
        )
        for i, (c, count) in enumerate([(clips, VARIANTS), (spoken, SYNTHETIC_VARIANTS)])
    )
    speakers, speaker = np.unique(clips.speaker, return_inverse=True)
    fold = (np.random.default_rng(SEED).permutation(len(speakers)) % FOLDS)[speaker]
    print(f"{len(real.label)} real clips of {len(words)} words, {len(voices.label)} synthetic", flush=True)
    return real, voices, fold


def together(taught):
    """What several teachers told, averaged: of the real clips, and of the synthetic."""
    return tuple(np.mean(told, axis=0) for told in zip(*taught))


def train(args):
    """The finished Keras model, from features to six probabilities, and its training features.

    Each fold has two teachers that have not heard it, one a view. The network that is judged on the fold learns from those two,
    the finished one from the teachers of all folds. Each training has a seed of its own."""
    begun = time.time()
    real, voices, fold = examples(args)
    print(f"features: {time.time() - begun:.0f} s", flush=True)

    begun = time.time()
    seeds = itertools.count(SEED)
    others = [np.flatnonzero(fold != k) for k in range(FOLDS)]
    with multiprocessing.get_context("spawn").Pool(args.jobs, maxtasksperchild=1) as pool:
        tasks = [
            (real, voices, others[k], view, TEACHER_EPOCHS, next(seeds), f"teacher {view} of fold {k}")
            for k in range(FOLDS) for view in (DEVICE, DECIBELS)
        ]
        taught = pool.starmap(teach, tasks, chunksize=1)
        print(f"teachers: {time.time() - begun:.0f} s", flush=True)
        of_fold = [together(taught[2 * k : 2 * k + 2]) for k in range(FOLDS)]
        tasks = [(real, voices, np.arange(len(fold)), EPOCHS, next(seeds), "all", DEVICE, 1, together(taught))]
        tasks += [(real, voices, others[k], EPOCHS, next(seeds), f"fold {k}", DEVICE, 1, of_fold[k]) for k in range(FOLDS)]
        weights, *of_folds = pool.starmap(fit, tasks, chunksize=1)
    print(f"training: {time.time() - begun:.0f} s", flush=True)

    import keras

    plain = real.features(DEVICE)[:, 0]
    model = network(real.words)
    logits = np.zeros((len(fold), len(CLASSES)))
    for k in range(FOLDS):
        model.set_weights(of_folds[k])
        logits[fold == k] = np.log(probabilities(model, plain[fold == k]))
    bias = best_bias(logits, real.label)

    model.set_weights(weights)
    head = model.get_layer("classes")
    kernel, offset = head.get_weights()
    offset[UNKNOWN] += bias
    head.set_weights([kernel, offset])
    return keras.Model(model.inputs[0], keras.layers.Softmax()(model.outputs[0])), plain * np.float32(SCALE)


def representative(features, count=300):
    """Inputs to calibrate int8 on, which span 0 to FULL_SCALE exactly."""
    chosen = np.random.default_rng(SEED).choice(len(features), count, replace=False)
    ramp = np.linspace(0, FULL_SCALE, FRAMES * CHANNELS, dtype=np.float32).reshape(1, FRAMES, CHANNELS)
    return np.concatenate([np.minimum(features[chosen], FULL_SCALE), ramp])[..., None]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and the clips")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the two models")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/runeblocks-keyword"), help="folder for features")
    parser.add_argument("--jobs", type=int, default=2, help="processes; the result is the same for any number")
    args = parser.parse_args()

    model, plain = train(args)
    import common

    float_model = common.to_tflite(model)
    common.save(args.out / "keyword_float32.tflite", float_model)
    int8_model = common.to_tflite(model, representative(plain))
    common.save(args.out / "keyword_int8.tflite", int8_model)

    clips, noises = load(args.data, "val")
    features = inputs(clips.samples)
    apart = np.abs(model.predict(features, verbose=0) - common.run_float(float_model, features)).max()
    print(f"Keras against TFLite on val: at most {apart:.1e}")
    evaluate(args.out, clips, noises)


if __name__ == "__main__":
    main()
