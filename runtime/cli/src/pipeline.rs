//! Runefiles as graphs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use runeblocks_core::text;
use runeblocks_graph::{Diagnostics, Environment, Graph, ResourceContent};
use runeblocks_io::file;
use runeblocks_model::{Backend, Loader};

use crate::failure::{Exit, Failure};
use crate::models;
use crate::terminal::{Paint, say};

/// How a Runefile is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Runefile")]
pub struct PipelineOptions {
    /// Take this file for a resource of the Runefile, such as its model or its words
    #[arg(long, value_name = "NAME=FILE", value_parser = assignment)]
    resource: Vec<(String, String)>,
    /// Take this text for a resource of the Runefile
    #[arg(long, value_name = "NAME=TEXT", value_parser = assignment)]
    resource_text: Vec<(String, String)>,
    /// Let a model have features of another front end than it was trained on
    #[arg(long)]
    allow_other_front_end: bool,
    /// Run all models by this backend, whatever the Runefile names; `version` lists them
    #[arg(long, value_name = "NAME", value_parser = models::backend)]
    backend: Option<&'static dyn Backend>,
}

fn assignment(given: &str) -> Result<(String, String), String> {
    let (name, value) = given.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((text::key(text::trimmed(name).trim_start_matches('$')), value.to_owned()))
}

impl PipelineOptions {
    /// Calls `with` with what a graph is built with.
    ///
    /// # Errors
    ///
    /// When a resource is given twice.
    pub fn environment<T>(&self, with: impl FnOnce(&Environment<'_>) -> T) -> Result<T, Failure> {
        let registry = runeblocks_all::registry();
        let models = Loader { backend: self.backend };
        let mut environment = Environment::new(&registry, &models);
        environment.allow_other_front_end = self.allow_other_front_end;
        let file = |path: &String| match file::stdin(Path::new(path)) {
            Some(bytes) => ResourceContent::Binary(bytes.to_vec()),
            None => ResourceContent::File(PathBuf::from(path)),
        };
        let files = self.resource.iter().map(|(name, path)| (name, file(path)));
        let texts = self.resource_text.iter().map(|(name, text)| (name, ResourceContent::Text(text.clone())));
        let mut resources = BTreeMap::new();
        for (name, content) in files.chain(texts) {
            if resources.insert(name.clone(), content).is_some() {
                return Err(Failure::new(Exit::Usage, format!("the resource `{name}` is given twice"))
                    .help("give it once, by `--resource` or by `--resource-text`"));
            }
        }
        environment.resources = resources;
        Ok(with(&environment))
    }

    /// The graph of a Runefile; warnings are shown on stderr.
    pub fn load(&self, path: &Path) -> Result<Graph, Failure> {
        let graph = self.graph(path)?.map_err(|diagnostics| Failure::Diagnostics(Box::new(diagnostics)))?;
        if !graph.warnings().is_empty() {
            say(graph.warnings().render(Paint::stderr().colour()) + "\n");
        }
        Ok(graph)
    }

    /// All that is to be said of a Runefile.
    pub fn check(&self, path: &Path) -> Result<Diagnostics, Failure> {
        Ok(self.graph(path)?.map_or_else(|diagnostics| diagnostics, |graph| graph.findings()))
    }

    fn graph(&self, path: &Path) -> Result<Result<Graph, Diagnostics>, Failure> {
        let Some(bytes) = file::stdin(path) else {
            return self.environment(|environment| Graph::load(path, environment));
        };
        let text = str::from_utf8(bytes).map_err(|_| {
            Failure::new(Exit::Invalid, format!("{}: it is no text in UTF-8, as a Runefile is", path.display()))
        })?;
        let name = path.display().to_string();
        self.environment(|environment| Graph::from_text(&name, text, Path::new(""), environment))
    }
}
