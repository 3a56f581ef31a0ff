"""Blocks one after another, as the adapters to other libraries hold them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Optional, Union

import numpy

from ._array import Array, Scale, facts_of
from ._block import Block
from ._native import Facts

Blocks = Union[Block, Sequence[Block]]


def chain(blocks: Any, name: str) -> tuple[Block, ...]:
    """The blocks that `blocks` is, one or several."""
    found = (blocks,) if isinstance(blocks, Block) else tuple(blocks) if isinstance(blocks, (list, tuple)) else None
    if not found or not all(isinstance(block, Block) for block in found):
        raise TypeError(f"{name}: blocks is {blocks!r}: expected a block, or a list of at least one")
    for block in found:
        ports = [len(block.descriptor[ports]) for ports in ("inputs", "outputs")]
        if ports != [1, 1]:
            raise TypeError(f"{name}: {block!r} has {ports[0]} inputs and {ports[1]} outputs: expected one of each")
    return found


def keys(blocks: Sequence[Block]) -> list[str]:
    """A name for each block: that of Runefiles with `_` for `-`, and a number where there are several of a kind."""
    names = [block.descriptor["name"].replace("-", "_") for block in blocks]
    counts = [names[:at].count(name) + 1 for at, name in enumerate(names)]
    return [f"{name}_{count}" if names.count(name) > 1 else name for name, count in zip(names, counts)]


def copies(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Blocks with the same arguments."""
    return tuple(copy.copy(block) for block in blocks)


def infer(blocks: Sequence[Block], clip: Facts) -> Facts:
    """The facts of what the blocks make of a clip."""
    for block in blocks:
        clip = block.infer(clip)
    return clip


def clip_facts(blocks: Sequence[Block], samples: Optional[int]) -> Facts:
    """The facts of a clip of so many samples, of a type that the first block takes."""
    (port,) = blocks[0].descriptor["inputs"]
    return Facts(port["types"][0], (samples,))


def apply(blocks: Sequence[Block], clips: Any, scale: Optional[Scale], batch: bool) -> Array:
    """What the blocks make of one clip, or of each along the first axis."""
    for block in blocks:
        clips = (block.batch if batch else block)(clips, scale=scale)
        scale = None
    made: Array = clips
    return made


def real(features: numpy.ndarray) -> numpy.ndarray:
    """Features as float32: the numbers that stand for others by a quantisation as those others."""
    values = numpy.asarray(features)
    quantization = facts_of(features).quantization
    if quantization is None:
        return values.astype(numpy.float32)
    scale, zero_point = quantization
    return ((values.astype(numpy.float64) - zero_point) * scale).astype(numpy.float32)
