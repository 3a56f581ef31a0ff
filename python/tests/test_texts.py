"""Texts that are made from code, and code that stands in texts."""

import doctest
import importlib.util
import os
import pathlib

import rune_py
import runeblocks

PYTHON = pathlib.Path(__file__).parent.parent


def test_stubs_are_fresh():
    spec = importlib.util.spec_from_file_location("stubs", PYTHON / "stubs.py")
    stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stubs)
    if os.environ.get("RUNEBLOCKS_RENEW"):
        stubs.PATH.write_text(stubs.stubs(), encoding="utf-8")
    assert stubs.PATH.read_text(encoding="utf-8") == stubs.stubs(), "RUNEBLOCKS_RENEW=1 renews the stubs"


def test_examples():
    for module in (runeblocks, rune_py):
        assert doctest.testmod(module).attempted > 0 and doctest.testmod(module).failed == 0
    result = doctest.testfile(str(PYTHON / "README.md"), module_relative=False)
    assert result.attempted > 0 and result.failed == 0


def test_what_is_public():
    for name in runeblocks.__all__:
        assert getattr(runeblocks, name) is not None
    assert set(runeblocks.__all__) >= {of.__name__ for of in runeblocks.blocks.values()}
