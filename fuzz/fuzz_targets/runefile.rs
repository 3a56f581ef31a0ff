//! Any text is a Runefile or a list of findings.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| runeblocks_graph::fuzzing::runefile(text));
