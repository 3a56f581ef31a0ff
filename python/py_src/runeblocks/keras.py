"""Blocks in Keras 3, on TensorFlow: `pip install "runeblocks[keras]"`.

>>> import keras
>>> from runeblocks import Fft, NoiseFiltering
>>> from runeblocks.keras import BlockLayer
>>> features = BlockLayer([Fft(window_size=30, window_step=20, num_channels=40), NoiseFiltering(out_type="int8")])
>>> model = keras.Sequential([keras.Input([16000], dtype="int16"), features, keras.layers.Flatten()])
>>> model.output_shape
(None, 1960)

In a `tf.data` pipeline, `dataset.map(features.map)`.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy

from . import _blocks, _chain
from ._array import Scale

try:
    import keras
    import tensorflow
except ImportError as error:
    raise ImportError(
        f'runeblocks.keras needs Keras 3 and TensorFlow ({error}): pip install "runeblocks[keras]"'
    ) from error

if keras.__version__.startswith("2."):
    raise ImportError(
        f'runeblocks.keras: Keras is {keras.__version__}: expected 3.4 or newer: pip install "keras>=3.4"'
    )

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        f"runeblocks.keras: the backend of Keras is {keras.backend.backend()}: expected tensorflow (KERAS_BACKEND)"
    )

__all__ = ["BlockLayer"]


@keras.saving.register_keras_serializable("runeblocks")
class BlockLayer(keras.layers.Layer):  # type: ignore[misc]
    """A Keras layer: clips to the features that blocks make of them, each block fed by the one before.

    Takes `(n, samples)` of the type of the first block (or, with `scale`, floats) and gives `(n, frames, channels)` of
    the layer's type, float32 usually: the features, bit for bit, or where the blocks quantise what these stand for.
    It runs on the CPU, learns nothing and has no gradient: what is before it in a model is not trained.

    Saved models load where `runeblocks.keras` is imported. The layer is no part of a TFLite file: convert the model
    that begins behind it.

    Parameters
    ----------
    blocks: Block, or list of them
    scale: float or "pcm16", optional
        What samples in floating point are multiplied by to be int16. "pcm16" is 32768, for samples from -1 to 1 as
        soundfile, librosa, torchaudio and TensorFlow give them: the features are those of the file.
    kwargs:
        Those of every layer: `name`, `dtype`.
    """

    def __init__(self, blocks: _chain.Blocks, *, scale: Optional[Scale] = None, **kwargs: Any) -> None:
        super().__init__(**{"trainable": False, "autocast": False, **kwargs})
        self._blocks = _chain.copies(_chain.chain(blocks, type(self).__name__))
        self.scale = scale
        self.supports_jit = False
        self.built = True

    @property
    def blocks(self) -> list[Any]:
        """Copies of the blocks; the layer keeps the arguments that it was made with."""
        return list(_chain.copies(self._blocks))

    def call(self, clips: Any) -> Any:
        """The features of each clip."""
        return self._features(clips, batch=True)

    def map(self, clips: Any, *rest: Any) -> Any:
        """For `tf.data`: the features of a clip, or of a batch of them; what else is in the element stays with it."""
        clips = tensorflow.convert_to_tensor(clips)
        if clips.shape.rank not in (1, 2):
            raise ValueError(
                f"{type(self).__name__}: the shape of the clips is {clips.shape}: expected (samples,) or (n, samples) "
                "(tensorflow.ensure_shape tells what is not known)"
            )
        features = self._features(clips, batch=clips.shape.rank != 1)
        return (features, *rest) if rest else features

    def compute_output_shape(self, input_shape: Any) -> tuple[Optional[int], ...]:
        """`(n, frames, channels)` for `(n, samples)`."""
        if len(input_shape) != 2:
            raise ValueError(f"{type(self).__name__}: the clips are {tuple(input_shape)}: expected (n, samples)")
        clips, samples = input_shape
        return (clips, *_chain.infer(self._blocks, _chain.clip_facts(self._blocks, samples)).shape)

    def compute_output_spec(self, clips: Any) -> Any:
        """The shape and the type of the features."""
        return keras.KerasTensor(self.compute_output_shape(clips.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What makes the layer anew: the blocks by their names, with their arguments."""
        blocks = [{"block": block.descriptor["name"], "args": block.get_params()} for block in self._blocks]
        return {**super().get_config(), "blocks": blocks, "scale": self.scale}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> BlockLayer:
        """The layer of `get_config`."""
        blocks = [_blocks.blocks[block["block"]](**block["args"]) for block in config["blocks"]]
        return cls(**{**config, "blocks": blocks})

    def _features(self, clips: Any, batch: bool) -> Any:
        clips = tensorflow.convert_to_tensor(clips)

        def features(values: numpy.ndarray) -> numpy.ndarray:
            return _chain.real(_chain.apply(self._blocks, values, self.scale, batch))

        shape = clips.shape if batch else [None, *clips.shape]
        shape = self.compute_output_shape(shape)[0 if batch else 1 :]
        made = tensorflow.numpy_function(features, [clips], tensorflow.float32, stateful=False)
        made.set_shape(shape)
        return tensorflow.cast(made, self.compute_dtype)
