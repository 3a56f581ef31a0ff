"""Blocks in PyTorch: `pip install "runeblocks[torch]"`.

>>> import numpy, torch
>>> from runeblocks import Fft, NoiseFiltering
>>> from runeblocks.torch import BlockDataset
>>> blocks = [Fft(window_size=30, window_step=20, num_channels=40), NoiseFiltering(out_type="int8")]
>>> dataset = BlockDataset(numpy.zeros((8, 16000), numpy.int16), range(8), blocks)
>>> for features, labels in torch.utils.data.DataLoader(dataset, batch_size=4):
...     print(features.shape, labels)
torch.Size([4, 49, 40]) tensor([0, 1, 2, 3])
torch.Size([4, 49, 40]) tensor([4, 5, 6, 7])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Optional

import numpy

from . import _chain
from ._array import Array, Scale, facts_of
from ._native import Facts

try:
    import torch
    from torch.utils.data import Dataset
except ImportError as error:
    raise ImportError(f'runeblocks.torch needs PyTorch ({error}): pip install "runeblocks[torch]"') from error

__all__ = ["BlockDataset"]

Augment = Callable[[Any, numpy.random.Generator], Any]


class BlockDataset(Dataset[Any]):
    """A PyTorch dataset of clips: an item is `(features, label)`, or the features where there are no labels.

    Features are a float32 tensor, `(frames, channels)`: those of the blocks, bit for bit, or where the blocks quantise
    what these stand for. They are made when they are asked for, so with `num_workers` of a `DataLoader` in its
    processes.

    Parameters
    ----------
    clips: sequence of array_like
        Samples of each clip: an array `(n, samples)`, or anything with a length and an index, files read at an index
        for one.
    labels: sequence, optional
        One for each clip.
    blocks: Block, or list of them
        Each is fed by the one before.
    augment: callable, optional
        `augment(clip, random)` gives the samples that take the place of a clip's. `random`, a
        `numpy.random.Generator`, is new for each item, is another in each epoch and in each worker, and follows from
        `torch.manual_seed`. For workers that are spawned, give a function that can be pickled.
    scale: float or "pcm16", optional
        What samples in floating point are multiplied by to be int16. "pcm16" is 32768, for samples from -1 to 1 as
        soundfile, librosa, torchaudio and TensorFlow give them: the features are those of the file.
    """

    def __init__(
        self,
        clips: Sequence[Any],
        labels: Optional[Sequence[Any]],
        blocks: _chain.Blocks,
        *,
        augment: Optional[Augment] = None,
        scale: Optional[Scale] = None,
    ) -> None:
        if labels is not None and len(labels) != len(clips):
            raise ValueError(f"BlockDataset: {len(labels)} labels for {len(clips)} clips: expected as many")
        self.clips = clips
        self.labels = labels
        self.blocks = _chain.copies(_chain.chain(blocks, type(self).__name__))
        self.augment = augment
        self.scale = scale

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> Any:
        clip = self.clips[index]
        if self.augment is not None:
            seed = int(torch.randint(2**63 - 1, ()))
            clip = self.augment(clip, numpy.random.default_rng(seed))
        features = torch.from_numpy(_chain.real(self._features(clip)))
        return features if self.labels is None else (features, self.labels[index])

    @property
    def facts(self) -> Facts:
        """The facts of the features of the first clip: their shape, quantisation, front end."""
        return facts_of(self._features(self.clips[0]))

    def _features(self, clip: Any) -> Array:
        return _chain.apply(self.blocks, clip, self.scale, batch=False)
