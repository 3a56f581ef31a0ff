"""A class for each block, made from what the block says of itself. `_blocks.pyi` tells type checkers of them."""

from __future__ import annotations

from typing import Any

from . import _native
from ._block import Block


def _documentation(descriptor: dict[str, Any]) -> str:
    """The documentation of a block, in NumPy's form."""
    lines = [descriptor["summary"] + "."]
    for title, ports in ("Input", descriptor["inputs"]), ("Output", descriptor["outputs"]):
        for port in ports:
            axes = port["axes"]
            shape = "of any shape" if axes is None else f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})"
            types = port["types"] if len(port["types"]) < 5 else ["number"]
            lines += ["", f"{title} `{port['name']}`: {' or '.join(types)} {shape}: {port['summary']}."]
    if descriptor["args"]:
        lines += ["", "Parameters", "----------"]
    for spec in descriptor["args"]:
        names = ", ".join([spec["name"], *spec["aliases"]])
        lines += [f"{names}: {_annotation(spec)}" + ("" if spec["required"] else f", default {spec['default']!r}")]
        lines += [f"    {spec['summary']} Expected: {spec['expected']}."]
    return "\n".join(lines)


def _annotation(spec: dict[str, Any]) -> str:
    """The type of an argument, as it is written."""
    kinds = {"words": "Sequence[str]", "choice": f"Literal[{', '.join(map(repr, spec['choices'] or ()))}]"}
    kind = kinds.get(spec["kind"], spec["kind"])
    return f"Optional[{kind}]" if not spec["required"] and spec["default"] is None else kind


class _Signature:
    """The signature of a block's class, made when it is asked for: `inspect` takes long to import."""

    def __get__(self, instance: Any, of: type[Block]) -> Any:
        from inspect import Parameter, Signature

        def parameter(spec: dict[str, Any]) -> Parameter:
            default = Parameter.empty if spec["required"] else spec["default"]
            return Parameter(spec["name"], Parameter.KEYWORD_ONLY, default=default, annotation=_annotation(spec))

        return Signature([parameter(spec) for spec in of.descriptor["args"]])


def _argument(name: str, documentation: str) -> property:
    return property(
        lambda self: self._native.arg(name), lambda self, value: self.set_params(**{name: value}), None, documentation
    )


def _class(descriptor: dict[str, Any]) -> type[Block]:
    name = "".join(map(str.capitalize, descriptor["name"].split("-")))
    namespace = {
        "__doc__": _documentation(descriptor),
        "__module__": __package__,
        "__slots__": (),
        "__signature__": _Signature(),
        "descriptor": descriptor,
    }
    for spec in descriptor["args"]:
        for attribute in [spec["name"], *spec["aliases"]]:
            namespace[attribute] = _argument(spec["name"], spec["summary"])
    return type(name, (Block,), namespace)


blocks = {descriptor["name"]: _class(descriptor) for descriptor in _native.descriptors()}
"""The class of each block, by the name that Runefiles have for it."""

globals().update({of.__name__: of for of in blocks.values()})

__all__ = ["blocks", *(of.__name__ for of in blocks.values())]
