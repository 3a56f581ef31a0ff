"""Pipelines: Runefiles that are ready to run."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple, Optional, Union

from . import _native
from ._array import Scale, dequantize, given, made, scaled
from ._native import Facts
from ._runefile import Resources, RunefileError, RunefileWarning, load


class Node(NamedTuple):
    """A stage of a pipeline."""

    name: str
    """Its name in the Runefile."""
    kind: str
    """`source`, `block` or `model`."""
    what: str
    """The kind of input, the name of the block, or the file of the model."""
    args: dict[str, Any]
    """The arguments that the Runefile gives."""
    inputs: tuple[str, ...]
    """The ports that it reads."""
    outputs: dict[str, Facts]
    """The facts of each port that it writes."""
    front_end: Optional[str]
    """The digest of the front end that made what it writes, or, of a model, what it reads."""


class Timing(NamedTuple):
    """How long a stage takes."""

    name: str
    """The stage."""
    runs: int
    """How often it ran."""
    last: float
    """How long the last run took, in seconds."""
    mean: float
    """The mean of all runs, in seconds."""


class Timings(dict[str, Timing]):
    """How long each stage takes, by its name, in the order in which they run."""

    @property
    def total(self) -> float:
        """The mean of all stages together, in seconds."""
        return sum(timing.mean for timing in self.values())

    def __repr__(self) -> str:
        rows = [(timing.name, str(timing.runs), timing.last, timing.mean) for timing in self.values()]
        rows.append(("total", "", sum(timing.last for timing in self.values()), self.total))
        width = max(len(name) for name, *_ in rows)
        lines = [f"{'':{width}}  {'runs':>7}  {'last':>11}  {'mean':>11}"]
        for name, runs, last, mean in rows:
            lines.append(f"{name:{width}}  {runs:>7}  {last * 1e6:>8.1f} µs  {mean * 1e6:>8.1f} µs")
        return "\n".join(lines)


class Graph:
    """The picture of a pipeline. Notebooks show it."""

    __slots__ = ("dot", "svg")

    dot: str
    """The graph in the language of Graphviz."""
    svg: str
    """The graph as an SVG picture."""

    def __init__(self, dot: str, svg: str) -> None:
        self.dot, self.svg = dot, svg

    def _repr_svg_(self) -> str:
        return self.svg


class Pipeline:
    """A Runefile that is ready to run: its blocks and models, wired and checked.

    Calls may come from many threads at once; each begins in the initial state. Pipelines can be pickled: they are made
    anew of the same Runefile.

    Parameters
    ----------
    path: path
        The Runefile. One that has errors raises `RunefileError`; warnings are Python's, of the class `RunefileWarning`.
    backend: str, optional
        What runs all models, whatever the Runefile names; see `backends`.
    resources: dict, optional
        What takes the place of the Runefile's resources: texts, bytes, or `pathlib.Path`s of files.
    allow_other_front_end: bool
        Whether a model may have features of another front end than it was trained on.
    """

    __slots__ = ("__weakref__", "_inputs", "_made_of", "_name", "_native", "_options", "_scores")

    def __init__(
        self,
        path: Union[str, os.PathLike[str]],
        *,
        backend: Optional[str] = None,
        resources: Optional[Resources] = None,
        allow_other_front_end: bool = False,
    ) -> None:
        self._load(os.fspath(path), (backend, resources, allow_other_front_end))

    @classmethod
    def from_text(
        cls,
        text: str,
        directory: Union[str, os.PathLike[str]] = ".",
        *,
        backend: Optional[str] = None,
        resources: Optional[Resources] = None,
        allow_other_front_end: bool = False,
    ) -> Pipeline:
        """The pipeline of a Runefile's text. Files that it names are relative to the directory."""
        pipeline = cls.__new__(cls)
        pipeline._load((text, os.fspath(directory)), (backend, resources, allow_other_front_end))
        return pipeline

    def _load(self, source: Any, options: tuple[Any, ...]) -> None:
        native, diagnostics = load(source, *options)
        if native is None:
            raise RunefileError(diagnostics)
        for diagnostic in diagnostics:
            if diagnostic.severity == "warning":
                warnings.warn(str(diagnostic), RunefileWarning, stacklevel=3)
        self._native = native
        self._options = options
        if isinstance(source, tuple):
            self._name, self._made_of = "Runefile", (source[0], os.path.abspath(source[1]))
        else:
            self._name, self._made_of = source, os.path.abspath(source)
        self._inputs = [name for name, _ in native.inputs]
        self._scores = native.scores

    def run(self, *inputs: Any, keep: Iterable[str] = (), scale: Optional[Scale] = None, **named: Any) -> Any:
        """Processes a clip, from the initial state.

        Parameters
        ----------
        inputs: array_like
            The input; where there are several, each by its name, as a keyword or in a dict.
        keep: names of ports
            What is given beside the outputs: `"model"` for the first port of that stage, `"model.1"` for the second.
        scale: float or "pcm16", optional
            What samples in floating point are multiplied by to be int16. "pcm16" is 32768, for samples from -1 to 1 as
            soundfile, librosa, torchaudio and TensorFlow give them: the features are those of the file.

        Returns
        -------
        Array, or a dict of them by their names where there is more than one output, or `keep` is given
        """
        keep = _names(keep)
        return _outputs(self._native.call(self._given(inputs, named, scale), keep), keep)

    __call__ = run

    def batch(self, *inputs: Any, keep: Iterable[str] = (), scale: Optional[Scale] = None, **named: Any) -> Any:
        """Processes the clips along the first axis, on all cores and without the GIL. Parameters are those of `run`."""
        keep = _names(keep)
        return _outputs(self._native.call(self._given(inputs, named, scale), keep, True), keep)

    def scores(self, *inputs: Any, scale: Optional[Scale] = None, **named: Any) -> dict[str, float]:
        """The score of each word for a clip, where the pipeline ends in most-confident-indices and label.

        `batch(clips, keep=[pipeline.scores_port])` gives those of many clips, for `dequantize`.
        """
        if self._scores is None:
            raise ValueError(
                f"{self._name}: there are no scores: expected a pipeline that ends in most-confident-indices and label "
                "(`run` with `keep` gives any port)"
            )
        port, words = self._scores
        outputs = _outputs(self._native.call(self._given(inputs, named, scale), [port]), [port])
        scores: dict[str, float] = {}
        for word, score in zip(words, dequantize(outputs[port]).ravel().tolist()):
            scores[word] = max(score, scores.get(word, score))
        return scores

    @property
    def words(self) -> Optional[tuple[str, ...]]:
        """The words that `scores` are of, in their order; None where there are no scores."""
        return None if self._scores is None else tuple(self._scores[1])

    @property
    def scores_port(self) -> Optional[str]:
        """The port that `scores` are read from; None where there are none."""
        return None if self._scores is None else self._scores[0]

    def stream(self) -> PipelineStream:
        """A stream through the pipeline, in its initial state."""
        return PipelineStream(self)

    @property
    def inputs(self) -> dict[str, Facts]:
        """The facts of each input."""
        return dict(self._native.inputs)

    @property
    def outputs(self) -> dict[str, Facts]:
        """The facts of each output."""
        return dict(self._native.outputs)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The stages, in the order in which they run."""

        def node(fields: dict[str, Any]) -> Node:
            return Node(**{**fields, "inputs": tuple(fields["inputs"]), "outputs": dict(fields["outputs"])})

        return tuple(map(node, self._native.nodes()))

    @property
    def digest(self) -> Optional[str]:
        """The digest of the front end whose features the first model gets; None where nothing tells it."""
        return self._native.digest

    @property
    def timings(self) -> Timings:
        """How long each stage took in the last call of any thread, and in the mean of all."""
        return _timings(self._native.times())

    def graph(self) -> Graph:
        """The picture of the pipeline."""
        return Graph(self._native.dot(), self._native.svg())

    def _given(self, inputs: tuple[Any, ...], named: dict[str, Any], scale: Optional[Scale]) -> list[Any]:
        by_name = inputs[0] if len(inputs) == 1 else None
        if isinstance(by_name, dict):
            inputs, named = (), {**by_name, **named}
        values = {**dict(zip(self._inputs, inputs)), **named}
        if len(inputs) + len(named) != len(self._inputs) or values.keys() != set(self._inputs):
            nameless = [f"{len(inputs)} without a name"] if inputs else []
            found = ", ".join([*nameless, *map(str, named)]) or "none"
            raise TypeError(f"{self._name}: the inputs given are {found}: expected {', '.join(self._inputs)}")
        if scale is not None:
            values = {name: scaled(value, scale, f"{self._name}: {name}") for name, value in values.items()}
        return [given(values[name]) for name in self._inputs]

    def __repr__(self) -> str:
        if isinstance(self._made_of, tuple):
            stages = ", ".join(node["name"] for node in self._native.nodes())
            return f"<Pipeline of a text: {stages}>"
        names = ("backend", "resources", "allow_other_front_end")
        options = [f", {name}={value!r}" for name, value in zip(names, self._options) if value]
        return f"Pipeline({self._name!r}{''.join(options)})"

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self._made_of, self._options)


class PipelineStream:
    """A pipeline that keeps its state: called with piece after piece, it gives what each completes.

    A stream can be copied and pickled at any point.
    """

    __slots__ = ("__weakref__", "_native", "pipeline")

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._native = pipeline._native.stream()

    def __call__(self, *inputs: Any, keep: Iterable[str] = (), scale: Optional[Scale] = None, **named: Any) -> Any:
        """Processes what comes next. Parameters are those of `Pipeline.run`."""
        keep = _names(keep)
        return _outputs(self._native.push(self.pipeline._given(inputs, named, scale), keep), keep)

    def reset(self) -> None:
        """Begins anew."""
        self._native.reset()

    @property
    def timings(self) -> Timings:
        """How long each stage took for the last piece, and in the mean of all."""
        return _timings(self._native.times())

    def __repr__(self) -> str:
        return f"{self.pipeline!r}.stream()"

    def __reduce__(self) -> Any:
        return _rebuild_stream, (self.pipeline, self._native.save())


def _names(keep: Iterable[str]) -> list[str]:
    if isinstance(keep, str):
        raise TypeError(f"keep is the text {keep!r}: expected a list of ports, such as [{keep!r}]")
    return list(keep)


def _outputs(results: list[Any], keep: list[str]) -> Any:
    if len(results) == 1 and not keep:
        return made(*results[0][1:])
    return {name: made(array, facts) for name, array, facts in results}


def _timings(times: list[Any]) -> Timings:
    return Timings({name: Timing(name, runs, last, total / max(runs, 1)) for name, runs, last, total in times})


def _rebuild(of: type[Pipeline], made_of: Any, options: tuple[Any, ...]) -> Pipeline:
    pipeline = of.__new__(of)
    pipeline._load(made_of, options)
    return pipeline


def _rebuild_stream(pipeline: Pipeline, state: bytes) -> PipelineStream:
    stream = PipelineStream(pipeline)
    stream._native.restore(state)
    return stream


__all__ = ["Graph", "Node", "Pipeline", "PipelineStream", "Timing", "Timings"]
