//! What the references gave (`reference/make_goldens.py`), without Python: for `tf` TensorFlow's op itself, with
//! context, stride and output type.

#[expect(dead_code, reason = "the lines of this golden are JSON")]
#[path = "../../../proc-blocks/fft/tests/support/golden.rs"]
mod golden;
#[path = "../../../proc-blocks/fft/tests/support/signal.rs"]
mod signal;

use golden::{hash, lines};
use runeblocks_frontend::{Config, Dialect, Features, Level, MicroFrontend};
use serde_json::Value;
use signal::Signal;

#[test]
fn whole_front_ends() {
    let mut count = 0;
    for line in lines(include_str!("golden/frontend.txt")) {
        let golden: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| golden[name].as_str().unwrap();
        let dialect: Dialect = text("dialect").parse().unwrap();
        let config: Config = serde_json::from_value(golden["config"].clone()).unwrap();
        let number = |place: usize| golden["signal"][place].as_u64().unwrap();
        let signal = Signal {
            kind: golden["signal"][0].as_str().unwrap().to_owned(),
            length: number(1) as usize,
            amplitude: number(2) as i64,
            seed: number(3) as u32,
        };
        for level in Level::available() {
            let mut frontend = MicroFrontend::with_level(&config, dialect, level).unwrap();
            let samples = signal.samples(frontend.spectrogram().coefficients());
            let (values, bytes): (usize, Vec<u8>) = match frontend.process_clip(&samples) {
                Features::Uint16(values) => {
                    (values.len(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
                }
                Features::Float(values) => {
                    (values.len(), values.iter().flat_map(|value| value.to_le_bytes()).collect())
                }
            };
            assert_eq!(values as u64, golden["values"].as_u64().unwrap(), "values at {level} of {line}");
            assert_eq!(values, frontend.rows_of(samples.len()) * frontend.row_len(), "rows at {level} of {line}");
            assert_eq!(hash(&bytes), text("output"), "output at {level} of {line}");
            assert_eq!(frontend.digest().to_string(), text("digest"), "digest at {level} of {line}");
        }
        count += 1;
    }
    assert_eq!(count, 400);
}
