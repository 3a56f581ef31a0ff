"""Words with Keras: features in a tf.data pipeline, then one model from sound to word.

pip install "runeblocks[keras]" && python examples/python/keras_words.py [--data DIR]
"""

import keras
import tensorflow
from clips import load
from runeblocks import Fft, NoiseFiltering
from runeblocks.keras import BlockLayer


def main():
    clips, args = load(__doc__)
    keras.utils.set_random_seed(0)
    blocks = [Fft(window_size=30, window_step=20, num_channels=40), NoiseFiltering(out_type="int8")]
    features = BlockLayer(blocks, name="features")

    data = tensorflow.data.Dataset.from_tensor_slices((clips.train, clips.train_labels))
    data = data.map(features.map, num_parallel_calls=tensorflow.data.AUTOTUNE).cache().shuffle(4096).batch(32)
    network = keras.Sequential(
        [
            keras.Input(data.element_spec[0].shape[1:]),
            keras.layers.Reshape([49, 40, 1]),
            keras.layers.Conv2D(16, (10, 8), strides=2, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(len(clips.words), activation="softmax"),
        ]
    )
    network.compile("adam", loss="sparse_categorical_crossentropy")
    network.fit(data, epochs=args.epochs, shuffle=False, verbose=0)

    model = keras.Sequential([keras.Input([16000], dtype="int16"), features, network])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    _, accuracy = model.evaluate(clips.test, clips.test_labels, verbose=0)
    print(f"{accuracy:.1%} of {len(clips.test)} held-out clips right")


if __name__ == "__main__":
    main()
