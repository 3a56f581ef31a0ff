"""Makes the golden files of the front end from the references; nothing else may change them.

    pip install -r runtime/frontend/reference/requirements.txt
    python3 runtime/frontend/reference/make_goldens.py

| file | what |
|---|---|
| `proc-blocks/fft/tests/golden/spectra.txt` | hashes of tables and stages up to the square root, 1,100 configurations for each dialect |
| `proc-blocks/fft/tests/golden/spectra_full.txt` | ten configurations for each dialect in full |
| `proc-blocks/noise-filtering/tests/golden/features.txt` | hashes of tables and stages from noise reduction on, 1,100 configurations for each dialect |
| `proc-blocks/noise-filtering/tests/golden/features_full.txt` | ten configurations for each dialect in full |
| `runtime/frontend/tests/golden/frontend.txt` | the whole front end, the op's context, stride and output type included, and digests |

Hashes are the first 16 hexadecimal digits of the SHA-256 of little-endian values, the frames one after another. Floats are written as
the hexadecimal digits of their bits. `tflm` is made on glibc 2.36, which defines it: the script refuses another.
"""

import hashlib
import importlib.metadata
import json
import pathlib
import platform
import random
import struct

import numpy as np

import reference
import serve
import signals

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEFAULTS = {
    "sample_rate": 16000, "window_size": 25, "window_step": 10, "num_channels": 32, "upper_band_limit": 7500.0, "lower_band_limit": 125.0,
    "smoothing_bits": 10, "even_smoothing": 0.025, "odd_smoothing": 0.06, "min_signal_remaining": 0.05, "enable_pcan": True,
    "pcan_strength": 0.95, "pcan_offset": 80.0, "gain_bits": 21, "enable_log": True, "scale_shift": 6,
}  # fmt: skip
SPECTRUM_TABLES = ["coefficients", "range", "freq_starts", "weight_starts", "widths", "weights", "unweights"]
SPECTRUM_STAGES = ["window", "shift", "fft", "energy", "sums", "filterbank"]
FEATURE_TABLES = ["smoothing", "gains", "snr_shift"]
FEATURE_STAGES = ["noise", "estimate", "pcan", "output"]
LIBRARIES = {dialect: reference.load(dialect) for dialect in ("tf", "tflm")}


def f32(value):
    return float(np.float32(value))


def bits(value):
    return struct.pack(">f", value).hex()


def digest(arrays, names):
    joined = b"".join(arrays[name].tobytes() for name in names if name in arrays)
    return hashlib.sha256(joined).hexdigest()[:16]


def head(what, columns):
    lines = [what, f"Made by runtime/frontend/reference/make_goldens.py on glibc {platform.libc_ver()[1]}; what the columns hold stands there."]
    for dialect, package in (("tf", "tensorflow-cpu"), ("tflm", "pymicro-features")):
        library = reference.glob.glob(reference.LIBRARIES[dialect])[0]
        sha = hashlib.sha256(pathlib.Path(library).read_bytes()).hexdigest()
        lines.append(f"{dialect}: {package} {importlib.metadata.version(package)}, {pathlib.Path(library).name} with SHA-256 {sha}")
    return "".join(f"# {line}\n" for line in [*lines, columns])


def write(path, text):
    path = ROOT / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(f"{path.relative_to(ROOT)}: {len(text)} bytes")


def spectrum_config(rng, small=False):
    """Window and filterbank of a random configuration within the op's meaning."""
    rate = 16000 if rng.random() < 0.5 else rng.choice([1000, 4000, 8000, 11025, 22050, 44100, 48000, 96000])
    draw = rng.random() * 0.3 + 0.4 if small else rng.random()
    samples = rng.randint(16, 128) if small else rng.randint(20000, 65536) if draw < 0.01 else rng.randint(2049, 20000) if draw < 0.06 else rng.randint(3, 64) if draw < 0.2 else rng.randint(65, 2048)
    if draw > 0.6:  # the window fills the FFT
        rate, samples = 16000, 16 << rng.randint(0, 3 if small else 7)
    size = -(-samples * 1000 // rate)
    if size * rate // 1000 > 65536:
        size -= 1
    size = max(size, -(-3000 // rate))
    step = size if rng.random() < 0.4 else rng.randint(max(1, size // 8), size)
    lower = 0.0 if rng.random() < 0.1 else f32(rate / 2 * 0.6 * rng.random() * rng.random())
    upper = f32(lower + (rate / 2 * 0.95 - lower) * (0.02 + 0.98 * rng.random()))
    return {"sample_rate": rate, "window_size": size, "window_step": step, "num_channels": rng.randint(1, 64), "lower_band_limit": lower, "upper_band_limit": upper}


def feature_config(rng, fft_size):
    """Noise reduction, PCAN and logarithm of a random configuration within the op's meaning."""
    correction = fft_size.bit_length() - 7
    fraction = lambda: rng.choice([0.0, 1.0]) if rng.random() < 0.15 else f32(rng.random() * rng.random())
    usual = rng.random() < 0.4
    return {
        "smoothing_bits": max(10, correction) if usual else rng.randint(max(0, correction), min(31, 30 + correction)),
        "even_smoothing": fraction(), "odd_smoothing": fraction(), "min_signal_remaining": fraction(),
        "enable_pcan": rng.random() < 0.8,
        "pcan_strength": rng.choice([0.0, 1.0, 2.0, -0.5]) if rng.random() < 0.1 else f32(1.5 * rng.random()),
        "pcan_offset": rng.choice([0.0, 1.0, 1e6]) if rng.random() < 0.1 else f32(200 * rng.random()),
        "gain_bits": max(21, correction + 12) if usual else rng.randint(max(8, correction + 12), 30),
        "enable_log": rng.random() < 0.8, "scale_shift": 6 if usual else rng.randint(0, 11),
    }  # fmt: skip


def signal(rng, size):
    kind = rng.choice(signals.KINDS + signals.KINDS[-3:] + 3 * signals.KINDS[-1:])
    length = size * rng.randint(1, 2 if size > 2048 else 4) + rng.randint(0, size // 2)
    # A flattened signal has to leave room for its rise at the ends of the window; the front end shifts it up to full scale.
    amplitude = (32768 >> rng.randint(2, 8)) - 1 if kind.startswith("flat") else 32768 >> rng.choice([0, 0, rng.randint(0, 14)])
    # A flattened turn of one of 32 frequencies falls on a bin, where its sum is greatest.
    return kind, length, amplitude, rng.getrandbits(5) << 27 if kind == "flat-turn" else rng.getrandbits(32)


def full(arrays, names):
    return "".join(f"  {name} {' '.join(map(str, arrays[name].tolist()))}\n" for name in names if name in arrays)


def spectra(dialect, seed, count, in_full):
    rng, lines = random.Random(seed), []
    while len(lines) < count:
        config = DEFAULTS | spectrum_config(rng, in_full)
        made = signal(rng, config["window_size"] * config["sample_rate"] // 1000)
        try:
            front_end = reference.Reference(LIBRARIES[dialect], config | {"enable_pcan": False})
        except reference.Refused:
            continue
        tables = front_end.tables()
        arrays = tables | front_end.stages(signals.samples(*made, tables["coefficients"]))
        front_end.free()
        numbers = [config[name] for name in ("sample_rate", "window_size", "window_step", "num_channels")]
        line = [dialect, *numbers, bits(config["lower_band_limit"]), bits(config["upper_band_limit"]), *made]
        if not in_full:
            line += [digest(arrays, SPECTRUM_TABLES), *(digest(arrays, [stage]) for stage in SPECTRUM_STAGES)]
        lines.append(" ".join(map(str, line)) + "\n" + (full(arrays, SPECTRUM_TABLES + SPECTRUM_STAGES) if in_full else ""))
    return "".join(lines)


def features(dialect, seed, count, in_full):
    rng, lines = random.Random(seed), []
    for _ in range(count):
        fft_size = 1 << rng.choice([*range(2, 17), *range(6, 12)])
        channels, frames, noise_seed = rng.randint(1, 6 if in_full else 40), rng.randint(1, 4 if in_full else 12), rng.getrandbits(32)
        back = feature_config(rng, fft_size)
        # A front half of that FFT size; what it would make is not looked at.
        front = {"sample_rate": 1000, "window_size": fft_size, "window_step": fft_size, "num_channels": channels, "lower_band_limit": 10.0, "upper_band_limit": 100.0}
        front_end = reference.Reference(LIBRARIES[dialect], DEFAULTS | front | back)
        arrays = front_end.tables() | front_end.filter_frames(signals.frames(frames, channels, noise_seed))
        front_end.free()
        values = [int(value) if isinstance(value, bool) else bits(value) if isinstance(value, float) else value for value in back.values()]
        line = [dialect, fft_size, channels, *values, frames, noise_seed]
        if not in_full:
            line += [digest(arrays, FEATURE_TABLES), *(digest(arrays, [stage]) for stage in FEATURE_STAGES)]
        lines.append(" ".join(map(str, line)) + "\n" + (full(arrays, FEATURE_TABLES + FEATURE_STAGES) if in_full else ""))
    return "".join(lines)


def front_end_digest(dialect, config, tables):
    """The digest of a front end, from its documentation (`FrontEndHasher`)."""
    sized = lambda value: struct.pack("<I", len(value)) + value
    field = lambda name, kind, value: sized(name.encode()) + kind + value
    text = lambda name, value: field(name, b"s", sized(value.encode()))
    unsigned = lambda name: field(name, b"u", struct.pack("<Q", config[name]))
    floating = lambda name: field(name, b"f", struct.pack("<f", config[name]))
    table = lambda name, values: field(name, b"i", struct.pack("<I", len(values)) + values.tobytes())
    front = sized(b"runeblocks.fft.v1") + text("dialect", dialect)
    front += b"".join(map(unsigned, ("sample_rate", "window_size", "window_step", "num_channels")))
    front += floating("upper_band_limit") + floating("lower_band_limit") + table("window", tables["coefficients"])
    front += b"".join(table(name, tables[name]) for name in SPECTRUM_TABLES[2:])
    back = sized(b"runeblocks.noise-filtering.v1") + field("input", b"b", sized(hashlib.sha256(front).digest()))
    back += unsigned("smoothing_bits") + floating("even_smoothing") + floating("odd_smoothing") + floating("min_signal_remaining")
    back += unsigned("enable_pcan") + floating("pcan_strength") + floating("pcan_offset") + unsigned("gain_bits")
    back += unsigned("enable_log") + unsigned("scale_shift") + table("gains", tables.get("gains", np.zeros(0, np.int16)))
    back += text("out_type", "uint16")
    return hashlib.sha256(back).hexdigest()


def front_ends(dialect, seed, count):
    """The whole front end: `tf` by the op itself, with context, stride and scale; `tflm` as a stream."""
    rng, lines = random.Random(seed), []
    presets = [{}, {"window_size": 30, "window_step": 20, "num_channels": 40}, {"window_size": 30, "num_channels": 40}]
    while len(lines) < count:
        preset = presets[len(lines)] if len(lines) < len(presets) else None
        config = dict(preset or spectrum_config(rng))
        whole = DEFAULTS | config
        size = whole["window_size"] * whole["sample_rate"] // 1000
        if preset is None:
            config |= feature_config(rng, 1 << (size - 1).bit_length())
            whole |= config
        made = signal(rng, size) if preset is None else ("noise", 16000, 9000, 7)
        try:
            front_end = reference.Reference(LIBRARIES[dialect], whole)
        except reference.Refused:
            continue
        tables = front_end.tables()
        samples = signals.samples(*made, tables["coefficients"])
        if dialect == "tf":
            if preset is None:
                config |= {
                    "left_context": rng.randint(0, 4), "right_context": rng.randint(0, 4), "frame_stride": rng.randint(1, 4),
                    "zero_padding": rng.random() < 0.5, "out_scale": rng.choice([1, 2, 3, 7, 25, 1000]), "out_type": rng.choice(["uint16", "float"]),
                }  # fmt: skip
            output = serve.op({"out_type": "uint16"} | config, samples)["features"]
        else:
            output = front_end.process(samples)
        front_end.free()
        line = {"dialect": dialect, "config": config, "signal": made, "digest": front_end_digest(dialect, whole, tables)}
        lines.append(json.dumps(line | {"values": output.size, "output": hashlib.sha256(output.tobytes()).hexdigest()[:16]}) + "\n")
    return "".join(lines)


def main():
    if platform.libc_ver() != ("glibc", "2.36"):
        raise SystemExit(f"tflm is defined by glibc 2.36; this is {' '.join(platform.libc_ver())}")
    window = "dialect sample_rate window_size window_step num_channels lower_band_limit upper_band_limit | kind length amplitude seed"
    back = f"dialect fft_size num_channels {' '.join(list(DEFAULTS)[6:])} | frames seed"
    both = lambda make, *arguments: "".join(make(dialect, *arguments) for dialect in LIBRARIES)
    write("proc-blocks/fft/tests/golden/spectra.txt", head("Spectra, by hash.", f"{window} | tables {' '.join(SPECTRUM_STAGES)}") + both(spectra, 1, 1100, False))
    write("proc-blocks/fft/tests/golden/spectra_full.txt", head("Spectra, in full.", window) + both(spectra, 2, 10, True))
    write("proc-blocks/noise-filtering/tests/golden/features.txt", head("Features, by hash.", f"{back} | tables {' '.join(FEATURE_STAGES)}") + both(features, 3, 1100, False))
    write("proc-blocks/noise-filtering/tests/golden/features_full.txt", head("Features, in full.", back) + both(features, 4, 10, True))
    write("runtime/frontend/tests/golden/frontend.txt", head("Whole front ends, by hash.", "a JSON object a line") + both(front_ends, 5, 200))


if __name__ == "__main__":
    main()
