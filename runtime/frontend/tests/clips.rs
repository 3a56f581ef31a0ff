//! Clips into slices: at every level, as rows, and by all threads.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

#[path = "support/config.rs"]
mod config;
#[path = "../../../proc-blocks/fft/tests/support/random.rs"]
mod random;
#[path = "../../../proc-blocks/fft/tests/support/signal.rs"]
mod signal;

use random::Random;
use runeblocks_core::{BlockError, BlockErrors};
use runeblocks_frontend::{Config, Dialect, Features, Level, MicroFrontend, OutType};
use runeblocks_micro::LEVEL_VARIABLE;

fn message(result: Result<(), BlockError>) -> String {
    BlockErrors::from(result.unwrap_err()).to_string()
}

/// Runs something that fills a slice of the configuration's type.
macro_rules! filled {
    ($out_type:expr, $values:expr, |$rows:ident| $fill:expr) => {
        match $out_type {
            OutType::Uint16 => {
                let mut values = vec![7u16; $values];
                let $rows = &mut values[..];
                $fill.unwrap();
                Features::Uint16(values)
            }
            OutType::Float => {
                let mut values = vec![7f32; $values];
                let $rows = &mut values[..];
                $fill.unwrap();
                Features::Float(values)
            }
        }
    };
}

/// Configurations of every kind, of both dialects, that have a meaning.
fn configs(count: usize) -> impl Iterator<Item = (Config, Dialect, Vec<i16>)> {
    let mut random = Random(11);
    let of = move || {
        let config = config::config_of_rows(&mut random);
        let dialect = random.pick(&[Dialect::Tf, Dialect::Tflm]);
        let frontend = MicroFrontend::with_level(&config, dialect, Level::Plain).ok()?;
        let size = frontend.spectrogram().window_size();
        let mut samples = random.signal(size).samples(frontend.spectrogram().coefficients());
        if random.once_in(8) {
            samples.truncate(size - 1);
        }
        Some((config, dialect, samples))
    };
    std::iter::repeat_with(of).flatten().take(count)
}

#[test]
fn a_slice_takes_what_a_clip_gives() {
    for (config, dialect, samples) in configs(100) {
        let mut plain = MicroFrontend::with_level(&config, dialect, Level::Plain).unwrap();
        let expected = plain.process_clip(&samples);
        for level in Level::available() {
            let mut frontend = MicroFrontend::with_level(&config, dialect, level).unwrap();
            // What an unfinished clip leaves has no effect.
            frontend.push(&samples[..samples.len() / 2]);
            let values = frontend.rows_of(0) * frontend.row_len();
            assert_eq!(values, 0, "nothing comes of no samples");
            frontend.reset();
            let values = frontend.rows_of(samples.len()) * frontend.row_len();
            frontend.push(&samples[..samples.len() / 3]);
            let found = filled!(config.out_type, values, |rows| frontend.process_clip_into(&samples, rows));
            assert!(found == expected, "at {level}: {config:?}");
            assert!(frontend.process_clip(&samples) == expected, "at {level}: {config:?}");
        }
    }
}

#[test]
fn other_slices_are_refused() {
    let samples = vec![100; 1000];
    let of = |out_type: OutType| {
        let config = Config { left_context: 1, out_type, ..Config::default() };
        MicroFrontend::new(&config, Dialect::Tf).unwrap()
    };
    let (mut whole, mut float) = (of(OutType::Uint16), of(OutType::Float));
    let found = [
        message(whole.process_clip_into(&samples, &mut [0u16; 4 * 64 - 1])),
        message(whole.process_clip_into(&samples, &mut [0u16; 4 * 64 + 1])),
        message(whole.process_clip_into(&samples, &mut [0f32; 4 * 64])),
        message(float.process_clip_into(&samples, &mut [0u16; 4 * 64])),
        message(float.process_clip_into(&[], &mut [0f32; 64])),
    ];
    let expected = [
        "the output was to hold 255 values of the type uint16: expected 4 rows of 64 values of the type uint16",
        "the output was to hold 257 values of the type uint16: expected 4 rows of 64 values of the type uint16",
        "the output was to hold 256 values of the type float: expected 4 rows of 64 values of the type uint16",
        "the output was to hold 256 values of the type uint16: expected 4 rows of 64 values of the type float",
        "the output was to hold 64 values of the type float: expected 0 rows of 64 values of the type float",
    ];
    assert_eq!(found, expected);
    assert_eq!(whole.process_clip_into(&samples, &mut [0u16; 4 * 64]), Ok(()));
    assert_eq!(float.process_clip_into::<f32>(&[], &mut []), Ok(()));
}

/// Holds the level that the environment forces, where it does and the machine has it.
#[test]
fn the_chosen_level_is_the_default() {
    let chosen = Level::choose().unwrap();
    let forced = std::env::var(LEVEL_VARIABLE).ok().and_then(|name| name.parse::<Level>().ok());
    if let Some(forced) = forced.filter(|level| level.is_available()) {
        assert_eq!(chosen, forced);
    }
    let of =
        |frontend: MicroFrontend| [frontend.level(), frontend.spectrogram().level(), frontend.noise_filter().level()];
    assert_eq!(of(MicroFrontend::new(&Config::default(), Dialect::Tf).unwrap()), [chosen; 3]);
    for level in Level::available() {
        assert_eq!(of(MicroFrontend::with_level(&Config::default(), Dialect::Tf, level).unwrap()), [level; 3]);
    }
}

#[test]
fn levels_that_the_machine_lacks_are_refused() {
    let available: Vec<&str> = Level::available().map(Level::name).collect();
    for level in Level::ALL.into_iter().filter(|level| !level.is_available()) {
        let found = MicroFrontend::with_level(&Config::default(), Dialect::Tf, level).map(|_| ());
        let expected = format!("this machine has no level {level} (take one of {})", available.join(", "));
        assert_eq!(message(found), expected);
    }
}

#[cfg(feature = "rayon")]
mod batch {
    use runeblocks_frontend::Batch;

    use super::*;

    /// Any type of output as floats, which hold 16 bits exactly.
    fn floats(features: Features) -> Vec<f32> {
        match features {
            Features::Uint16(values) => values.into_iter().map(f32::from).collect(),
            Features::Float(values) => values,
        }
    }

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// Clips of every length from none to the whole.
    fn clips(samples: &[i16], size: usize, count: usize) -> Vec<&[i16]> {
        let of =
            |n: usize| [0, size - 1, size, samples.len(), n * 7919 % (samples.len() + 1)][n % 5].min(samples.len());
        (0..count).map(|n| &samples[..of(n)]).collect()
    }

    #[test]
    fn gives_what_clips_give_one_by_one() {
        for threads in [1, 2, 4] {
            let pool = pool(threads);
            for (n, (config, dialect, samples)) in configs(30).enumerate() {
                for level in Level::available() {
                    let mut frontend = MicroFrontend::with_level(&config, dialect, level).unwrap();
                    let clips = clips(&samples, frontend.spectrogram().window_size(), n);
                    let rows: usize = clips.iter().map(|clip| frontend.rows_of(clip.len())).sum();
                    let values = rows * frontend.row_len();
                    let expected: Vec<f32> =
                        clips.iter().flat_map(|clip| floats(frontend.process_clip(clip))).collect();
                    frontend.push(&samples);
                    let batch = pool.install(|| Batch::new(&frontend));
                    for _ in 0..2 {
                        let found =
                            pool.install(|| filled!(config.out_type, values, |rows| batch.process(&clips, rows)));
                        assert!(floats(found) == expected, "{n} clips by {threads} threads at {level}: {config:?}");
                    }
                }
            }
        }
    }

    /// Threads that the pool of its making did not have share front ends.
    #[test]
    fn runs_in_any_pool() {
        let mut frontend = MicroFrontend::new(&Config::default(), Dialect::Tf).unwrap();
        let samples = vec![100; 2000];
        let clips = vec![&samples[..]; 20];
        let Features::Uint16(one) = frontend.process_clip(&samples) else { panic!("features are u16") };
        let batch = pool(1).install(|| Batch::new(&frontend));
        for found in
            [pool(4).install(|| process(&batch, &clips, 20 * one.len())), process(&batch, &clips, 20 * one.len())]
        {
            assert_eq!(found, one.repeat(20));
        }
    }

    fn process(batch: &Batch, clips: &[&[i16]], values: usize) -> Vec<u16> {
        let mut rows = vec![7; values];
        batch.process(clips, &mut rows).unwrap();
        rows
    }

    #[test]
    fn other_slices_are_refused() {
        let batch = Batch::new(&MicroFrontend::new(&Config::default(), Dialect::Tf).unwrap());
        let clips = [vec![0; 1000], vec![], vec![0; 399], vec![0; 400]];
        let found = [
            message(batch.process(&clips, &mut [0u16; 5 * 32 - 1])),
            message(batch.process(&clips, &mut [0f32; 5 * 32])),
            message(batch.process::<u16, Vec<i16>>(&[], &mut [0; 32])),
        ];
        let expected = [
            "the output was to hold 159 values of the type uint16: expected 5 rows of 32 values of the type uint16",
            "the output was to hold 160 values of the type float: expected 5 rows of 32 values of the type uint16",
            "the output was to hold 32 values of the type uint16: expected 0 rows of 32 values of the type uint16",
        ];
        assert_eq!(found, expected);
        assert_eq!(batch.process(&clips, &mut [0u16; 5 * 32]), Ok(()));
        assert_eq!(batch.process::<u16, Vec<i16>>(&[], &mut []), Ok(()));
    }
}
