"""Blocks in Keras."""

import doctest
import os
import pickle

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy
import pytest
from cases import sound
from runeblocks import Fft, MelFilterbank, NoiseFiltering, Spectrogram

pytest.importorskip("tensorflow", reason="TensorFlow is not installed")
keras = pytest.importorskip("keras", reason="Keras is not installed")
import runeblocks.keras
import tensorflow
from runeblocks.keras import BlockLayer

CLIPS = numpy.stack([sound(8000, seed) for seed in range(6)])
BLOCKS = [Fft(window_size=30, window_step=20), NoiseFiltering(out_type="float32", scale=0.0390625)]
EXPECTED = numpy.asarray(BLOCKS[1](BLOCKS[0](CLIPS)))


def model(*layers, samples=8000, dtype="int16"):
    return keras.Sequential([keras.Input([samples], dtype=dtype), *layers])


def test_documentation():
    result = doctest.testmod(runeblocks.keras)
    assert result.attempted > 0 and result.failed == 0


def test_features_are_those_of_the_blocks():
    layer = BlockLayer(BLOCKS)
    assert layer.blocks == BLOCKS and not layer.trainable_weights
    for made in (layer(CLIPS), tensorflow.function(layer)(CLIPS), model(layer).predict(CLIPS, batch_size=4, verbose=0)):
        numpy.testing.assert_array_equal(made, EXPECTED)
    numpy.testing.assert_array_equal(BlockLayer(BLOCKS[0])(CLIPS), BLOCKS[0](CLIPS))
    float_blocks = [Spectrogram(), MelFilterbank()]
    sound32 = (CLIPS / 32768).astype(numpy.float32)
    made = model(BlockLayer(float_blocks), dtype="float32").predict(sound32, verbose=0)
    numpy.testing.assert_array_equal(made, float_blocks[1](float_blocks[0](sound32)))


def test_quantised_features_stand_for_others():
    quantising = NoiseFiltering(out_type="int8")
    made = quantising(BLOCKS[0](CLIPS))
    scale, zero_point = made.facts.quantization
    expected = ((numpy.asarray(made, numpy.float64) - zero_point) * scale).astype(numpy.float32)
    numpy.testing.assert_array_equal(BlockLayer([BLOCKS[0], quantising])(CLIPS), expected)


def test_scale():
    layer = BlockLayer(BLOCKS, scale="pcm16")
    floats = (CLIPS / 32768).astype(numpy.float32)
    for made in (layer(floats), model(layer, dtype="float32").predict(floats, verbose=0)):
        numpy.testing.assert_array_equal(made, EXPECTED)


def test_shapes_are_known_beforehand():
    layer = BlockLayer(BLOCKS)
    assert layer.compute_output_shape((None, 8000)) == (None, *EXPECTED.shape[1:])
    assert layer.compute_output_shape((3, None)) == (3, None, 32)
    assert model(layer).output_shape == (None, *EXPECTED.shape[1:])
    any_length = model(layer, samples=None)
    assert any_length.output_shape == (None, None, 32)
    numpy.testing.assert_array_equal(any_length.predict(CLIPS[:, :4000], verbose=0), EXPECTED[:, :12])
    traced = tensorflow.function(layer).get_concrete_function(tensorflow.TensorSpec([None, 8000], tensorflow.int16))
    assert traced.structured_outputs.shape.as_list() == [None, *EXPECTED.shape[1:]]


def test_type_of_the_layer():
    half = BlockLayer(BLOCKS, dtype="float16")
    assert half(CLIPS).dtype == tensorflow.float16
    numpy.testing.assert_array_equal(half(CLIPS), EXPECTED.astype(numpy.float16))
    mixed = BlockLayer(BLOCKS, dtype="mixed_bfloat16", scale="pcm16")
    # The sound itself is not rounded.
    made = mixed((CLIPS / 32768).astype(numpy.float32))
    numpy.testing.assert_array_equal(made, tensorflow.cast(EXPECTED, tensorflow.bfloat16))


def test_datasets():
    layer = BlockLayer(BLOCKS)
    labels = numpy.arange(6)
    clips = tensorflow.data.Dataset.from_tensor_slices((CLIPS, labels))
    data = clips.map(layer.map, num_parallel_calls=2).batch(6)
    assert data.element_spec[0].shape.as_list() == [None, *EXPECTED.shape[1:]]
    for dataset in (data, clips.batch(4).map(layer.map).unbatch().batch(6)):
        ((features, numbers),) = dataset.as_numpy_iterator()
        numpy.testing.assert_array_equal(features, EXPECTED)
        numpy.testing.assert_array_equal(numbers, labels)
    alone = clips.map(lambda clip, label: clip).map(layer.map)
    numpy.testing.assert_array_equal(list(alone.as_numpy_iterator()), EXPECTED)


def test_saving(tmp_path):
    layer = BlockLayer(BLOCKS, scale="pcm16", name="sound", dtype="float32")
    again = BlockLayer.from_config(layer.get_config())
    assert (again.blocks, again.scale, again.name) == (BLOCKS, "pcm16", "sound")
    whole = model(layer, keras.layers.Flatten(), keras.layers.Dense(2), dtype="float32")
    floats = (CLIPS / 32768).astype(numpy.float32)
    whole.save(tmp_path / "words.keras")
    loaded = keras.saving.load_model(tmp_path / "words.keras")
    numpy.testing.assert_array_equal(loaded.predict(floats, verbose=0), whole.predict(floats, verbose=0))
    numpy.testing.assert_array_equal(
        pickle.loads(pickle.dumps(whole)).predict(floats, verbose=0), whole.predict(floats, verbose=0)
    )
    assert keras.models.clone_model(whole).layers[0].blocks == BLOCKS


def test_training_behind_the_layer():
    keras.utils.set_random_seed(0)
    whole = model(BlockLayer(BLOCKS), keras.layers.Flatten(), keras.layers.Dense(2, "softmax"))
    whole.compile("adam", loss="sparse_categorical_crossentropy")
    history = whole.fit(CLIPS, numpy.arange(6) % 2, epochs=20, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


def test_a_layer_keeps_its_arguments():
    block = Fft()
    layer = BlockLayer(block)
    block.num_channels = 10
    layer.blocks[0].num_channels = 10
    assert layer(CLIPS).shape[-1] == 32


def test_messages():
    with pytest.raises(TypeError, match="BlockLayer: blocks is 'fft': expected a block, or a list of at least one"):
        BlockLayer("fft")
    with pytest.raises(ValueError, match="the input `audio` is 100 samples: expected at least one window, 480"):
        model(BlockLayer(BLOCKS), samples=100)
    with pytest.raises(Exception, match="give scale=.pcm16"):
        model(BlockLayer(BLOCKS), dtype="float32").predict(CLIPS / 32768, verbose=0)
    with pytest.raises(ValueError, match=r"BlockLayer: the clips are \(6, 8, 1000\): expected \(n, samples\)"):
        BlockLayer(BLOCKS)(CLIPS.reshape(6, 8, 1000))
    unknown = tensorflow.data.Dataset.from_generator(lambda: CLIPS, output_types=tensorflow.int16)
    with pytest.raises(ValueError, match=r"the shape of the clips is <unknown>: expected \(samples,\) or"):
        unknown.map(BlockLayer(BLOCKS).map)
