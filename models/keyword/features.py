"""The features of every training clip and its variants, made once and kept in a file."""

import hashlib
import multiprocessing
from pathlib import Path

import numpy as np

import augment
import frontend


def make_variants(task):
    """u16[count, 49, 40] of one clip, itself first, from a generator seeded by its index."""
    seed, index, count, clip, label, noises = task
    rng, front_end = np.random.default_rng([seed, index]), frontend.FrontEnd()
    silent = augment.CLASSES[label] == "silence"
    others = (
        augment.silence(noises, rng) if silent else augment.variant(clip, noises, rng)
        for _ in range(count - 1)
    )
    return np.stack([front_end.features(c) for c in (clip, *others)])


def cached_variants(clips, noises, count, seed, cache, jobs):
    """The file of u16[clips, count, 49, 40] in the folder `cache`, made if it is not there."""
    digest = hashlib.sha256(f"{count} {seed}".encode() + clips.samples.tobytes() + clips.label.tobytes())
    for source in (__file__, augment.__file__, frontend.__file__):
        digest.update(Path(source).read_bytes())
    path = cache / f"features-{digest.hexdigest()[:16]}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        tasks = (
            (seed, index, count, clip, label, noises)
            for index, (clip, label) in enumerate(zip(clips.samples, clips.label))
        )
        with multiprocessing.Pool(jobs) as pool:
            features = np.stack(list(pool.imap(make_variants, tasks, chunksize=16)))
        with open(path.with_suffix(".part"), "wb") as file:
            np.save(file, features)
        path.with_suffix(".part").replace(path)
    return path
