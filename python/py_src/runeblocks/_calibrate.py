"""Models trained anew on a few recordings."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, Optional, Union

from . import _native
from ._evaluation import Evaluation, LeftOut, StrPath, recordings, report_failures, report_left_out
from ._native import Share
from ._pipeline import Pipeline


class Folds(NamedTuple):
    """How recordings were set apart, to try on each part a model that was trained without it."""

    by: str
    """`speakers` where no speaker is in two parts, else `recordings`."""
    parts: int
    """How many parts there are."""


class Files(NamedTuple):
    """The files of a calibrated pipeline."""

    model: Path
    rehearsal: Path
    """What the next calibration rehearses."""
    runefile: Path
    """It runs the model."""


class Rehearsal(NamedTuple):
    """What is stored beside a model."""

    path: Path
    recordings: int
    """How many recordings are stored, as the model sees them before its last layer."""
    words: int
    """How many words they are of."""
    left_out: list[LeftOut]
    """What of the folder was left out, by reason."""
    joined: dict[str, list[str]]
    """Names that are written in several ways and taken as one, with these ways."""


class Calibration:
    """A calibrated pipeline, and what it brings. `calibrate` makes it."""

    __slots__ = (
        "_options",
        "after",
        "before",
        "failures",
        "files",
        "folds",
        "held_out",
        "joined",
        "left_out",
        "new_words",
        "rejection",
        "way",
        "words",
    )

    words: tuple[str, ...]
    """The words of the new pipeline."""
    new_words: dict[str, int]
    """Those that the old one does not have, with their numbers of recordings."""
    left_out: list[LeftOut]
    """What of the folder was left out, by reason."""
    joined: dict[str, list[str]]
    """Names that are written in several ways and taken as one, with these ways."""
    before: Evaluation
    """The recordings as the old model takes them."""
    after: Evaluation
    """The recordings, each as a model takes it that was trained in the same way without its part; see `folds`."""
    folds: Folds
    """How the recordings were set apart for `after`."""
    rejection: tuple[Share, Share]
    """Stored recordings of other words that the old model rejects, and those that the models of `after` reject."""
    held_out: Optional[tuple[Evaluation, Evaluation]]
    """The old and the new model on the split that was held out."""
    way: str
    """How the layer was trained: `near` the old one, `anew`, or `replaced` where stored words count as other words."""
    failures: list[tuple[Path, str]]
    """The recordings that could not be used, each with the reason."""
    files: Optional[Files]
    """What was written; None after `dry_run`."""

    def __init__(self, found: dict[str, Any], name: str, options: tuple[Any, ...]) -> None:
        def both(evaluations: Any) -> tuple[Evaluation, Evaluation]:
            before, after = (Evaluation(one, f"{name}, {when}") for one, when in zip(evaluations, ("before", "after")))
            return before, after

        self._options = options
        self.words = tuple(found["words"])
        self.new_words = dict(found["new_words"])
        left_out, joined, _ = found["said"]
        self.left_out, self.joined = [LeftOut(*left) for left in left_out], dict(joined)
        self.before, self.after = both((found["before"], found["after"]))
        self.folds = Folds(*found["folds"])
        self.rejection = found["rejection"]
        self.held_out = found["held_out"] and both(found["held_out"])
        self.way = found["way"]
        self.failures = found["failures"]
        self.files = found["files"] and Files(*map(Path, found["files"]))

    def pipeline(self) -> Pipeline:
        """The new pipeline, with the options of the old one."""
        if self.files is None:
            raise ValueError("calibrate: dry_run wrote no pipeline: calibrate without it")
        backend, resources, allow_other_front_end = self._options
        return Pipeline(
            self.files.runefile, backend=backend, resources=resources, allow_other_front_end=allow_other_front_end
        )

    def _rows(self) -> list[list[tuple[str, str, str]]]:
        """Tables: a heading each, and the shares before and after."""

        def shares(before: Evaluation, after: Evaluation) -> list[tuple[str, str, str]]:
            names = ("accuracy", "words found", "others rejected")
            pairs = zip(
                names,
                (before.accuracy, before.words, before.rejection),
                (after.accuracy, after.words, after.rejection),
            )
            return [(name, str(old), str(new)) for name, old, new in pairs if new.of]

        name = f"recordings, in {self.folds.parts} parts"
        if self.folds.by == "speakers":
            name += " with speakers of their own"
        tables = [[(name, "before", "after"), *shares(self.before, self.after)]]
        old, new = self.rejection
        if old.of:
            tables[0].append(("stored other words rejected", str(old), str(new)))
        if self.held_out:
            tables.append([("held-out recordings", "before", "after"), *shares(*self.held_out)])
        return tables

    def __repr__(self) -> str:
        tables = self._rows()
        widths = [max(len(row[column]) for table in tables for row in table) for column in (0, 1)]
        line = "{:{}}  {:{}}  {}".format
        texts = ["\n".join(line(row[0], widths[0], row[1], widths[1], row[2]) for row in table) for table in tables]
        words = f"words: {', '.join(self.words)}"
        if self.new_words:
            words += "\nnew: " + ", ".join(f"{word} ({count})" for word, count in self.new_words.items())
        return "\n\n".join([words, *texts])

    def _repr_html_(self) -> str:
        text = f"<p>{escape(', '.join(self.words))}</p><table>"
        for heading, *rows in self._rows():
            text += "<tr>" + "".join(f"<th>{cell}</th>" for cell in heading) + "</tr>"
            text += "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return text + "</table>"


def calibrate(
    runefile: Union[StrPath, Pipeline],
    data: StrPath,
    *,
    split: Optional[str] = None,
    labels: Optional[Sequence[str]] = None,
    held_out: Optional[str] = None,
    replace: bool = False,
    variants: Optional[int] = None,
    unknown_recall: Optional[float] = None,
    seed: int = 1,
    suffix: str = "calibrated",
    overwrite: bool = False,
    dry_run: bool = False,
    resample: bool = False,
    mixdown: bool = False,
    new_words: bool = False,
) -> Calibration:
    """Trains the last layer of a pipeline's model anew on a few recordings, on all cores and without the GIL.

    The recordings' labels are the model's words (for another room, voice, microphone or front end) or new ones (for
    more words, or another language); ten recordings of each do well. The rest of the model stays as it is. What is
    stored beside the model (`rehearse`) keeps it from forgetting silence, other words and its own.

    The new model, what it rehearses next and a Runefile that runs it are written beside the old ones, which stay.

    Parameters
    ----------
    runefile: path, or Pipeline of a path
        A pipeline from one sound to a word: it ends in most-confident-indices and label.
    data, split, labels, resample, mixdown:
        The recordings, as `evaluate` takes them.
    held_out: str, optional
        A split of the manifest or the folder that is not trained on; both models are measured on it.
    replace: bool
        Whether the recordings take the place of the model's words, as for another language: words without recordings
        are dropped, and all that is stored of words counts as `unknown` from then on.
    variants: int, optional
        How many variants of each recording are trained on beside it (other places, speeds and levels, with noise);
        by default at most 8.
    unknown_recall: float, optional
        The share of words that were never heard that is to be rejected; by default what the model rejects now, from
        0.4 to 0.76.
    seed: int
        What chance is drawn from; the same one gives the same model.
    suffix: str
        What the names of the new files end in.
    overwrite: bool
        Whether files of these names are replaced; else `FileExistsError` is raised.
    dry_run: bool
        Whether nothing is written.
    new_words: bool
        Whether labels may be new words whatever they look like; else it is an error if one looks like a word of the
        pipeline that was mistyped. What became a word is among the `new_words`.
    """
    if unknown_recall is not None and not 0 <= unknown_recall <= 1:
        raise ValueError(f"calibrate: unknown_recall is {unknown_recall}: expected a number from 0 to 1")
    if not suffix or "/" in suffix or "\\" in suffix:
        raise ValueError(f"calibrate: suffix is {suffix!r}: expected a part of a file's name")
    pipeline, path = _of_path(runefile, "calibrate")
    how = {
        "held_out": held_out,
        "replace": replace,
        "variants": variants,
        "unknown_recall": unknown_recall,
        "seed": seed,
        "suffix": suffix,
        "overwrite": overwrite,
        "dry_run": dry_run,
    }
    found = _native.calibrate(pipeline._native, path, recordings(data, split, labels, resample, mixdown, new_words), how)
    calibration = Calibration(found, pipeline._name, pipeline._options)
    measured = calibration.held_out[1].accuracy.of if calibration.held_out else 0
    report_failures(calibration.failures, calibration.after.accuracy.of + measured, "calibrate")
    report_left_out(calibration.left_out, "calibrate")
    return calibration


def rehearse(
    runefile: Union[StrPath, Pipeline],
    data: StrPath,
    *,
    split: Optional[str] = None,
    labels: Optional[Sequence[str]] = None,
    per_word: int = 40,
    unknown: int = 300,
    seed: int = 1,
    overwrite: bool = False,
    resample: bool = False,
    mixdown: bool = False,
    new_words: bool = False,
) -> Rehearsal:
    """Stores what a model knows beside it, of recordings that it was made with: `calibrate` trains on that too.

    Writes `model.rehearsal.safetensors` beside `model.tflite`: what the model makes of some of the recordings before
    its last layer.

    Parameters
    ----------
    runefile: path, or Pipeline of a path
    data, split, labels, resample, mixdown, new_words:
        The recordings, as `evaluate` takes them.
    per_word: int
        How many are kept of each word of the model, and of silence.
    unknown: int
        How many are kept of all other words together.
    seed: int
        What chance is drawn from.
    overwrite: bool
        Whether what is stored already is replaced; else `FileExistsError` is raised.
    """
    pipeline, _ = _of_path(runefile, "rehearse")
    chosen = recordings(data, split, labels, resample, mixdown, new_words)
    path, *counts, said = _native.rehearse(pipeline._native, chosen, per_word, unknown, seed, overwrite)
    left_out = [LeftOut(*left) for left in said[0]]
    report_left_out(left_out, "rehearse")
    return Rehearsal(Path(path), *counts, left_out, dict(said[1]))


def _of_path(runefile: Union[StrPath, Pipeline], name: str) -> tuple[Pipeline, str]:
    """The pipeline, and where its Runefile is."""
    pipeline = runefile if isinstance(runefile, Pipeline) else Pipeline(runefile)
    if isinstance(pipeline._made_of, tuple):
        raise ValueError(
            f"{name}: the pipeline is of a text: expected one of a Runefile, beside which files are written"
        )
    return pipeline, pipeline._made_of


__all__ = ["Calibration", "Files", "Folds", "Rehearsal", "calibrate", "rehearse"]
