//! Why a graph cannot be run.

use runeblocks_core::BlockError;

/// Why a graph cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecError {
    /// A model is well formed, but no backend at hand can run it.
    #[error("the model of the stage `{stage}` ({place}) cannot be run here: {reason}")]
    Obstacle {
        /// The stage.
        stage: String,
        /// Where it stands: file, line and column.
        place: String,
        /// What stands against it.
        reason: String,
    },
    /// A name that is no input of the graph, or no output that is kept.
    #[error("there is no {what} `{name}`: {help}")]
    Unknown {
        /// `input` or `output`.
        what: &'static str,
        /// The name as it was given.
        name: String,
        /// The nearest and all valid names.
        help: String,
    },
    /// An input was not given, or given twice.
    #[error("the input `{name}` is given {found} times: expected once, with {expected}")]
    InputCount {
        /// The input's stage.
        name: String,
        /// How often it was given.
        found: usize,
        /// What it should hold.
        expected: String,
    },
    /// An input that the graph was not made for.
    #[error("the input `{name}` is {found}: expected {expected}")]
    Input {
        /// The input's stage.
        name: String,
        /// What was given.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A stage failed. Its state is not to be relied on before the next reset.
    #[error("the stage `{stage}` ({place}) failed: {source}")]
    Stage {
        /// The stage.
        stage: String,
        /// Where it stands: file, line and column.
        place: String,
        /// What happened.
        source: Box<BlockError>,
    },
    /// A saved state that is not one of this graph. Everything is then as after a reset.
    #[error("the saved state does not belong to this pipeline: {found}")]
    State {
        /// What was found and expected.
        found: String,
    },
}

impl ExecError {
    /// What to do, where there is more to say than the message does.
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Stage { source, .. } => source.help(),
            _ => None,
        }
    }
}
