//! The arena is no larger than that of TensorFlow Lite Micro.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/run.rs"]
#[expect(dead_code, reason = "nothing is run")]
mod run;
#[path = "support/shared.rs"]
mod shared;

use runeblocks_int8::{Level, Rounding};

/// The bytes of its arena that TensorFlow Lite Micro has in use after an invocation, in all: `Arena allocation total` of
/// `print_allocations`, tflite-micro 0.dev20261023182759 on x86-64. A part of them is its own book-keeping: what it knows
/// of tensors and operators, and factors for each channel.
const TFLM: [(&str, usize); 14] = [
    ("models/keyword/keyword_int8", 20_624),
    ("models/keyword/keyword_float32", 69_032),
    ("models/gesture/gesture", 13_472),
    ("models/sine/sine", 1664),
    ("hotg_gesture/model", 16_320),
    ("hotg_microspeech/models/model_2021-05-12_f47a63a7", 7584),
    ("hotg_sine/sinemodel", 1536),
    ("mlcommons_kws/kws_ref_model", 24_272),
    ("tflm_hello_world/hello_world_float", 1536),
    ("tflm_hello_world/hello_world_int8", 1504),
    ("tflm_micro_speech/models/micro_speech_quantized", 7584),
    ("tflm_person_detection/person_detect", 85_264),
    ("wakeword/wheel_models/hey_mycroft", 21_728),
    ("wakeword/wheel_models/okay_nabu", 25_904),
];

/// At the level of microcontrollers. The others take scratch for speed, and what they take is printed.
#[test]
fn is_no_larger_than_that_of_tflm() {
    let shared = shared::shared_models();
    println!("TensorFlow Lite Micro's arena in bytes | at each level: arena + prepared beside it");
    for (name, tflm) in TFLM {
        let Some(bytes) = shared::read(name, shared.as_ref()) else { continue };
        print!("{name}: {tflm} |");
        for level in Level::available() {
            let program = run::program(&bytes, level, Rounding::Tflm).unwrap_or_else(|error| panic!("{name}: {error}"));
            let (arena, prepared) = (program.arena_bytes(), program.prepared_bytes());
            print!(" {level} {arena} + {prepared}");
            assert!(level > Level::Plain || arena <= tflm, "{name}: {arena} bytes, TensorFlow Lite Micro's has {tflm}");
        }
        println!();
    }
}
