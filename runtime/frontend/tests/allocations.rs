//! What is made once is all that is allocated.

use allocation_counter::measure;
use runeblocks_fft::Spectrogram;
use runeblocks_frontend::{Config, Dialect, Level, MicroFrontend};

fn samples(count: u32) -> Vec<i16> {
    (0..count).map(|n| (n.wrapping_mul(0x9e37_79b1) >> 16) as i16).collect()
}

/// The default, and context with a window that fills its FFT.
fn configs() -> [Config; 2] {
    let context = Config { window_size: 32, left_context: 2, right_context: 1, frame_stride: 2, ..Config::default() };
    [Config::default(), context]
}

#[test]
fn none_by_a_clip() {
    let samples = samples(16_000);
    for level in Level::available() {
        for config in configs() {
            let frontend = MicroFrontend::with_level(&config, Dialect::Tf, level).unwrap();
            let mut rows = vec![0u16; frontend.rows_of(samples.len()) * frontend.row_len()];
            assert!(!rows.is_empty());
            for (what, mut frontend) in [("clone", frontend.clone()), ("front end", frontend)] {
                let info = measure(|| frontend.process_clip_into(&samples, &mut rows).unwrap());
                assert_eq!(info.count_total, 0, "{what} at {level}");
            }
        }
    }
}

#[test]
fn none_by_a_stream() {
    let samples = samples(16_000);
    for level in Level::available() {
        let spectrogram = Spectrogram::with_level(Config::default().fft(Dialect::Tf), level).unwrap();
        for (what, mut spectrogram) in [("clone", spectrogram.clone()), ("spectrogram", spectrogram)] {
            let mut frames = 0;
            let info = measure(|| {
                for mut piece in samples.chunks(333) {
                    while spectrogram.push(&mut piece).is_some() {
                        frames += 1;
                    }
                }
            });
            assert_eq!((info.count_total, frames), (0, 98), "{what} at {level}");
        }
    }
}

/// On one thread, all of whose allocations are counted.
#[cfg(feature = "rayon")]
#[test]
fn none_by_a_batch() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let samples = samples(2000);
    for level in Level::available() {
        for config in configs() {
            let frontend = MicroFrontend::with_level(&config, Dialect::Tf, level).unwrap();
            let batch = pool.install(|| runeblocks_frontend::Batch::new(&frontend));
            for count in [1, 10, 20, 40] {
                let clips = vec![&samples[..]; count];
                let mut rows = vec![0u16; count * frontend.rows_of(samples.len()) * frontend.row_len()];
                let info = pool.install(|| measure(|| batch.process(&clips, &mut rows).unwrap()));
                assert_eq!(info.count_total, 0, "{count} clips at {level}");
            }
        }
    }
}
