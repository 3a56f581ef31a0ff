"""Pipelines measured on labelled recordings."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

import numpy

from . import _native
from ._native import Share
from ._pipeline import Pipeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

StrPath = Union[str, "os.PathLike[str]"]


MOST_NAMES = 10
"""The most labels that are listed in a line."""


class PerLabel(NamedTuple):
    """How a pipeline does on the recordings of one label."""

    recall: Share
    """Recordings of the label in which it was found."""
    precision: Share
    """Recordings in which it was found that are of the label."""


class OperatingPoint(NamedTuple):
    """A threshold and what it brings."""

    threshold: float
    """Scores from here on are accepted."""
    false_accepts: Share
    """Recordings without a word that are taken for one."""
    false_rejects: Share
    """Recordings of a word that are not taken for it."""


class Latency(NamedTuple):
    """How long a recording took, in seconds, with all cores at work."""

    median: float
    p95: float
    """95 % took no longer."""
    max: float


class Scored(NamedTuple):
    """What was found in a recording."""

    path: Path
    """Its file."""
    label: str
    """What is to be found in it."""
    word: str
    """What was found."""
    scores: dict[str, float]
    """The score of each word."""
    fitted: str
    """What was done to its length: `exact` where nothing was, `padded` or `cut` at its end."""
    trained_on: bool
    """Whether the model was trained on it, as far as what is stored beside it tells."""
    seconds: float
    """How long it took; 0 where it was not timed."""


class LeftOut(NamedTuple):
    """What of a folder was left out for one reason."""

    reason: str
    """`format` (sound that is not read), `loose` (beside the folders of words), `unlabelled`, `several_labels`,
    `unlisted` (in `info.labels`), `unreadable`, `empty` (a folder) or `no_sound`."""
    count: int
    """How many there are."""
    examples: list[str]
    """The names of the first."""
    text: str
    """All of it in words."""


class Det:
    """What a threshold on the greatest score of a word trades: false accepts against false rejects.

    The arrays have an element for each threshold at which something changes.
    """

    __slots__ = ("_native", "equal_error", "false_accepts", "false_rejects", "thresholds")

    thresholds: numpy.ndarray
    """Thresholds, rising."""
    false_accepts: numpy.ndarray
    """The share of the recordings without a word that are taken for one."""
    false_rejects: numpy.ndarray
    """The share of the recordings of a word that are not taken for it."""
    equal_error: OperatingPoint
    """Where both errors are nearest to each other."""

    def __init__(self, native: _native.Det) -> None:
        self._native = native
        self.thresholds, self.false_accepts, self.false_rejects = native.columns()
        self.equal_error = OperatingPoint(*native.equal_error())

    def at(self, false_accepts: float) -> Optional[OperatingPoint]:
        """The lowest threshold with at most this share of false accepts, and what it brings.

        None where the greatest score of all is that of a recording without a word.
        """
        point = self._native.at(false_accepts)
        return None if point is None else OperatingPoint(*point)

    def threshold(self, false_accepts: float) -> Optional[float]:
        """The lowest threshold with at most this share of false accepts; None where there is none."""
        point = self.at(false_accepts)
        return None if point is None else point.threshold

    def __repr__(self) -> str:
        error = self.equal_error
        return (
            f"<Det of {len(self.thresholds)} thresholds: at {error.threshold:.4f}, {error.false_accepts} false accepts "
            f"and {error.false_rejects} false rejects>"
        )


class Evaluation:
    """What a pipeline found in labelled recordings. `evaluate` makes it.

    A `Share` tells how many (`count`) of all (`of`), the share (`value`), and Wilson's interval of 95 % (`interval`).
    """

    __slots__ = ("_false_accepts", "_name", "_native", "accuracy", "labels", "rejection", "trained_on", "unseen", "words")

    labels: tuple[str, ...]
    """The words of the pipeline, in the order of its scores."""
    accuracy: Share
    """Recordings whose label was found, of all."""
    words: Share
    """Recordings of words whose word was found."""
    rejection: Share
    """Recordings without a word in which none was found."""
    trained_on: Share
    """Recordings that the model was trained on, of all, as far as what is stored beside it tells: what is found in them says
    nothing of others."""
    unseen: Share
    """Recordings whose label was found, of those that the model was not trained on."""

    def __init__(self, native: _native.Evaluation, name: str, false_accepts: float = 0.01) -> None:
        self._native, self._name, self._false_accepts = native, name, false_accepts
        self.labels = tuple(native.labels)
        self.accuracy, self.words, self.rejection = native.shares()
        self.trained_on, self.unseen = native.trained_on()

    @property
    def confusion(self) -> numpy.ndarray:
        """How many recordings of each label (a row each) were taken for each word (a column each)."""
        return self._native.confusion()

    @property
    def per_label(self) -> dict[str, PerLabel]:
        """Recall and precision of each label."""
        return {label: PerLabel(*shares) for label, shares in zip(self.labels, self._native.per_label())}

    @property
    def det(self) -> Optional[Det]:
        """What a threshold trades; None unless there are recordings with a word and recordings without."""
        native = self._native.det()
        return None if native is None else Det(native)

    @property
    def clips(self) -> list[Scored]:
        """The recordings, in their order."""
        return self._scored(self._native.clips())

    @property
    def mistakes(self) -> list[Scored]:
        """The recordings that were taken for something else, the most confident mistakes first."""
        return self._scored(self._native.mistakes())

    @property
    def failures(self) -> list[tuple[Path, str]]:
        """The recordings that could not be used, each with the reason."""
        return self._native.failures()

    @property
    def others(self) -> dict[str, int]:
        """The labels that are no words of the pipeline and count as `unknown`, with their numbers of recordings."""
        return dict(self._native.others())

    @property
    def splits(self) -> dict[str, int]:
        """How many recordings there are of each split, where it is known."""
        return self._native.splits()

    @property
    def left_out(self) -> list[LeftOut]:
        """What of the folder was left out, by reason."""
        return [LeftOut(*left) for left in self._native.said()[0]]

    @property
    def joined(self) -> dict[str, list[str]]:
        """Names that are written in several ways and taken as one (composed or not, blanks around them), with these ways."""
        return dict(self._native.said()[1])

    @property
    def latency(self) -> Optional[Latency]:
        """How long recordings took; None where none was timed."""
        latency = self._native.latency()
        return None if latency is None or latency[2] == 0 else Latency(*latency)

    @property
    def json(self) -> dict[str, Any]:
        """All of it in dicts and lists, as `runeblocks eval --json` prints it."""
        parsed: dict[str, Any] = json.loads(self._native.json(self._false_accepts))
        return parsed

    def to_json(self, indent: Optional[int] = None) -> str:
        """All of it as the text of a JSON object."""
        return json.dumps(self.json, indent=indent, ensure_ascii=False)

    def report(self, path: StrPath, *, overwrite: bool = False) -> None:
        """Writes a page to read in a browser, with pictures and the worst mistakes to listen to, in one file.

        Its name ends in `.html`. A file that is there is replaced with `overwrite` alone, and one that was read for the
        evaluation never.
        """
        self._native.report(os.fspath(path), self._false_accepts, overwrite)

    def plot_confusion(self, ax: Optional[Axes] = None, **image: Any) -> Axes:
        """Draws what was taken for what, by `runeblocks.plot.confusion_matrix`."""
        from . import plot

        return plot.confusion_matrix(self.confusion, self.labels, ax=ax, **image)

    def plot_det(self, ax: Optional[Axes] = None, *, label: Optional[str] = None, **line: Any) -> Axes:
        """Draws what a threshold trades, by `runeblocks.plot.det`, and marks the one that was asked for."""
        from . import plot

        det = self.det
        if det is None:
            raise ValueError(
                f"{self._name}: no threshold trades anything: expected recordings with a word and recordings without "
                "(of silence, unknown or other words)"
            )
        scores, positive = [], []
        listened = [word for word, is_word in zip(self.labels, self._native.is_word) if is_word]
        for clip in self.clips:
            best = max(listened, key=lambda word: clip.scores[word])
            positive.append(clip.label in listened)
            # A word that is taken for another is found at no threshold.
            scores.append(-1.0 if positive[-1] and best != clip.label else clip.scores[best])
        threshold = det.threshold(self._false_accepts)
        return plot.det(scores, positive, threshold=threshold, label=label, ax=ax, **line)

    def plot(self) -> Figure:
        """Draws what was taken for what, and beside it what a threshold trades where it trades anything."""
        from . import plot  # noqa: F401 (it says what to install where matplotlib is missing)
        from matplotlib.figure import Figure  # isort: skip

        both = self._native.det() is not None
        figure = Figure(figsize=(10, 4.6) if both else (5, 4.6), dpi=100, layout="constrained")
        axes = figure.subplots(1, 2 if both else 1, squeeze=False)[0]
        self.plot_confusion(axes[0])
        if both:
            self.plot_det(axes[1])
        return figure

    def _scored(self, clips: list[Any]) -> list[Scored]:
        return [
            Scored(path, label, word, dict(zip(self.labels, scores)), fitted, trained_on, seconds)
            for path, label, word, scores, fitted, trained_on, seconds in clips
        ]

    def _others(self) -> list[tuple[str, int]]:
        """The first of them, and how many more there are."""
        others = list(self.others.items())
        more = others[MOST_NAMES:]
        return others[:MOST_NAMES] + ([("others", sum(count for _, count in more))] if more else [])

    def _rows(self) -> list[tuple[str, Share]]:
        shares = [("accuracy", self.accuracy), ("words found", self.words), ("others rejected", self.rejection)]
        return [(name, share) for name, share in shares if share.of]

    def __repr__(self) -> str:
        lines = [f"<Evaluation of {self._name}", *(f"  {name:16} {share}" for name, share in self._rows())]
        if self.trained_on.count:
            lines.append(f"  {'trained on':16} {self.trained_on}")
        failures = len(self._native.failures())
        if failures:
            lines.append(f"  {'not used':16} {failures}")
        if self.others:
            lines.append(f"  {'other words':16} {', '.join(f'{label} ({count})' for label, count in self._others())}")
        lines.extend(f"  {line}" for line in self._native.said()[2])
        return "\n".join(lines) + ">"

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{name}</th><td>{share}</td></tr>" for name, share in self._rows())
        failures = len(self._native.failures())
        if failures:
            rows += f"<tr><th>not used</th><td>{failures}</td></tr>"
        rows += "".join(f"<tr><td colspan=2>{escape(line)}</td></tr>" for line in self._native.said()[2])
        return f"<table><caption>{escape(self._name)}</caption>{rows}</table>"


def evaluate(
    pipeline: Union[StrPath, Pipeline],
    data: StrPath,
    *,
    split: Optional[str] = None,
    labels: Optional[Sequence[str]] = None,
    resample: bool = False,
    mixdown: bool = False,
    false_accepts: float = 0.01,
    new_words: bool = False,
) -> Evaluation:
    """Measures a pipeline on labelled recordings, on all cores and without the GIL.

    Labels that are not among the pipeline's words count as `unknown`, and are the `others`. Recordings that are too short get silence at
    their end, the end of those that are too long is cut. One that can't be used is among the `failures`, and a warning
    tells how many there are.

    Parameters
    ----------
    pipeline: path or Pipeline
        From one sound to a word: it ends in most-confident-indices and label.
    data: path
        A folder with a folder of recordings for each word (`word/clip.wav`, `word/speaker/clip.wav`), or with
        recordings that are named `label.id.wav`, or with these in folders of splits (`train/...`, `test/...`), or with
        the `info.labels` of Edge Impulse; or a manifest: CSV with the columns `path` and `label`, and, where they are
        known, `speaker` and `split`. A folder with a `manifest.csv` counts as one. What of a folder is no recording
        with a label is among the `left_out`, and a warning tells of sound.
    split: str, optional
        Takes the recordings of this split of the manifest or the folder alone; by default those of all splits.
    labels: sequence of str, optional
        Takes the recordings of these labels alone.
    resample: bool
        Whether recordings at other rates are converted; else they fail.
    mixdown: bool
        Whether several channels are averaged; else they fail.
    false_accepts: float
        The share of recordings without a word that may be taken for one, for the threshold that is told.
    new_words: bool
        Whether labels may be other words than those of the pipeline, whatever they look like. Else it is an error if
        one looks like a word that was mistyped, or if there are recordings of words and none of a word of the pipeline.
    """
    if not 0 <= false_accepts <= 1:
        raise ValueError(f"evaluate: false_accepts is {false_accepts}: expected a number from 0 to 1")
    if not isinstance(pipeline, Pipeline):
        pipeline = Pipeline(pipeline)
    found = _native.evaluate(pipeline._native, recordings(data, split, labels, resample, mixdown, new_words))
    evaluation = Evaluation(found, pipeline._name, false_accepts)
    report_failures(evaluation.failures, evaluation.accuracy.of, "evaluate")
    report_left_out(evaluation.left_out, "evaluate")
    text = found.trained_on_warning()
    if text is not None:
        warnings.warn(f"evaluate: {text}: measure it on recordings that it was not trained on", stacklevel=2)
    return evaluation


def recordings(
    data: StrPath,
    split: Optional[str],
    labels: Optional[Sequence[str]],
    resample: bool,
    mixdown: bool,
    new_words: bool,
) -> dict[str, Any]:
    """Where recordings are, and how they are read."""
    if isinstance(labels, str):
        raise TypeError(f"labels is the text {labels!r}: expected a list of them, such as [{labels!r}]")
    chosen = None if labels is None else list(labels)
    return {
        "data": os.fspath(data),
        "split": split,
        "labels": chosen,
        "resample": resample,
        "mixdown": mixdown,
        "new_words": new_words,
    }


def report_left_out(left_out: list[LeftOut], name: str) -> None:
    """Warns of recordings that were left out; other files and empty folders aside."""
    texts = [left.text for left in left_out if left.reason not in ("no_sound", "empty")]
    if texts:
        warnings.warn(f"{name}: left out: {'; '.join(texts)}", stacklevel=3)


def report_failures(failures: list[tuple[Path, str]], used: int, name: str) -> None:
    """Warns of recordings that could not be used; raises `ValueError` where there is no other."""
    if failures:
        path, reason = failures[0]
        text = (
            f"{name}: {len(failures)} of {len(failures) + used} recordings can't be used; the first, {path}: {reason}"
        )
        if not used:
            raise ValueError(text)
        warnings.warn(text, stacklevel=3)


__all__ = ["Det", "Evaluation", "Latency", "LeftOut", "OperatingPoint", "PerLabel", "Scored", "Share", "evaluate"]
