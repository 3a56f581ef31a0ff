"""Detection error trade-offs."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, Optional

import numpy
from matplotlib.axes import Axes

from ._axes import axes

TICKS = (0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 60, 80, 90)
"""Rates that may be marked, in percent."""

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Colours that the colour-blind tell apart (Okabe and Ito, 2008)."""


def det(
    scores: Any,
    positive: Any,
    *,
    threshold: Optional[float] = None,
    label: Optional[str] = None,
    ax: Optional[Axes] = None,
    **line: Any,
) -> Axes:
    """Draws a detection error trade-off: how many false alarms a threshold costs, and how many misses.

    Both axes are normal deviates, so that scores which are normally distributed give a straight line. The equal error
    rate is marked. Further calls with the same `ax` compare detectors.

    Parameters
    ----------
    scores: array_like `(n,)`
        Greater for what the detector takes for positive; it accepts from the threshold on.
    positive: array_like `(n,)` of bool
        What is positive in truth.
    threshold: float, optional
        An operating point to mark.
    label: str, optional
        The detector, for the legend.
    ax: matplotlib.axes.Axes, optional
    line:
        Further arguments of matplotlib's `plot`.

    Returns
    -------
    matplotlib.axes.Axes

    References
    ----------
    A. Martin et al., The DET curve in assessment of detection task performance, Eurospeech 1997.
    """
    scores, positive = numpy.asarray(scores, numpy.float64), numpy.asarray(positive)
    if scores.ndim != 1 or scores.shape != positive.shape:
        raise ValueError(f"plot.det: scores {scores.shape}, positive {positive.shape}: expected (n,) each")
    if not numpy.isin(positive, (0, 1)).all() or len(set(positive.tolist())) != 2:
        raise ValueError("plot.det: positive is not of both kinds: expected True and False, each at least once")
    if numpy.isnan(scores).any():
        raise ValueError("plot.det: some scores are not numbers")
    accepts, rejects = _errors(scores, positive.astype(bool))
    equal = _equal_error(accepts, rejects)
    ax = axes(ax, square=True)
    first = not ax.lines
    least = [0.5 / count for count in (numpy.sum(positive == 0), numpy.sum(positive == 1))]
    style = {"color": COLORS[sum(line.get_gid() == "det" for line in ax.lines) % len(COLORS)], "linewidth": 1.8, **line}
    name = f"equal error {equal:.1%}" if label is None else f"{label}: equal error {equal:.1%}"
    (drawn,) = ax.plot(_deviates(accepts, least[0]), _deviates(rejects, least[1]), label=name, gid="det", **style)
    mark: dict[str, Any] = {"color": drawn.get_color(), "linestyle": "none", "markersize": 8}
    ax.plot(_deviates([equal], least[0]), _deviates([equal], least[1]), marker="o", **mark)
    if threshold is not None:
        point = numpy.mean(scores[positive == 0] >= threshold), numpy.mean(scores[positive == 1] < threshold)
        text = f"at {threshold:g}: {point[0]:.1%} false accepts, {point[1]:.1%} false rejects"
        ax.plot(_deviates(point[:1], least[0]), _deviates(point[1:], least[1]), marker="D", label=text, **mark)
    if first:
        _prepare(ax, min(least))
    ax.legend(loc="best", fontsize=8)
    return ax


def _errors(scores: numpy.ndarray, positive: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The rates of false accepts and of false rejects at every threshold that differs, rising."""
    thresholds = numpy.append(numpy.unique(scores), numpy.inf)
    negatives, positives = numpy.sort(scores[~positive]), numpy.sort(scores[positive])
    accepts = 1 - numpy.searchsorted(negatives, thresholds) / len(negatives)
    rejects = numpy.searchsorted(positives, thresholds) / len(positives)
    return accepts, rejects


def _equal_error(accepts: numpy.ndarray, rejects: numpy.ndarray) -> float:
    """Where the two rates are equal, on the line between the thresholds on either side."""
    after = int(numpy.argmax(rejects >= accepts))
    before = max(after - 1, 0)
    gaps = rejects[before] - accepts[before], rejects[after] - accepts[after]
    share = 0.0 if gaps[0] == gaps[1] else -gaps[0] / (gaps[1] - gaps[0])
    return float(rejects[before] + share * (rejects[after] - rejects[before]))


def _deviates(rates: Any, least: float) -> numpy.ndarray:
    """Normal deviates of rates; none and all are drawn as half a clip less."""
    return numpy.array([NormalDist().inv_cdf(min(max(float(rate), least), 1 - least)) for rate in rates])


def _prepare(ax: Axes, least: float) -> None:
    """Ticks in percent, and a diagonal of equal errors."""
    limits = NormalDist().inv_cdf(max(min(least, 0.02), 1e-4)) - 0.1, NormalDist().inv_cdf(0.6)
    places = [(NormalDist().inv_cdf(tick / 100), f"{tick:g}") for tick in TICKS]
    places = [place for place in places if limits[0] <= place[0] <= limits[1]]
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks([at for at, _ in places], [text for _, text in places])
    ax.plot(limits, limits, color="0.6", linewidth=0.8, linestyle=":")
    ax.set_xlim(limits)
    ax.set_ylim(limits)
    ax.set_aspect("equal")
    ax.grid(color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("false accepts (%)")
    ax.set_ylabel("false rejects (%)")
