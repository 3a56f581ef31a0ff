"""Threads, processes and memory."""

import multiprocessing
import resource
import sys
import threading
import time

import numpy
import pytest
import runeblocks
from cases import sound

CLIPS = numpy.stack([sound(seed=seed) for seed in range(16)])


def test_threads_share_a_block():
    fft, noise_filtering = runeblocks.Fft(), runeblocks.NoiseFiltering()
    expected = runeblocks.micro_frontend(CLIPS)
    wrong = []

    def work(seed):
        for turn in range(30):
            clip = (seed + turn) % len(CLIPS)
            length = 16000 - 1000 * (turn % 2)
            features = noise_filtering(fft(CLIPS[clip, :length]))
            if not numpy.array_equal(features, expected[clip, : len(features)]):
                wrong.append(clip)
            if turn % 10 == 0 and not numpy.array_equal(noise_filtering(fft(CLIPS)), expected):
                wrong.append("batch")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_threads_share_a_stream():
    """Pieces of zeros in any order: none is lost."""
    stream = runeblocks.Modulo(modulus=3).stream()
    found = []
    threads = [
        threading.Thread(target=lambda: found.extend(len(stream(CLIPS[0])) for _ in range(50))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [16000] * 400


def test_the_lock_is_released():
    """Another thread runs while a batch is processed, though none is made to let go of the lock."""
    batch = numpy.tile(CLIPS, (40, 1))
    begun, ended, seen = threading.Event(), threading.Event(), []

    def watch():
        begun.wait()
        while not ended.is_set():
            seen.append(None)
            time.sleep(1e-4)

    watcher = threading.Thread(target=watch)
    watcher.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        begun.set()
        runeblocks.micro_frontend(batch)
        count = len(seen)
    finally:
        sys.setswitchinterval(interval)
        ended.set()
    watcher.join()
    assert count > 0


def features(_):
    return numpy.asarray(runeblocks.NoiseFiltering()(runeblocks.Fft()(CLIPS))), runeblocks.micro_frontend(CLIPS)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_has_its_own_threads():
    expected = runeblocks.micro_frontend(CLIPS)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for results in pool.map_async(features, range(4)).get(timeout=60):
            for result in results:
                numpy.testing.assert_array_equal(result, expected)


def test_a_spawned_process():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (result,) = pool.map_async(runeblocks.Fft(num_channels=20), [CLIPS[0]]).get(timeout=60)
    numpy.testing.assert_array_equal(result, runeblocks.Fft(num_channels=20)(CLIPS[0]))
    assert result.facts == runeblocks.Fft(num_channels=20).infer(CLIPS[0])


def test_no_memory_is_lost():
    fft, label, stream = runeblocks.Fft(), runeblocks.Label(wordlist=["a", "b"]), runeblocks.Fft().stream()
    front_end, clip, indices = runeblocks.MicroFrontend(), CLIPS[0, :400], numpy.array([0, 1])
    wrong = clip.astype(numpy.int32)

    def work(calls):
        for call in range(calls):
            fft(clip), label(indices), stream(clip), runeblocks.micro_frontend(clip)
            front_end.process_samples(clip.tobytes())
            if call % 10 == 0:
                fft.num_channels = 20 + call % 7
                fft(CLIPS[:2, : 400 + call % 3])
                with pytest.raises(TypeError):
                    fft(wrong)

    work(2000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work(10_000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 4096, f"{grown} kB"
