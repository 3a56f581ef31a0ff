"""The features of training clips and their variants, made once and kept in a file."""

import hashlib
import multiprocessing
import os
from pathlib import Path

import numpy as np

import augment
import frontend
from clips import CLASSES

DEVICE, DECIBELS = 0, 1  # the views of a clip: what the device computes, and what only a teacher sees


def make_variants(task):
    """u16[2, count, 49, 40] of one clip, itself first, from a generator seeded by its index: DEVICE and DECIBELS."""
    seed, index, count, clip, label, noises = task
    rng = np.random.default_rng([seed, index])
    silent = CLASSES[label] == "silence"
    others = [
        augment.silence(noises, rng) if silent else augment.variant(clip, noises, rng)
        for _ in range(count - 1)
    ]
    samples = np.stack([clip, *others])
    return np.stack([frontend.features(samples), frontend.decibels(samples)])


def cached_variants(clips, noises, count, seed, cache, jobs):
    """The file of u16[clips, 2, count, 49, 40] in the folder `cache`, made if it is not there."""
    digest = hashlib.sha256(f"{count} {seed} {frontend.DIGESTS}".encode() + clips.samples.tobytes() + clips.label.tobytes())
    for noise in noises:
        digest.update(f"{len(noise)} ".encode() + noise.tobytes())
    for source in (__file__, augment.__file__, frontend.__file__):
        digest.update(Path(source).read_bytes())
    path = cache / f"features-{digest.hexdigest()[:16]}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        os.environ["RAYON_NUM_THREADS"] = "1"  # the processes are the parallelism
        tasks = (
            (seed, index, count, clip, label, noises)
            for index, (clip, label) in enumerate(zip(clips.samples, clips.label))
        )
        with multiprocessing.get_context("spawn").Pool(jobs) as pool:
            features = np.stack(list(pool.imap(make_variants, tasks, chunksize=16)))
        with open(path.with_suffix(".part"), "wb") as file:
            np.save(file, features)
        path.with_suffix(".part").replace(path)
    return path
