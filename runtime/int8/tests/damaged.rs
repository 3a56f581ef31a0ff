//! Damaged models: any bytes give a program or an error, and take memory in proportion to the file.

#[path = "support/generate/mod.rs"]
mod generate;
#[path = "support/model.rs"]
mod model;
#[path = "support/random.rs"]
mod random;

use allocation_counter::measure;
use proptest::prelude::*;
use random::Random;
use runeblocks_int8::{Level, Options, Program, Rounding, fuzz_program};
use runeblocks_tflite::ModelFile;

/// A sound model of any operator.
fn sound(operator: usize, seed: u64) -> Vec<u8> {
    let operators: Vec<_> = generate::operators().collect();
    let (name, make) = operators[operator % operators.len()];
    make(&mut Random::of(name, seed)).model
}

/// Bytes that preparing a file may take at most: in proportion to the file, whatever shapes it declares.
fn allowance(file: &ModelFile) -> u64 {
    64 * file.bytes().len() as u64 + (1 << 20)
}

fn check(bytes: &[u8]) {
    if let Ok(file) = ModelFile::from_bytes(bytes.to_vec()) {
        for level in Level::available() {
            let info = measure(|| drop(Program::new(&file, Options { level, rounding: Rounding::Tflm })));
            assert!(info.bytes_max <= allowance(&file), "{} bytes were taken at {level}", info.bytes_max);
        }
    }
    fuzz_program(bytes);
}

/// The seeds of the fuzz target: the smallest of a few models of each operator. `RUNEBLOCKS_RENEW=1` writes them anew.
#[test]
fn seeds_of_the_fuzz_target() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/seeds/model"));
    if std::env::var_os("RUNEBLOCKS_RENEW").is_some() {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).unwrap();
        for (name, make) in generate::operators() {
            let models = (1..20).map(|seed| make(&mut Random::of(name, seed)).model);
            let smallest = models.min_by_key(Vec::len).unwrap();
            std::fs::write(folder.join(format!("{}.tflite", name.to_lowercase().replace(' ', "_"))), smallest).unwrap();
        }
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = ModelFile::from_bytes(std::fs::read(&path).unwrap()).unwrap();
        let program = Program::new(&file, Options { level: Level::Plain, rounding: Rounding::Tflm });
        assert!(program.is_ok(), "{}: {}", path.display(), program.unwrap_err());
    }
}

#[test]
fn sound_models_pass() {
    for operator in 0..generate::operators().count() {
        for seed in 0..8 {
            check(&sound(operator, seed));
        }
    }
}

#[test]
fn prefixes_are_refused() {
    for operator in 0..generate::operators().count() {
        let whole = sound(operator, 1);
        for length in (0..whole.len()).step_by(97) {
            ModelFile::from_bytes(whole[..length].to_vec()).unwrap_err();
        }
    }
}

/// A damaged scale of RSQRT's output, so great that its factor has no exponent.
#[test]
fn a_factor_beyond_its_bounds() {
    let (operator, seed, at) = (5_566_707_415_160_736_196, 11, 1_664_872_265_045_021_751_usize);
    let mut bytes = sound(operator, seed);
    let length = bytes.len();
    bytes[at % length] ^= 92;
    check(&bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Damage anywhere.
    #[test]
    fn flipped_bytes(
        operator in any::<usize>(),
        seed in 0..100_u64,
        flips in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = sound(operator, seed);
        let length = bytes.len();
        for (at, value) in flips {
            bytes[at % length] ^= value;
        }
        check(&bytes);
    }

    /// Another number where a small one stands: a shape, an index, an option, a begin or an axis.
    #[test]
    fn changed_numbers(
        operator in any::<usize>(),
        seed in 0..100_u64,
        places in prop::collection::vec(any::<usize>(), 1..4),
        value in prop::sample::select(vec![-1, 0, 1, 2, 3, 4, 7, 127, 128, 65_536, i32::MAX, i32::MIN, i32::MIN + 1]),
    ) {
        let mut bytes = sound(operator, seed);
        let small: Vec<usize> = (0..bytes.len() / 4)
            .map(|word| 4 * word)
            .filter(|&at| {
                let word = i32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
                (-8..64).contains(&word)
            })
            .collect();
        for place in places {
            let at = small[place % small.len()];
            bytes[at..at + 4].copy_from_slice(&i32::to_le_bytes(value));
        }
        check(&bytes);
    }
}
