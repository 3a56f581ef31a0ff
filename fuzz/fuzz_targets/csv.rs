//! Any text is a table or an error.

#![no_main]

use runeblocks_io::table::Table;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(table) = Table::<f32>::parse(text) {
        assert!(table.values().iter().all(|value| value.is_finite()));
    }
    let _ = Table::<f64>::parse(text);
});
