"""Confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import numpy
from matplotlib.axes import Axes

from ._axes import axes


def confusion_matrix(
    matrix: Any, labels: Optional[Sequence[Any]] = None, *, ax: Optional[Axes] = None, **image: Any
) -> Axes:
    """Draws a confusion matrix: counts as numbers, the share of each true class as colours.

    Parameters
    ----------
    matrix: array_like `(n, n)`, or a tuple `(true, predicted)`
        Counts, a row for each true class; or the true and the predicted class of each example.
    labels: sequence, optional
        The names of the classes. For `(true, predicted)`, what these may be, or where they are integers, their names.
    ax: matplotlib.axes.Axes, optional
    image:
        Further arguments of matplotlib's `imshow`.

    Returns
    -------
    matplotlib.axes.Axes
        The title tells the accuracy.
    """
    if isinstance(matrix, tuple) and len(matrix) == 2:
        counts, labels = _count(*matrix, labels)
    else:
        counts = numpy.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise ValueError(f"plot.confusion_matrix: the matrix is {counts.shape}: expected (n, n), or (true, predicted)")
    names = [str(label) for label in (range(len(counts)) if labels is None else labels)]
    if len(names) != len(counts):
        raise ValueError(f"plot.confusion_matrix: {len(names)} labels for {len(counts)} classes: expected as many")
    shares = counts / numpy.maximum(counts.sum(1, keepdims=True), 1)
    ax = axes(ax, square=True)
    picture = ax.imshow(shares, **{"cmap": "Blues", "vmin": 0, "vmax": 1, **image})
    size = max(5.0, min(10.0, 90 / len(names)))
    for (row, column), count in numpy.ndenumerate(counts):
        if count:
            red, green, blue, _ = picture.cmap(picture.norm(shares[row, column]))
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.55
            text = f"{count:,}" if float(count).is_integer() else f"{count:.2f}"
            ax.text(column, row, text, ha="center", va="center", color="white" if dark else "black", fontsize=size)
    slanted: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(names)), names, **(slanted if max(map(len, names)) * len(names) > 36 else {}))
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    ax.set_title(f"{numpy.trace(counts) / max(counts.sum(), 1):.1%} of {counts.sum():,.0f} right", fontsize=11)
    ax.figure.colorbar(picture, ax=ax, label="share of the true class", shrink=0.8)
    return ax


def _count(true: Any, predicted: Any, labels: Optional[Sequence[Any]]) -> tuple[numpy.ndarray, Sequence[Any]]:
    """Counts of the pairs, and the classes in their order."""
    true, predicted = numpy.asarray(true), numpy.asarray(predicted)
    if true.ndim != 1 or true.shape != predicted.shape:
        raise ValueError(f"plot.confusion_matrix: true {true.shape}, predicted {predicted.shape}: expected (n,) each")
    found = numpy.union1d(true, predicted).tolist()
    numbered = labels is not None and all(isinstance(value, int) for value in found) and not set(found) <= set(labels)
    classes = found if labels is None else list(range(len(labels))) if numbered else list(labels)
    strange = [value for value in found if value not in classes]
    if strange:
        raise ValueError(f"plot.confusion_matrix: the class {strange[0]!r} is none of the labels: {classes}")
    place = {value: at for at, value in enumerate(classes)}
    counts = numpy.zeros((len(classes), len(classes)), int)
    numpy.add.at(counts, tuple([place[value] for value in values.tolist()] for values in (true, predicted)), 1)
    return counts, classes if labels is None else labels
