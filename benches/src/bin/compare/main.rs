//! Holds the front end at every level against the C reference in the wheels, in one run.
//!
//! See `benches/README.md`.

#[cfg(target_os = "linux")]
mod contest;
#[cfg(target_os = "linux")]
mod reference;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    contest::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("error: the wheels' libraries are opened on Linux only");
    std::process::ExitCode::FAILURE
}
