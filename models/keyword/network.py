"""The network and how it is trained."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from augment import spec_augment
from clips import CLASSES, UNKNOWN
from frontend import CHANNELS, FRAMES, SCALE

EMBEDDING = 48
EPOCHS, BATCH = 60, 64
PEAK_RATE, WEIGHT_DECAY = 3e-3, 5e-3
SMOOTHING = 0.1
WORD_LOSS = 0.5  # weight of the training-only head that tells the individual words apart
SYNTHETIC = 500  # synthetic clips an epoch
SYNTHETIC_LOSS = 0.1  # their weight in telling the six classes apart


@dataclass
class Examples:
    """Features u16[n, variants, 49, 40] in a file, the class and the word of each clip, and how many words the
    whole training has."""

    path: Path
    label: np.ndarray
    word: np.ndarray
    words: int

    def draw(self, indices, rng):
        """A variant of each clip, f32[n, 49, 40]."""
        features = np.load(self.path, mmap_mode="r")
        return features[indices, rng.integers(features.shape[1], size=len(indices))] * np.float32(SCALE)


def network(words):
    """Logits of the six classes and, for training only, of the individual words."""
    import keras
    from keras import layers

    def activation(x):
        return layers.ReLU()(layers.BatchNormalization()(x))

    def convolution(x, filters, size, stride=1):
        return activation(layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x))

    features = keras.Input((FRAMES, CHANNELS, 1))
    x = convolution(features, 24, 5, 2)
    x = convolution(x, 32, 3, 2)
    x = convolution(x, 32, 3)
    x = convolution(x, 40, 3, 2)
    x = convolution(x, 40, 3)
    x = layers.AveragePooling2D((3, x.shape[2]), (2, x.shape[2]))(x)  # beginning, middle and end of the word
    embedding = activation(layers.Dense(EMBEDDING, use_bias=False)(layers.Flatten()(x)))
    x = layers.Dropout(0.2)(embedding)
    classes, words = layers.Dense(len(CLASSES), name="classes")(x), layers.Dense(words)(x)
    return keras.Model(features, [classes, words])


def fit(real, voices, chosen, seed, name):
    """Trains on the chosen real clips and on all synthetic ones; returns the weights."""
    import common  # before TensorFlow starts: one thread per process
    import keras

    common.single_threaded(seed)
    rng = np.random.default_rng(seed)
    classes, words = np.eye(len(CLASSES)), np.eye(real.words)
    model = network(real.words)
    chosen = np.concatenate([chosen, chosen[real.label[chosen] > UNKNOWN]])  # the four words twice an epoch
    steps = EPOCHS * -(-(len(chosen) + SYNTHETIC) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=PEAK_RATE, warmup_steps=steps // 20
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY), [loss, loss], loss_weights=[1, WORD_LOSS]
    )
    weight = np.repeat([1, SYNTHETIC_LOSS], [len(chosen), SYNTHETIC])
    for epoch in range(EPOCHS):
        spoken = rng.choice(len(voices.label), SYNTHETIC, replace=False)
        x = np.concatenate([real.draw(chosen, rng), voices.draw(spoken, rng)])
        target = classes[np.concatenate([real.label[chosen], voices.label[spoken]])]
        word = words[np.concatenate([real.word[chosen], voices.word[spoken]])]
        order = rng.permutation(len(target))
        history = model.fit(
            spec_augment(x, rng)[order],
            [target[order], word[order]],
            BATCH,
            sample_weight=[weight[order], np.ones(len(order))],
            shuffle=False,
            verbose=0,
        )
        if epoch % 10 == 9:
            print(f"{name}: epoch {epoch + 1} loss {history.history['loss'][0]:.3f}", flush=True)
    return model.get_weights()
