"""Trains gesture.tflite on synthetic gestures and writes the sample recordings.

    pip install -r models/requirements.txt; python models/gesture/train.py
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples" / "gestures"
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np
from keras import layers

from common import percent, run_float, save, single_threaded, to_tflite
from generator import CLASSES, ROWS, gesture, recordings

EPOCHS, BATCH = 12, 64
TRAIN_SEED, TEST_SEED, SAMPLE_SEED = 1, 2, 3


def normalized(windows):
    """What the `normalize` block does: min-max over each whole window; f32[n, 128, 3, 1]."""
    low = windows.min((1, 2), keepdims=True)
    return ((windows - low) / (windows.max((1, 2), keepdims=True) - low))[..., None]


def network():
    def convolution(x, filters):
        x = layers.Conv2D(filters, (5, 3), strides=(2, 1), padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    window = x = keras.Input((ROWS, 3, 1))
    for filters in [8, 12, 16, 24]:
        x = convolution(x, filters)
    x = layers.AveragePooling2D(x.shape[1:3])(x)
    x = layers.Dropout(0.1)(layers.Flatten()(x))
    return keras.Model(window, layers.Dense(len(CLASSES), activation="softmax")(x))


def main():
    single_threaded(seed=TRAIN_SEED)
    windows, labels = recordings(3000, TRAIN_SEED)
    model = network()
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * len(labels) // BATCH)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(normalized(windows), labels, BATCH, EPOCHS, verbose=0)

    tflite = to_tflite(model)
    save(HERE / "gesture.tflite", tflite)
    windows, labels = recordings(500, TEST_SEED)
    guess = run_float(tflite, normalized(windows)).argmax(1)
    print(f"{model.count_params()} parameters; synthetic test {percent(guess == labels)}")
    for c, name in enumerate(CLASSES):
        print(f"{name:8}", *(f"{np.sum(guess[labels == c] == g):4}" for g in range(len(CLASSES))))

    EXAMPLES.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SAMPLE_SEED)
    for kind in CLASSES[:3]:
        sample = gesture(kind, rng)
        save(EXAMPLES / f"{kind}.csv", "".join("%.4f,%.4f,%.4f\n" % tuple(row) for row in sample))
        print(kind, run_float(tflite, normalized(sample[None])).round(3))


if __name__ == "__main__":
    main()
