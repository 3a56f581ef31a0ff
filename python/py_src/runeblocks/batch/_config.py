"""What made some features, as it is written down and compared."""

from __future__ import annotations

import functools
from typing import Any

from .._block import Block


def described(step: Any) -> dict[str, Any]:
    """A block by its name and all its arguments, a function by its name and those that are bound to it."""
    if isinstance(step, Block):
        return {"block": step.descriptor["name"], **step.get_params()}
    if isinstance(step, functools.partial):
        return {**described(step.func), "args": [_plain(arg) for arg in step.args], **_keywords(step.keywords)}
    named = step if hasattr(step, "__qualname__") else type(step)
    return {"function": f"{named.__module__}.{named.__qualname__}"}


def _keywords(keywords: dict[str, Any]) -> dict[str, Any]:
    return {"keywords": {name: _plain(value) for name, value in keywords.items()}}


def _plain(value: Any) -> Any:
    """A value as JSON has it; the name of its type where it has none."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return described(value) if callable(value) else f"{type(value).__module__}.{type(value).__qualname__}"


def difference(before: Any, now: Any, where: str = "") -> str:
    """The first place where two configurations differ, and both values; empty where they are the same."""
    if isinstance(before, dict) and isinstance(now, dict):
        pairs = [(f"{where}.{key}" if where else key, before.get(key), now.get(key)) for key in {**before, **now}]
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = [(f"{where}[{at}]", *items) for at, items in enumerate(zip(before, now))]
    else:
        return "" if before == now else f"`{where}` was {before!r} and is {now!r}"
    return next((found for name, was, is_now in pairs for found in [difference(was, is_now, name)] if found), "")
