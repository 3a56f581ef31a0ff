"""Models as functions."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, Optional, Union

from . import _native
from ._array import given, made
from ._native import Facts


class Backend(NamedTuple):
    """What runs models."""

    name: str
    """The name by which it is chosen."""
    available: bool
    """Whether it can run models here."""
    reason: Optional[str]
    """Why it can't, and what to do."""


def backends() -> list[Backend]:
    """What can run models; where none is chosen, the first that can run a model does.

    `int8` has the bits of TensorFlow Lite Micro, `int8-xnnpack` those of LiteRT on x86-64, `litert` opens the library of
    TensorFlow Lite that the environment variable `RUNEBLOCKS_LITERT` names, `tract` runs float32 models.
    """
    found = [Backend(name, lacks is None, lacks) for name, lacks in _native.backends()]
    if all(backend.name != "tract" for backend in found):
        how = 'pip install . --config-settings=build-args="--features tract"'
        found.append(Backend("tract", False, f"this build is without it; in a clone, {how} builds it"))
    return found


class Model:
    """A TensorFlow Lite model as a function of its inputs.

    A call takes an array for each input, of the file's element type; axes of length 1 do not count. It begins in the
    initial state and may come from many threads at once. Outputs carry their scale and zero point: see `dequantize`.

    A model that no backend can run can be looked at; a call says why. Models can be pickled, with all that the file holds.

    Parameters
    ----------
    file: path, or bytes
        The model, or what its file holds.
    backend: str, optional
        What runs it, see `backends`; by default the first that can.
    """

    __slots__ = ("__weakref__", "_asked", "_name", "_native")

    def __init__(self, file: Union[str, os.PathLike[str], bytes], *, backend: Optional[str] = None) -> None:
        self._asked = backend
        self._name = None if isinstance(file, bytes) else os.fspath(file)
        self._native = _native.Model(file, backend)

    def __call__(self, *inputs: Any) -> Any:
        """Runs one example.

        Returns
        -------
        Array, or a tuple of them where there is more than one output
        """
        return _outputs(self._native.call(list(map(given, inputs))))

    def batch(self, *inputs: Any) -> Any:
        """Runs the examples along the first axis, on all cores and without the GIL."""
        return _outputs(self._native.call(list(map(given, inputs)), True))

    def stream(self) -> ModelStream:
        """The model with a state that it keeps from call to call."""
        return ModelStream(self)

    @property
    def backend(self) -> Optional[str]:
        """What runs it; None where nothing can."""
        return self._native.backend

    @property
    def inputs(self) -> dict[str, Facts]:
        """The facts of each input, by the name of its tensor."""
        return _by_name(self._native.inputs)

    @property
    def outputs(self) -> dict[str, Facts]:
        """The facts of each output, by the name of its tensor."""
        return _by_name(self._native.outputs)

    @property
    def info(self) -> dict[str, Any]:
        """What the file says of itself and which backends can run it, as `runeblocks model-info --json` prints it."""
        return self._native.info()

    def profile(self, runs: int = 100) -> dict[str, Any]:
        """How long each operator takes in µs, the least of all runs, as `runeblocks profile --json` prints it."""
        if not 1 <= runs <= 1_000_000:
            raise ValueError(f"runs is {runs}: expected 1 to 1000000")
        return self._native.profile(runs)

    def __repr__(self) -> str:
        backend = "" if self._asked is None else f", backend={self._asked!r}"
        return f"Model({'bytes' if self._name is None else repr(self._name)}{backend})"

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self._name, self._native.bytes(), self._asked)


class ModelStream:
    """A model that keeps its state, where it has one, from call to call.

    A stream can be copied and pickled at any point; the backend `litert` loses its state then.
    """

    __slots__ = ("__weakref__", "_native", "model")

    def __init__(self, model: Model) -> None:
        self.model = model
        self._native = model._native.stream()

    def __call__(self, *inputs: Any) -> Any:
        """Runs one invocation, as a call of the model does."""
        return _outputs(self._native.push(list(map(given, inputs))))

    def reset(self) -> None:
        """Returns to the initial state."""
        self._native.reset()

    def __repr__(self) -> str:
        return f"{self.model!r}.stream()"

    def __reduce__(self) -> Any:
        return _rebuild_stream, (self.model, self._native.save())


def _by_name(ports: list[tuple[str, Facts]]) -> dict[str, Facts]:
    """Facts by the names of tensors; of one that is empty or taken, the number tells."""
    named: dict[str, Facts] = {}
    for index, (name, facts) in enumerate(ports):
        named[name if name and name not in named else f"{name}#{index}"] = facts
    return named


def _outputs(results: list[Any]) -> Any:
    if len(results) == 1:
        return made(*results[0])
    return tuple(made(array, facts) for array, facts in results)


def _rebuild(of: type[Model], name: Optional[str], file: bytes, backend: Optional[str]) -> Model:
    model = of.__new__(of)
    model._name, model._asked, model._native = name, backend, _native.Model(file, backend, name)
    return model


def _rebuild_stream(model: Model, state: bytes) -> ModelStream:
    stream = ModelStream(model)
    stream._native.restore(state)
    return stream


__all__ = ["Backend", "Model", "ModelStream", "backends"]
