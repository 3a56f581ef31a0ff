//! The commands, a module each.

pub mod blocks;
pub mod calibrate;
pub mod check;
pub mod completions;
pub mod eval;
pub mod features;
pub mod graph;
pub mod inspect;
pub mod model_info;
pub mod parity;
pub mod profile;
pub mod rehearse;
pub mod run;
pub mod schema;
pub mod version;
