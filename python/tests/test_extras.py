"""What needs other packages is imported when it is asked for, and names what is missing."""

import subprocess
import sys

import pytest

PACKAGES = {
    "sklearn": ["sklearn"],
    "keras": ["keras", "tensorflow"],
    "torch": ["torch"],
    "plot": ["matplotlib"],
}


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_runeblocks_needs_none_of_them():
    names = {package for packages in PACKAGES.values() for package in packages}
    result = python(f"import runeblocks, sys; print({names}.intersection(sys.modules))")
    assert result.stdout.strip() == "set()", result.stderr


@pytest.mark.parametrize("module, package", [(module, name) for module, names in PACKAGES.items() for name in names])
def test_message_of_a_missing_package(module, package):
    result = python(f"import sys; sys.modules[{package!r}] = None; import runeblocks.{module}")
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: runeblocks.{module} needs "), result.stderr
    assert last.endswith(f'pip install "runeblocks[{module}]"')


def test_another_keras():
    pytest.importorskip("keras", reason="keras is not installed")
    pytest.importorskip("tensorflow", reason="tensorflow is not installed")
    code = "import keras; keras.backend.backend = lambda: 'jax'; import runeblocks.keras"
    old = "import keras; keras.__version__ = '2.15.0'; import runeblocks.keras"
    assert "Keras is 2.15.0: expected 3.4 or newer" in python(old).stderr
    assert "the backend of Keras is jax: expected tensorflow (KERAS_BACKEND)" in python(code).stderr
