"""Blocks in scikit-learn: `pip install "runeblocks[sklearn]"`.

>>> import numpy
>>> from runeblocks import Fft, NoiseFiltering
>>> from runeblocks.sklearn import BlockTransformer
>>> features = BlockTransformer([Fft(num_channels=40), NoiseFiltering()])
>>> features.fit_transform(numpy.zeros((8, 16000), numpy.int16)).shape
(8, 3920)
>>> features.set_params(fft__window_step=20).fit_transform(numpy.zeros((8, 16000), numpy.int16)).shape
(8, 1960)
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Optional

import numpy

from . import _chain
from ._array import Array, Scale, facts_of

try:
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        f'runeblocks.sklearn needs scikit-learn 1.6 or newer ({error}): pip install "runeblocks[sklearn]"'
    ) from error

__all__ = ["BlockTransformer"]


class BlockTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn transformer: clips to the features that blocks make of them, each block fed by the one before.

    Nothing is learnt: `fit` checks the blocks and notes the shape. The arguments of each block are parameters under
    its name, with `_` for `-`: `fft__window_step`, `noise_filtering__out_type`; of two blocks of a kind these are
    `fft_1` and `fft_2`. So a search can go over them, and over a whole block as `fft`.

    Parameters
    ----------
    blocks: Block, or list of them
    flatten: bool, default True
        Whether the features of a clip become one row, frame by frame, as most estimators need it.
    scale: float or "pcm16", optional
        What samples in floating point are multiplied by to be int16. "pcm16" is 32768, for samples from -1 to 1 as
        soundfile, librosa, torchaudio and TensorFlow give them: the features are those of the file.

    Attributes
    ----------
    facts_: Facts
        Those of the features of one clip, before they become a row: their shape, quantisation, front end.
    n_features_in_: int
        Samples of a clip.
    """

    def __init__(self, blocks: _chain.Blocks, *, flatten: bool = True, scale: Optional[Scale] = None) -> None:
        self.blocks = blocks
        self.flatten = flatten
        self.scale = scale

    def fit(self, X: Any, y: Any = None) -> BlockTransformer:
        """Checks that the blocks take clips such as these, `(n, samples)`, and each other.

        Raises
        ------
        TypeError, ValueError
            Where the blocks do not fit the clips or each other.
        """
        blocks = _chain.chain(self.blocks, type(self).__name__)
        clips = self._clips(X, reset=True)
        features = _chain.apply(blocks, clips[:1], self.scale, batch=True)
        self.facts_ = facts_of(features[0])
        return self

    def transform(self, X: Any) -> numpy.ndarray:
        """The features of clips, on all cores: `(n, features)`, or `(n, frames, channels)` without `flatten`."""
        check_is_fitted(self)
        clips = self._clips(X, reset=False)
        blocks = _chain.chain(self.blocks, type(self).__name__)
        features = numpy.asarray(_chain.apply(blocks, clips, self.scale, batch=True))
        return features.reshape(len(features), -1) if self.flatten else features

    def _clips(self, X: Any, reset: bool) -> numpy.ndarray:
        checked: numpy.ndarray = validate_data(self, X, reset=reset)
        return X if isinstance(X, Array) else checked

    def get_feature_names_out(self, input_features: Any = None) -> numpy.ndarray:
        """A name for each column, such as `frame0_channel12`."""
        check_is_fitted(self)
        if not self.flatten:
            raise ValueError(f"{type(self).__name__}: only flattened features have names: set flatten=True")
        last = _chain.chain(self.blocks, type(self).__name__)[-1]
        shape = tuple(length or 0 for length in self.facts_.shape)
        axes = last.descriptor["outputs"][0]["axes"] or [""] * len(shape)
        stems = [axis.removesuffix("s") for axis in axes]
        start = "" if stems[0] else _chain.keys([last])[0]
        names = ["_".join(f"{stem}{at}" for stem, at in zip(stems, index)) for index in numpy.ndindex(*shape)]
        return numpy.array([start + name for name in names], dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters; where `deep`, also each block and its arguments."""
        params: dict[str, Any] = super().get_params(deep=False)
        if deep:
            with suppress(TypeError):  # `fit` tells of blocks that are none
                for name, block in self._named().items():
                    params[name] = block
                    params.update({f"{name}__{key}": value for key, value in block.get_params().items()})
        return params

    def set_params(self, **params: Any) -> BlockTransformer:
        """Sets parameters, those of a block together, so that they are checked once."""
        for name in {"blocks", "flatten", "scale"}.intersection(params):
            setattr(self, name, params.pop(name))
        if not params:
            return self
        named = self._named()
        whole = {name: params.pop(name) for name in list(params) if name in named}
        nested: dict[str, dict[str, Any]] = {}
        for path, value in params.items():
            name, _, key = path.partition("__")
            if name not in named or not key:
                expected = ", ".join(["blocks", "flatten", "scale", *named, *(f"{name}__ARGUMENT" for name in named)])
                raise ValueError(f"{type(self).__name__}: no parameter {path!r}: expected one of {expected}")
            nested.setdefault(name, {})[key] = value
        if whole:
            named.update(whole)
            blocks = list(named.values())
            self.blocks = blocks if isinstance(self.blocks, (list, tuple)) else blocks[0]
        for name, changes in nested.items():
            named[name].set_params(**changes)
        return self

    def _named(self) -> dict[str, Any]:
        blocks = _chain.chain(self.blocks, type(self).__name__)
        return dict(zip(_chain.keys(blocks), blocks))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        tags.input_tags.two_d_array = True
        return tags
