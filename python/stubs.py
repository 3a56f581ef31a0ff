"""Writes `_blocks.pyi`, which tells type checkers of the blocks' classes: `python python/stubs.py`."""

import pathlib
from typing import Any

from runeblocks import blocks
from runeblocks._blocks import _annotation

PATH = pathlib.Path(__file__).parent / "py_src/runeblocks/_blocks.pyi"

HEAD = """\
# Made by python/stubs.py from what the blocks say of themselves.

from collections.abc import Sequence
from typing import Literal, Optional

from numpy.typing import ArrayLike

from ._array import Array, Scale
from ._block import Block

blocks: dict[str, type[Block]]

__all__ = [
    "blocks",
"""


def stub(of: Any) -> str:
    """The class of a block."""
    descriptor = of.descriptor
    lines = [f"class {of.__name__}(Block):"]
    lines += [f"    {line}".rstrip() for line in f'"""{of.__doc__}\n"""'.splitlines()]
    parameters = []
    for spec in descriptor["args"]:
        annotation = _annotation(spec)
        default = f" = {spec['default']!r}"
        if spec["required"]:
            default = " = ..." if spec["aliases"] else ""
        parameters.append(f"{spec['name']}: {annotation}{default}")
        parameters += [f"{alias}: {annotation} = ..." for alias in spec["aliases"]]
        lines += [f"    {name}: {annotation}" for name in [spec["name"], *spec["aliases"]]]
    parameters = ["        *,", *(f"        {parameter}," for parameter in parameters)] if parameters else []
    lines += ["    def __init__(", "        self,", *parameters, "    ) -> None: ..."]
    inputs = ", ".join(f"{port['name']}: ArrayLike" for port in descriptor["inputs"])
    outputs = ", ".join("Array" for _ in descriptor["outputs"])
    outputs = outputs if outputs == "Array" else f"tuple[{outputs}]"
    lines += ["    def __call__(  # type: ignore[override]"]
    lines += [f"        self, {inputs}, /, *, scale: Optional[Scale] = None", f"    ) -> {outputs}: ..."]
    return "\n".join(lines) + "\n"


def stubs() -> str:
    """The whole file."""
    classes = sorted(blocks.values(), key=lambda of: of.__name__)
    names = "".join(f'    "{of.__name__}",\n' for of in classes)
    return HEAD + names + "]\n\n" + "\n".join(map(stub, classes))


if __name__ == "__main__":
    PATH.write_text(stubs(), encoding="utf-8")
