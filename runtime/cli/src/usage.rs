//! What clap's own messages don't say about wrong usage.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// Adds a tip where a file of `run` stands without its option, or before the Runefile.
pub fn explain(mut error: Error) -> Error {
    if std::env::args_os().nth(1) != Some(OsString::from("run")) {
        return error;
    }
    let tip = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(file))) if !file.starts_with('-') => {
            let option = match file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).as_deref() {
                Some("wav") => "--sound",
                Some("csv") => "--acceleration",
                Some("png" | "jpg" | "jpeg") => "--image",
                _ => "--raw",
            };
            format!("a file follows the option of its input, as in `{option} {file}`")
        }
        (ErrorKind::MissingRequiredArgument, _) if std::env::args_os().len() > 2 => {
            "the Runefile comes first, before options that take any number of files".to_owned()
        }
        _ => return error,
    };
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    error
}
