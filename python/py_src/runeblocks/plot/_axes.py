"""What the pictures have in common."""

from __future__ import annotations

from typing import Optional

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def axes(ax: Optional[Axes], square: bool = False) -> Axes:
    """The axes that are given, or those of a new figure."""
    if ax is not None:
        return ax
    return Figure(figsize=(5, 4.6) if square else (7, 3), dpi=100, layout="constrained").add_subplot()
