//! Every kernel of the front end at every level, and the whole of it: `front_end/avx2/micro_speech`, `fft/scalar/512`.
//! Times are for all frames of 20 s of speech-like sound; those of `construction` for one front end.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use runeblocks_benches::{kernels, preset};
use runeblocks_frontend::MicroFrontend;
use runeblocks_micro::{Dialect, Level};

fn front_end(criterion: &mut Criterion) {
    for level in Level::available() {
        for mut kernel in kernels(level) {
            let mut group = criterion.benchmark_group(kernel.name);
            group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
            group.throughput(Throughput::Elements(kernel.frames as u64));
            group.bench_function(format!("{level}/{}", kernel.config), |b| b.iter(|| kernel.run()));
            group.finish();
        }
    }
}

/// Tables, and a clone that shares them.
fn construction(criterion: &mut Criterion) {
    let config = preset("micro_speech");
    let mut group = criterion.benchmark_group("construction");
    for level in Level::available() {
        let new = || MicroFrontend::with_level(&config, Dialect::Tf, level).expect("the preset is valid");
        group.bench_function(format!("{level}/new"), |b| b.iter(new));
        let front_end = new();
        group.bench_function(format!("{level}/clone"), |b| b.iter(|| front_end.clone()));
    }
    group.finish();
}

criterion_group!(benches, front_end, construction);
criterion_main!(benches);
