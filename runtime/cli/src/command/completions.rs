//! `completions`: command-line completion.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::terminal;

/// Print a script that completes commands and options in a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runeblocks completions bash > ~/.local/share/bash-completion/completions/runeblocks
  runeblocks completions zsh > ~/.zfunc/_runeblocks
  runeblocks completions fish > ~/.config/fish/completions/runeblocks.fish")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let mut command = crate::Cli::command();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "runeblocks", &mut script);
        terminal::print(String::from_utf8_lossy(&script))
    }
}
