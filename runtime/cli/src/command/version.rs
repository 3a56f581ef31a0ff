//! `version`: what this build is and can do.

use clap::Args;
use runeblocks_frontend::{Dialect, Level};
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::terminal;

/// Print the version of the program, its dialects, the level of its kernels, and its model backends
#[derive(Debug, Args)]
pub struct Version {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The dialects, and the reference that each agrees with.
const DIALECTS: [(Dialect, &str); 2] =
    [(Dialect::Tf, "TensorFlow's op audio_microfrontend"), (Dialect::Tflm, "TensorFlow Lite Micro, pymicro-features")];

impl Version {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let version = env!("CARGO_PKG_VERSION");
        let backends: Vec<_> = runeblocks_model::backends().iter().map(|backend| backend.name()).collect();
        let level = Level::choose().map_err(|error| Failure::block(Exit::Usage, &error))?;
        if self.json {
            let dialects: serde_json::Map<_, _> =
                DIALECTS.iter().map(|(dialect, reference)| (dialect.to_string(), (*reference).into())).collect();
            return terminal::print_json(&json!({
                "version": version,
                "runefile_versions": [1, 2],
                "dialects": dialects,
                "level": level.name(),
                "backends": backends,
            }));
        }
        let dialects = DIALECTS.map(|(dialect, reference)| format!("{dialect} ({reference})"));
        let backends = if backends.is_empty() { "none".to_owned() } else { backends.join(", ") };
        terminal::print(format_args!(
            "runeblocks {version}\nRunefiles   versions 1 and 2\ndialects    {}\nkernels     {level}\nbackends    {backends}\n",
            dialects.join(",\n            ")
        ))
    }
}
