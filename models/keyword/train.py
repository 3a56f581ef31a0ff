"""Trains keyword_float32.tflite and keyword_int8.tflite: silence, unknown, up, down, left, right.

    pip install -r models/requirements.txt
    python models/keyword/train.py --data DIR

DIR holds clips of Google Speech Commands and a manifest.csv with the columns path, word, label
(silence, unknown, up, down, left, right or noise), speaker and split (train or val). The `val`
split is read only to report the finished model's accuracy.
"""

import argparse
import multiprocessing
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy as np

from augment import CLASSES, load, spec_augment
from evaluate import evaluate, validation
from features import cached_variants
from frontend import CHANNELS, FRAMES, SCALE

SEED = 1
VARIANTS = 20  # of each clip, the first being the clip itself
FOLDS = 3
EPOCHS, BATCH = 90, 64
PEAK_RATE, WEIGHT_DECAY = 3e-3, 5e-3
SMOOTHING = 0.1
WORD_LOSS = 0.3  # weight of the training-only head that tells the individual words apart
FULL_SCALE = 26.0  # the features that the int8 model's input spans: 0 to this
UNKNOWN = CLASSES.index("unknown")


def network(words):
    """Logits of the six classes and, for training only, of the individual words."""
    import keras
    from keras import layers

    def convolution(x, filters, size, stride=1):
        x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    features = keras.Input((FRAMES, CHANNELS, 1))
    x = convolution(features, 24, 5, 2)
    x = convolution(x, 32, 3, 2)
    x = convolution(x, 32, 3)
    x = convolution(x, 48, 3, 2)
    x = convolution(x, 40, 3)
    x = layers.AveragePooling2D(x.shape[1:3])(x)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    classes, words = layers.Dense(len(CLASSES), name="classes")(x), layers.Dense(words)(x)
    return keras.Model(features, [classes, words])


def epoch_of(chosen, label, rng):
    """Clip indices of one epoch: every clip once, and those of the four words once more."""
    indices = np.concatenate([chosen, chosen[label[chosen] > UNKNOWN]])
    return rng.permutation(indices)


def fit(task):
    """Trains on the chosen clips; returns the weights."""
    path, label, word, chosen, seed, name = task
    import common  # before TensorFlow starts: one thread per process
    import keras

    common.single_threaded(seed)
    rng = np.random.default_rng(seed)
    variants = np.load(path, mmap_mode="r")
    classes, words = np.eye(len(CLASSES)), np.eye(word.max() + 1)
    model = network(len(words))
    steps = EPOCHS * -(-len(epoch_of(chosen, label, rng)) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=PEAK_RATE, warmup_steps=steps // 20
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY), [loss, loss], loss_weights=[1, WORD_LOSS]
    )
    for epoch in range(EPOCHS):
        indices = epoch_of(chosen, label, rng)
        x = variants[indices, rng.integers(VARIANTS, size=len(indices))] * np.float32(SCALE)
        targets = [classes[label[indices]], words[word[indices]]]
        history = model.fit(spec_augment(x, rng), targets, BATCH, shuffle=False, verbose=0)
        if epoch % 10 == 9:
            print(f"{name}: epoch {epoch + 1} loss {history.history['loss'][0]:.3f}", flush=True)
    return model.get_weights()


def best_bias(logits, label):
    """The value to add to unknown's logit that gives the best mean of the two accuracies reported:
    on the four words and on all six classes."""
    biases = np.arange(-2, 2.01, 0.1)
    scores = []
    for bias in biases:
        right = (logits + bias * np.eye(len(CLASSES))[UNKNOWN]).argmax(1) == label
        scores.append((right[label > UNKNOWN].mean(), right.mean()))
    best = np.mean(scores, axis=1).argmax()
    plain = scores[np.abs(biases).argmin()]
    print("cross-validation: four words %.1f %%, six classes %.1f %%" % tuple(100 * s for s in plain),
          "with no bias; %.1f %%, %.1f %% with %.1f" % (*(100 * s for s in scores[best]), biases[best]))
    return biases[best]


def train(args):
    """The finished Keras model, from features to six probabilities, and its training features."""
    clips, noises = load(args.data, "train")
    begun = time.time()
    path = cached_variants(clips, noises, VARIANTS, SEED, args.cache, args.jobs)
    print(f"features of {len(clips.label)} clips x {VARIANTS}: {time.time() - begun:.0f} s", flush=True)

    speakers, speaker = np.unique(clips.speaker, return_inverse=True)
    words, word = np.unique(clips.word, return_inverse=True)
    fold = (np.random.default_rng(SEED).permutation(len(speakers)) % FOLDS)[speaker]
    tasks = [(path, clips.label, word, np.arange(len(fold)), SEED, "all")]
    for k in range(FOLDS):
        tasks.append((path, clips.label, word, np.flatnonzero(fold != k), SEED, f"fold {k}"))
    begun = time.time()
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(args.jobs, maxtasksperchild=1) as pool:
        weights, *of_folds = pool.map(fit, tasks, chunksize=1)
    print(f"training: {time.time() - begun:.0f} s", flush=True)

    import keras

    plain = np.load(path, mmap_mode="r")[:, 0] * np.float32(SCALE)
    model = network(len(words))
    logits = np.zeros((len(fold), len(CLASSES)))
    for k in range(FOLDS):
        model.set_weights(of_folds[k])
        logits[fold == k] = model.predict(plain[fold == k], verbose=0)[0]
    bias = best_bias(logits, clips.label)

    model.set_weights(weights)
    head = model.get_layer("classes")
    kernel, offset = head.get_weights()
    offset[UNKNOWN] += bias
    head.set_weights([kernel, offset])
    return keras.Model(model.inputs[0], keras.layers.Softmax()(model.outputs[0])), plain


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

    clips, features = validation(args.data)
    probabilities = common.run_float(float_model, features)
    apart = np.abs(model.predict(features, verbose=0) - probabilities).max()
    print(f"Keras against TFLite on val: at most {apart:.1e}")
    evaluate(args.out, clips, features)


if __name__ == "__main__":
    main()
