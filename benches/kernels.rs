//! Every kernel of the front end at every level, and the whole of it: `front_end/avx2/micro_speech`, `fft/scalar/512`.
//! Times are for all frames of 20 s of speech-like sound.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use runeblocks_benches::kernels;
use runeblocks_micro::Level;

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

criterion_group!(benches, front_end);
criterion_main!(benches);
