"""How far a run is."""

from __future__ import annotations

import sys
import time
from typing import Any, Optional


class Progress:
    """A bar of tqdm where it is there, else a line on stderr; by default only where stderr is a terminal."""

    def __init__(self, shown: Optional[bool], total: int, done: int) -> None:
        self.shown = sys.stderr.isatty() if shown is None else shown
        self.total, self.done, self.first, self.begun, self.told = total, done, done, time.monotonic(), 0.0
        self.bar: Any = None
        if self.shown:
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self.bar = tqdm(total=total, initial=done, unit="clip", unit_scale=True)

    def add(self, clips: int) -> None:
        """Tells of clips that are done."""
        self.done += clips
        if self.bar is not None:
            self.bar.update(clips)
        elif self.shown and time.monotonic() - self.told > 0.5:
            self._tell("\r")

    def close(self) -> None:
        """Ends the line."""
        if self.bar is not None:
            self.bar.close()
        elif self.shown:
            self._tell("\r", "\n")

    def _tell(self, begin: str, end: str = "") -> None:
        self.told = time.monotonic()
        rate = (self.done - self.first) / max(self.told - self.begun, 1e-9)
        print(f"{begin}{self.done} of {self.total} clips, {rate:.0f} a second", end=end, file=sys.stderr, flush=True)
