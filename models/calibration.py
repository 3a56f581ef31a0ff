"""The experiments of CALIBRATION.md: models that meet another front end, another language, other people.

    python models/calibration.py --speech DIR [--hotg DIR] [--mismatch]

DIR of --speech holds the folders english, arabic and estonian-synthetic, each with its manifest.csv; that of --hotg the
models and Runefiles of HOTG's microspeech. Each experiment calls the program `runeblocks`, as a user would, and works on
copies. The tables are written to CALIBRATION.md, between its markers. `--mismatch` trains a model too, by mismatch.py, and
needs what that says; all else needs nothing but the program.
"""

import argparse
import csv
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
WORDS = ["up", "down", "left", "right"]
ESTONIAN = ["üles", "alla", "vasak", "parem"]


def rows(folder):
    with open(folder / "manifest.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def percent(count, of):
    return f"{100 * count / of:.1f} %" if of else "–"


def share(share):
    low, high = share["interval"]
    return f"{100 * share['value']:.1f} % ({100 * low:.1f}–{100 * high:.1f}; {share['count']} of {share['of']})"


class Bench:
    """A folder with a copy of a pipeline, and the program that works on it."""

    def __init__(self, program, runefile, model, folder):
        self.program, self.folder = program, Path(folder)
        self.runefile = self.folder / "Runefile.yml"
        shutil.copy(runefile, self.runefile)
        shutil.copy(model, self.folder)
        rehearsal = model.with_suffix(".rehearsal.safetensors")
        if rehearsal.exists():
            shutil.copy(rehearsal, self.folder)

    def call(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments), "--json"], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"runeblocks {' '.join(map(str, arguments))}: {done.stderr}")
        return json.loads(done.stdout)

    def manifest(self, calibration, held_out, word):
        """A manifest of recordings: their paths, labels and speakers, in the splits `train` and `test`."""
        path = self.folder / "recordings.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "label", "word", "speaker", "split"])
            for split, clips in (("train", calibration), ("test", held_out)):
                for clip in clips:
                    speaker = clip.get("base_voice") or clip["speaker"]
                    writer.writerow([clip["file"], word(clip), clip["word"], speaker, split])
        return path

    def calibrate(self, data, *more):
        return self.call("calibrate", self.runefile, data, "--split", "train", "--held-out", "test", "--overwrite", *more)

    def unknown(self, runefile, english):
        """How many of the English other words that are held out are taken for no word."""
        found = self.call("eval", self.folder / runefile, english, "--split", "val", "--labels", "unknown")
        return found["rejection"]


def files(folder, clips):
    for clip in clips:
        clip["file"] = folder.resolve() / clip["path"]
    return clips


def mean_share(results):
    count, of = (sum(result[key] for result in results) for key in ("count", "of"))
    return percent(count, of)


def one_person(bench, speech, take):
    """`take` phrases a command of one person, that person's others held out; all people."""
    clips = files(speech / "arabic", [clip for clip in rows(speech / "arabic") if clip["label"] in WORDS])
    people = defaultdict(lambda: defaultdict(list))
    for clip in clips:
        people[clip["speaker"]][clip["label"]].append(clip)
    accuracies, before, rejected = [], [], []
    for person, by_word in sorted(people.items()):
        chosen, left = [], []
        for recordings in by_word.values():
            recordings = random.Random(person).sample(recordings, len(recordings))
            chosen += recordings[:take]
            left += recordings[take:]
        result = bench.calibrate(bench.manifest(chosen, left, lambda clip: clip["label"]), "--replace")
        accuracies.append(result["held_out"]["after"]["accuracy"])
        before.append(result["held_out"]["before"]["accuracy"])
        rejected.append(bench.unknown("Runefile-calibrated.yml", speech / "english"))
    each = [accuracy["value"] for accuracy in accuracies]
    deviation = statistics.stdev(each) / len(each) ** 0.5
    mean = f"{100 * statistics.mean(each):.1f} % (± {196 * deviation:.1f} over {len(each)} people)"
    return mean_share(before), mean, f"{100 * min(each):.0f} %", mean_share(rejected)


def unseen(bench, clips, speaker, word, words, held_out, speech, draws, *more):
    """One phrase a command of each of ten people, others held out; several draws of people."""
    people = sorted({clip[speaker] for clip in clips if clip["split"] == "train"})
    before, after, rejected = [], [], []
    for draw in range(draws):
        chance = random.Random(draw)
        chosen = []
        for person in chance.sample(people, 10):
            for label in words:
                of = [clip for clip in clips if clip[speaker] == person and word(clip) == label]
                chosen.append(chance.choice(of))
        left = [clip for clip in clips if clip["split"] == held_out and word(clip) in words]
        result = bench.calibrate(bench.manifest(chosen, left, word), *more)
        before.append(result["held_out"]["before"]["accuracy"])
        after.append(result["held_out"]["after"]["accuracy"])
        rejected.append(bench.unknown("Runefile-calibrated.yml", speech / "english"))
    each = [accuracy["value"] for accuracy in after]
    mean = f"{100 * statistics.mean(each):.1f} % ({draws} draws: {100 * min(each):.1f}–{100 * max(each):.1f})"
    return mean_share(before), mean, f"{100 * min(each):.0f} %", mean_share(rejected)


def languages(program, speech, draws):
    keyword = HERE / "keyword"
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(program, keyword / "Runefile.yml", keyword / "keyword_int8.tflite", folder)
        unknown = percent(*(bench.unknown("Runefile.yml", speech / "english")[key] for key in ("count", "of")))
        arabic = files(speech / "arabic", rows(speech / "arabic"))
        estonian = files(speech / "estonian-synthetic", rows(speech / "estonian-synthetic"))
        lines = [
            "| recordings | held out | before | after | worst | English others rejected |",
            "|---|---|---|---|---|---|",
        ]
        for take, name in ((5, "5 of one person"), (9, "9 of one person")):
            before, after, worst, rejected = one_person(bench, speech, take)
            held_out = f"the other {10 - take} of that person"
            lines.append(f"| Arabic: {name} a command | {held_out} | {before} | {after} | {worst} | {rejected} |")
        before, after, worst, rejected = unseen(
            bench, arabic, "speaker", lambda clip: clip["label"], WORDS, "val", speech, draws, "--replace"
        )
        lines.append(f"| Arabic: 10 a command, of 10 people | 6 other people | {before} | {after} | {worst} | {rejected} |")
        before, after, worst, rejected = unseen(
            bench, estonian, "base_voice", lambda clip: clip["word"], ESTONIAN, "test", speech, draws, "--replace"
        )
        lines.append(
            f"| Estonian, synthetic: 10 a command, of 10 voices | 9 other voices | {before} | {after} | {worst} | {rejected} |"
        )
        lines += ["", f"English others rejected before: {unknown}."]
    return lines


def hotg(program, folder, speech):
    """HOTG's models on the exact front end, before and after, on four words."""
    lines = ["| model | four words, before | after | others rejected, before | after |", "|---|---|---|---|---|"]
    runefile = folder / "reference" / "Runefile.yml"
    for name in ("model_2021-05-12_f47a63a7", "model_2021-05-18_retrained_80pct_dd953617"):
        with tempfile.TemporaryDirectory() as work:
            model = Path(work) / "source" / "model.tflite"
            model.parent.mkdir()
            shutil.copy(folder / "models" / f"{name}.tflite", model)
            bench = Bench(program, runefile, model, work)
            result = bench.call("calibrate", bench.runefile, speech / "english", "--split", "train", "--held-out", "val")
            before, after = result["held_out"]["before"], result["held_out"]["after"]
            shares = [before["words_found"], after["words_found"], before["others_rejected"], after["others_rejected"]]
            lines.append(f"| `{name}` | " + " | ".join(map(share, shares)) + " |")
    return lines


def write(name, lines):
    """Puts a table between its markers in CALIBRATION.md."""
    path = HERE / "CALIBRATION.md"
    text = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    path.write_text(head + begin + "\n".join(lines) + "\n" + end + tail, encoding="utf-8")
    print(f"{name}:", *lines, sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--hotg", type=Path)
    parser.add_argument("--mismatch", action="store_true")
    parser.add_argument("--program", default="runeblocks")
    parser.add_argument("--draws", type=int, default=20)
    args = parser.parse_args()
    write("languages", languages(args.program, args.speech, args.draws))
    if args.hotg:
        write("hotg", hotg(args.program, args.hotg, args.speech))
    if args.mismatch:
        data = args.speech / "english"
        command = [sys.executable, HERE / "mismatch.py", "--data", data, "--program", args.program]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
