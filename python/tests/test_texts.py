"""Texts that are made from code, and code that stands in texts."""

import doctest
import importlib.util
import os
import pathlib

import pytest
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


def test_examples(monkeypatch):
    monkeypatch.chdir(PYTHON.parent)
    for module in (runeblocks, rune_py):
        assert doctest.testmod(module).attempted > 0 and doctest.testmod(module).failed == 0


README = (PYTHON / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(section.split("\n", 1) for section in README.split("\n## ")[1:] if ">>>" in section)
NEEDS = {
    "At scale": ["pyarrow"],
    "scikit-learn": ["sklearn"],
    "Keras": ["keras", "tensorflow"],
    "PyTorch": ["torch"],
    "Pictures": ["matplotlib"],
}
BEGIN: dict = {}


@pytest.mark.parametrize("title", SECTIONS)
def test_readme(title, monkeypatch):
    monkeypatch.chdir(PYTHON.parent)
    for package in NEEDS.get(title, ()):
        pytest.importorskip(package, reason=f"{package} is not installed")
    if not BEGIN:
        run(next(iter(SECTIONS)), BEGIN)
    run(title, dict(BEGIN))


def run(title, names):
    """Runs the examples of a section, and takes the names that they define."""
    line = README.count("\n", 0, README.index(f"## {title}\n")) + 1
    test = doctest.DocTestParser().get_doctest(SECTIONS[title], names, title, "README.md", line)
    runner = doctest.DocTestRunner()
    assert runner.run(test, clear_globs=False).failed == 0 and test.examples
    names.update(test.globs)


def test_what_is_public():
    for name in runeblocks.__all__:
        assert getattr(runeblocks, name) is not None
    assert set(runeblocks.__all__) >= {of.__name__ for of in runeblocks.blocks.values()}
