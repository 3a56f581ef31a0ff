//! The front end over a batch of clips, on one thread and on all: `batch/avx2/1`. The times are for all clips.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;
use runeblocks_benches::{SAMPLE_RATE, preset, speech_like};
use runeblocks_frontend::{Batch, MicroFrontend};
use runeblocks_micro::{Dialect, Level};

/// How often the signal is in the batch: enough for work that outlasts the start of a thread.
const COPIES: usize = 32;

fn batches(criterion: &mut Criterion) {
    let clips = vec![speech_like(); COPIES];
    let clips: Vec<&[i16]> = clips.iter().flat_map(|clip| clip.chunks(SAMPLE_RATE as usize)).collect();
    let level = Level::choose().expect("the environment names a level");
    let mut front_end = MicroFrontend::with_level(&preset("micro_speech"), Dialect::Tf, level).expect("valid");
    let values = front_end.rows_of(SAMPLE_RATE as usize) * front_end.row_len();
    let mut expected = vec![0; clips.len() * values];
    for (clip, rows) in clips.iter().zip(expected.chunks_mut(values)) {
        front_end.process_clip_into(clip, rows).expect("the room is that of a clip");
    }
    let mut group = criterion.benchmark_group("batch");
    group.throughput(Throughput::Elements(clips.len() as u64));
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in if all > 1 { vec![1, all] } else { vec![1] } {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
        let batch = pool.install(|| Batch::new(&front_end));
        let mut rows = vec![0u16; expected.len()];
        let run = |rows: &mut [u16]| pool.install(|| batch.process(black_box(&clips), rows));
        run(&mut rows).expect("the room is that of all clips");
        assert!(rows == expected, "a batch over {threads} threads differs from the clips one by one");
        group.bench_function(format!("{level}/{threads}"), |b| b.iter(|| run(black_box(&mut rows))));
    }
    group.finish();
}

criterion_group!(benches, batches);
criterion_main!(benches);
