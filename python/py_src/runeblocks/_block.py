"""What all blocks have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Optional

from . import _native
from ._array import Scale, facts_of, given, made, scaled
from ._native import Facts


class Block:
    """A processing block: a function of whole clips, with arguments that can be read and set.

    A call takes NumPy arrays, one for each input, and processes them from the initial state. Where an input has more
    axes than the block's, the first ones are those of a batch: its clips are processed on all cores, without the GIL.
    What the outputs are is settled by the facts of the inputs: see `infer` and `Array`.

    Blocks are equal where their arguments are. They can be copied and pickled, and used by many threads at once.
    """

    __slots__ = ("__weakref__", "_native")

    descriptor: ClassVar[dict[str, Any]]
    """What the block says of itself: ports, arguments, tags."""

    _native: _native.Block

    def __init__(self, **args: Any) -> None:
        self._native = _native.Block(self.descriptor["name"], args)

    def __call__(self, *inputs: Any, scale: Optional[Scale] = None) -> Any:
        """Processes whole clips.

        Parameters
        ----------
        inputs: array_like
            One clip for each input, or a batch of them.
        scale: float or "pcm16", optional
            What samples in floating point are multiplied by to be int16. "pcm16" is 32768, for samples from -1 to 1 as
            soundfile, librosa, torchaudio and TensorFlow give them: the features are those of the file.

        Returns
        -------
        Array, or a tuple of them where there is more than one output
        """
        return _outputs(self._native.call(self._inputs(inputs, scale)))

    def batch(self, *inputs: Any, scale: Optional[Scale] = None) -> Any:
        """Processes the clips along the first axis, also where a call would take all of the array for one."""
        return _outputs(self._native.call(self._inputs(inputs, scale), 1))

    def stream(self) -> Stream:
        """A stream through a block with these arguments, in its initial state."""
        return Stream(self)

    def infer(self, *inputs: Any) -> Any:
        """The facts of the outputs.

        Parameters
        ----------
        inputs: Facts or array_like
            The facts of each input, or an array that has them.

        Returns
        -------
        Facts, or a tuple of them where there is more than one output
        """
        facts = self._native.infer([value if isinstance(value, Facts) else facts_of(value) for value in inputs])
        return facts[0] if len(facts) == 1 else tuple(facts)

    @property
    def digest(self) -> Optional[str]:
        """The digest of the front end that begins and ends with this block; None where its input is not sound.

        That of a longer one is the `front_end` of the facts of its output.
        """
        (port, *others) = self.descriptor["inputs"]
        if others or port["axes"] != ["samples"]:
            return None
        (facts,) = self._native.infer([Facts(port["types"][0], (None,))])
        return facts.front_end

    def reset(self) -> None:
        """Drops tables and buffers that calls have prepared. No call needs it: each begins in the initial state."""
        self._native.reset()

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Every argument by its name."""
        return self._native.args()

    def set_params(self, **changes: Any) -> Block:
        """Sets several arguments at once, and checks them together. Where they are refused, nothing changes."""
        names = {alias: spec["name"] for spec in self.descriptor["args"] for alias in spec["aliases"]}
        changed = {names.get(name, name) for name in changes}
        kept = {name: value for name, value in self.get_params().items() if name not in changed}
        self._native = _native.Block(self.descriptor["name"], {**kept, **changes})
        return self

    def __sklearn_clone__(self) -> Block:
        """The copy that scikit-learn makes of what is inside a transformer."""
        return _rebuild(type(self), self.get_params())

    def _inputs(self, inputs: tuple[Any, ...], scale: Optional[Scale]) -> list[Any]:
        if scale is None:
            return [given(value) for value in inputs]
        ports = self.descriptor["inputs"]
        if [port["types"] for port in ports] != [["int16"]]:
            raise TypeError(
                f"{self.descriptor['name']}: scale is given, but the input is not int16 alone: leave it out"
            )
        return [(scaled(value, scale, self.descriptor["name"]), None) for value in inputs]

    def __eq__(self, other: Any) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self.get_params() == other.get_params()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        usual = {spec["name"]: spec["default"] for spec in self.descriptor["args"] if not spec["required"]}
        args = [f"{k}={v!r}" for k, v in self.get_params().items() if k not in usual or usual[k] != v]
        return f"{type(self).__name__}({', '.join(args)})"

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self.get_params())


class Stream:
    """A block that keeps its state: called with piece after piece, it gives what a call of the block gives for all.

    The first axis of a piece is the one along which the stream arrives; the first piece settles the others, the
    element type and the facts. A stream can be copied and pickled at any point.
    """

    __slots__ = ("__weakref__", "_native", "block")

    def __init__(self, block: Block) -> None:
        self.block = _rebuild(type(block), block.get_params())
        self._native = self.block._native.stream()

    def __call__(self, *inputs: Any, scale: Optional[Scale] = None) -> Any:
        """Processes what comes next; gives what that completes, which may be nothing."""
        return _outputs(self._native.push(self.block._inputs(inputs, scale)))

    def reset(self) -> None:
        """Begins anew, with a stream of the same facts."""
        self._native.reset()

    def __repr__(self) -> str:
        return f"{self.block!r}.stream()"

    def __reduce__(self) -> Any:
        return _rebuild_stream, (self.block, self._native.save())


def _outputs(results: list[Any]) -> Any:
    if len(results) == 1:
        return made(*results[0])
    return tuple(made(array, facts) for array, facts in results)


def _rebuild(of: type[Block], args: dict[str, Any]) -> Block:
    block = of.__new__(of)
    block._native = _native.Block(of.descriptor["name"], args)
    return block


def _rebuild_stream(block: Block, saved: Any) -> Stream:
    stream = Stream(block)
    if saved is not None:
        stream._native.restore(*saved)
    return stream
