//! Records the compiler and the target beside the figures, and lets the program `compare` open an extension of Python.

use std::{env, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let version = Command::new(rustc).arg("--version").output().expect("cargo has run it before").stdout;
    println!("cargo::rustc-env=RUNEBLOCKS_BENCHES_RUSTC={}", String::from_utf8_lossy(&version).trim());
    println!("cargo::rustc-env=RUNEBLOCKS_BENCHES_TARGET={}", env::var("TARGET").expect("cargo sets it"));
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        for symbol in ["PyExc_ValueError", "_Py_NoneStruct"] {
            println!("cargo::rustc-link-arg-bin=compare=-Wl,--export-dynamic-symbol={symbol}");
        }
    }
}
