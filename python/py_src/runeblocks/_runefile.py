"""What there is to say about Runefiles."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, Optional, Union

from . import _native

Resources = dict[str, Union[str, bytes, "os.PathLike[str]"]]
"""What takes the place of resources of a Runefile: a text, bytes, or the path of a file (`pathlib.Path`)."""


class Diagnostic(NamedTuple):
    """A finding on a Runefile. `str` gives it as the program `runeblocks` shows it."""

    severity: str
    """`error`, `warning` or `note`."""
    code: str
    """The rule that was broken, such as `unknown-stage`; it does not change from version to version."""
    message: str
    """What was found and what was expected."""
    file: str
    """The Runefile."""
    line: Optional[int]
    """The line, from 1; None where the finding belongs to none."""
    column: Optional[int]
    """The column in characters, from 1."""
    help: tuple[str, ...]
    """What to do about it."""
    rendered: str
    """All of it, with the lines concerned."""

    def __str__(self) -> str:
        return self.rendered

    def __repr__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line is not None else self.file
        return f"<Diagnostic {self.severity}[{self.code}] {place}: {self.message}>"


class RunefileError(ValueError):
    """A Runefile that cannot be used. The text tells everything that is wrong with it."""

    diagnostics: list[Diagnostic]
    """The findings, errors and warnings."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.diagnostics))


class RunefileWarning(UserWarning):
    """A Runefile that can be used, but hardly means what it says."""


def check(
    path: Union[str, os.PathLike[str]],
    *,
    backend: Optional[str] = None,
    resources: Optional[Resources] = None,
    allow_other_front_end: bool = False,
) -> list[Diagnostic]:
    """Everything that is wrong with a Runefile and with the files that it names, and notes on what does not run on a device or
    can't be calibrated; nothing where all is well.

    Parameters are those of `Pipeline`.
    """
    return load(path, backend, resources, allow_other_front_end)[1]


def load(source: Any, *options: Any) -> tuple[Optional[_native.Pipeline], list[Diagnostic]]:
    """The pipeline of a path, or of a text and a folder, and the findings."""
    pipeline, findings = _native.load(source, *options)
    made = [Diagnostic(*finding[:6], tuple(finding[6]), finding[7]) for finding in findings]
    return pipeline, made
