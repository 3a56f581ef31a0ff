"""The network and how it is trained."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from augment import spec_augment
from clips import CLASSES, UNKNOWN
from features import DEVICE
from frontend import CHANNELS, FRAMES, SCALE

TEACHER_WIDTH = 1.5  # of the finished network's filters
BATCH = 64
PEAK_RATE, WEIGHT_DECAY = 3e-3, 5e-3
SMOOTHING = 0.1
WORD_LOSS = 0.5  # weight of the training-only head that tells the individual words apart
SYNTHETIC = 500  # synthetic clips an epoch
SYNTHETIC_LOSS = 0.1  # their weight in telling the six classes apart
TAUGHT = 0.7  # the teachers' part of what a clip's class is to be


@dataclass
class Examples:
    """Features u16[n, views, variants, 49, 40] in a file, the class and the word of each clip, and how many words the
    whole training has."""

    path: Path
    label: np.ndarray
    word: np.ndarray
    words: int

    def features(self, view):
        """u16[n, variants, 49, 40], to be read as it is used."""
        return np.load(self.path, mmap_mode="r")[:, view]


def network(words, width=1):
    """Logits of the six classes and, for training only, of the individual words."""
    import keras
    from keras import layers

    def activation(x):
        return layers.ReLU()(layers.BatchNormalization()(x))

    def convolution(x, filters, size, stride=1):
        filters = int(width * filters)
        return activation(layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x))

    features = keras.Input((FRAMES, CHANNELS, 1))
    x = convolution(features, 24, 5, 2)
    x = convolution(x, 32, 3, 2)
    x = convolution(x, 32, 3)
    x = convolution(x, 40, 3, (1, 2))
    x = convolution(x, 40, 3)
    parts = layers.AveragePooling2D((5, x.shape[2]), (4, x.shape[2]))(x)  # beginning, middle and end of the word
    parts = layers.Flatten()(parts)
    whole = activation(layers.Dense(int(width * 40), use_bias=False)(parts))
    x = layers.Dropout(0.2)(layers.Concatenate()([parts, whole]))
    classes, words = layers.Dense(len(CLASSES), name="classes")(x), layers.Dense(words)(x)
    return keras.Model(features, [classes, words])


def probabilities(model, features):
    """The probabilities of the classes that a model gives for features u16[n, 49, 40]."""
    found = []
    for start in range(0, len(features), 1024):
        logits = np.asarray(model(features[start : start + 1024, ..., None] * np.float32(SCALE), training=False)[0])
        found.append(np.exp(logits - np.logaddexp.reduce(logits, 1, keepdims=True)))
    return np.concatenate(found)


def teach(real, voices, chosen, view, epochs, seed, name):
    """The probabilities of classes f32[n, variants, 6] that a wider network, trained on one view of the chosen clips, gives for
    every variant of the real clips, and for those of the synthetic."""
    weights = fit(real, voices, chosen, epochs, seed, name, view, TEACHER_WIDTH)
    model = network(real.words, TEACHER_WIDTH)
    model.set_weights(weights)

    def told(examples):
        features = examples.features(view)
        return probabilities(model, features.reshape(-1, FRAMES, CHANNELS)).reshape(*features.shape[:2], -1)

    return told(real), told(voices)


def fit(real, voices, chosen, epochs, seed, name, view=DEVICE, width=1, told=None):
    """Trains on the chosen real clips and, where there are any, on synthetic ones, towards the classes that teachers told
    too, where they are given; returns the weights."""
    import common  # before TensorFlow starts: one thread per process
    import keras

    common.single_threaded(seed)
    rng = np.random.default_rng(seed)
    model = network(real.words, width)
    chosen = np.concatenate([chosen, chosen[real.label[chosen] > UNKNOWN]])  # the four words twice an epoch
    synthetic = SYNTHETIC if voices else 0
    steps = epochs * -(-(len(chosen) + synthetic) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=PEAK_RATE, warmup_steps=steps // 20
    )
    smooth = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING)
    plain = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY),
        [plain if told else smooth, smooth], loss_weights=[1, WORD_LOSS],
    )
    weight = np.repeat([1, SYNTHETIC_LOSS], [len(chosen), synthetic])
    for epoch in range(epochs):
        x, classes, words = [], [], []
        sources = [(real, chosen)]
        if voices:
            sources.append((voices, rng.choice(len(voices.label), synthetic, replace=False)))
        for source, (examples, clips) in enumerate(sources):
            features = examples.features(view)
            variants = rng.integers(features.shape[1], size=len(clips))
            x.append(features[clips, variants] * np.float32(SCALE))
            truth = np.eye(len(CLASSES))[examples.label[clips]]
            classes.append((1 - TAUGHT) * truth + TAUGHT * told[source][clips, variants] if told else truth)
            words.append(np.eye(real.words)[examples.word[clips]])
        order = rng.permutation(len(weight))
        history = model.fit(
            spec_augment(np.concatenate(x), rng)[order],
            [np.concatenate(classes)[order], np.concatenate(words)[order]],
            BATCH,
            sample_weight=[weight[order], np.ones(len(order))],
            shuffle=False,
            verbose=0,
        )
        if epoch % 10 == 9:
            print(f"{name}: epoch {epoch + 1} loss {history.history['loss'][0]:.3f}", flush=True)
    return model.get_weights()
