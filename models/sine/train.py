"""Trains sine.tflite: an angle in degrees, 0 to 360, to its sine.

    pip install -r models/requirements.txt; python models/sine/train.py
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import keras
import numpy as np
from keras import layers

from common import run_float, save, single_threaded, to_tflite

EPOCHS, BATCH, SAMPLES = 300, 64, 4096


def network():
    angle = keras.Input((1,))
    x = layers.Dense(32, activation="relu")(angle)
    x = layers.Dense(32, activation="relu")(x)
    return keras.Model(angle, layers.Dense(1)(x))


def take_degrees(model):
    """Moves the scaling of the input, degrees / 180 - 1, into the first layer."""
    first = model.layers[1]
    weights, bias = first.get_weights()
    first.set_weights([weights / 180, bias - weights[0]])


def main():
    single_threaded(seed=1)
    degrees = np.random.default_rng(1).uniform(0, 360, (SAMPLES, 1)).astype(np.float32)
    model = network()
    steps = EPOCHS * SAMPLES // BATCH
    rate = keras.optimizers.schedules.CosineDecay(5e-3, steps)
    model.compile(keras.optimizers.Adam(rate), "mse")
    model.fit(degrees / 180 - 1, np.sin(np.radians(degrees)), BATCH, EPOCHS, verbose=0)

    take_degrees(model)
    tflite = to_tflite(model)
    save(HERE / "sine.tflite", tflite)
    every = np.arange(0, 360.01, 0.1, dtype=np.float32)[:, None]
    error = np.abs(run_float(tflite, every) - np.sin(np.radians(every)))
    print(f"{model.count_params()} parameters; error over 0-360 in steps of 0.1 degree: "
          f"at most {error.max():.4f}, mean {error.mean():.5f}")


if __name__ == "__main__":
    main()
