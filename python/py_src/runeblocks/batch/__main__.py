"""`python -m runeblocks.batch`: Parquet files of features from clips."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Optional

from .. import blocks
from ._audio import ENCODINGS
from ._run import FAILED, run


def main(arguments: Optional[list[str]] = None) -> int:
    """Runs; gives 1 where no clip has features."""
    parser = argparse.ArgumentParser(prog="python -m runeblocks.batch", description=__doc__.partition(": ")[2])
    parser.add_argument("source", help="a Parquet file, a folder of them, or a folder of sound files, word/clip.wav")
    parser.add_argument("destination", help="a folder, empty or of an earlier run, which goes on")
    parser.add_argument(
        "--block",
        dest="steps",
        nargs="+",
        action="append",
        required=True,
        metavar=("NAME", "ARGUMENT=VALUE"),
        help="a block and its arguments; several blocks follow one another",
    )
    parser.add_argument("--audio", default="audio", help="the column of clips (%(default)s)")
    parser.add_argument("--samples", type=int, help="cut clips that are longer, and pad shorter ones with zeros")
    parser.add_argument("--sample-rate", type=int, help="what sound files have to state, in Hz (that of the blocks)")
    parser.add_argument("--resample", action="store_true", help="resample files of another rate")
    parser.add_argument("--mixdown", action="store_true", help="average the channels of files that have several")
    parser.add_argument(
        "--scale", type=_value, help="what lists of floats are multiplied by; pcm16 for those from -1 to 1"
    )
    parser.add_argument("--encoding", choices=ENCODINGS, default="file", help="what bytes are (%(default)s)")
    parser.add_argument("--on-error", choices=("set-aside", "raise"), default="set-aside", help="(%(default)s)")
    parser.add_argument("--part-rows", type=int, default=8192, help="clips for each file (%(default)s)")
    options = vars(parser.parse_args(arguments))
    source, destination, steps = (options.pop(name) for name in ("source", "destination", "steps"))
    try:
        summary = run(source, destination, [_block(*step) for step in steps], **options)
    except (OSError, TypeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{summary.clips} clips, {summary.failed} failed, {summary.parts} parts, {summary.seconds:.1f} s")
    for left in summary.left_out:
        print(f"left out: {left.text}", file=sys.stderr)
    for name, spellings in summary.joined.items():
        print(f"taken as one: {name!r} is written in {len(spellings)} ways: {ascii(spellings)}", file=sys.stderr)
    if summary.failed:
        print(f"those that failed, and why: {destination}/{FAILED}", file=sys.stderr)
    return int(summary.failed == summary.clips > 0)


def _block(name: str, *arguments: str) -> Any:
    if name not in blocks:
        raise ValueError(f"--block {name}: expected one of {', '.join(blocks)}")
    wrong = [argument for argument in arguments if "=" not in argument]
    if wrong:
        raise ValueError(f"--block {name}: found `{wrong[0]}`: expected ARGUMENT=VALUE")
    return blocks[name](**{key: _value(text) for key, _, text in (argument.partition("=") for argument in arguments)})


def _value(text: str) -> Any:
    """A value as JSON has it, or the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    sys.exit(main())
