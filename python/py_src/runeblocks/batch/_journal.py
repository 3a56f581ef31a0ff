"""What a run has done, line by line, so that another goes on with it."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any, Union

from ._config import difference

NAME = "_manifest.jsonl"


class Journal:
    """`_manifest.jsonl` in the destination: what is made of what, then a line for each part that is whole."""

    def __init__(self, folder: pathlib.Path, begun: dict[str, Any]) -> None:
        self.path, self.parts = folder / NAME, []
        begun = json.loads(json.dumps(begun))
        folder.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            others = sorted(item.name for item in folder.iterdir() if not item.name.startswith(NAME))
            if others:
                raise ValueError(
                    f"{folder}: found `{others[0]}` and no {NAME}: expected an empty folder, or one of an earlier run"
                )
            with replaced(self.path) as path:
                path.write_text(json.dumps(begun) + "\n", encoding="utf-8")
            return
        text = self.path.read_bytes()
        # A line that a run did not end is of a part that is made again.
        whole = text[: text.rfind(b"\n") + 1]
        try:
            first, *self.parts = map(json.loads, whole.splitlines())
        except ValueError:
            raise ValueError(f"{self.path}: it can't be read: expected what a run writes (delete the folder)") from None
        for key, what in (
            ("source", "is of another source"),
            ("config", "is of another configuration"),
            ("part_rows", "has parts of another size"),
        ):
            found = difference(first.get(key), begun[key], key)
            if found:
                raise ValueError(
                    f"{folder}: what is there {what}: {found}. Give the one that it was begun with to go on, or "
                    "another destination to begin anew"
                )
        if len(whole) < len(text):
            os.truncate(self.path, len(whole))

    def add(self, part: dict[str, Any]) -> None:
        """Writes down that a part is whole."""
        with self.path.open("ab") as file:
            file.write(json.dumps(part).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.parts.append(part)


class replaced:
    """A path to write to, which takes the place of another when all is written."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path, self.written = path, path.with_name(path.name + ".tmp")

    def __enter__(self) -> pathlib.Path:
        return self.written

    def __exit__(self, kind: Union[type[BaseException], None], *_: Any) -> None:
        if kind is None:
            with self.written.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(self.written, self.path)
        else:
            self.written.unlink(missing_ok=True)
