//! A calibrated pipeline as files, beside those that it was made of.

use std::fs;
use std::path::{Path, PathBuf};

use runeblocks_graph::{Graph, Node, StageKind};
use runeblocks_io::FileError;
use runeblocks_io::output::{Output, Outputs, Prepared};

use crate::runefile::Changes;
use crate::{CalibrateError, Calibrated, Model, Rehearsal, SpotterError, Words};

/// The files of a calibrated pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The model.
    pub model: PathBuf,
    /// What the next calibration rehearses.
    pub rehearsal: PathBuf,
    /// The Runefile, which runs the model.
    pub runefile: PathBuf,
}

impl Saved {
    /// The files for a pipeline: named as those that it was made of, with `-suffix` before their endings.
    ///
    /// # Errors
    ///
    /// When the pipeline is not a [`Spotter`](crate::Spotter)'s.
    pub fn beside(runefile: &Path, graph: &Graph, suffix: &str) -> Result<Self, SpotterError> {
        let with = |path: &Path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let ending = path.extension().map_or(String::new(), |ending| format!(".{}", ending.to_string_lossy()));
            path.with_file_name(format!("{stem}-{suffix}{ending}"))
        };
        let model = with(Model::of(graph)?.path);
        Ok(Saved { rehearsal: Rehearsal::path(&model), model, runefile: with(runefile) })
    }

    /// Takes the paths for outputs.
    ///
    /// # Errors
    ///
    /// When one of them can't be written, as [`Outputs::claim`] says.
    pub fn claim(self, outputs: &mut Outputs) -> Result<Claimed, FileError> {
        let [model, rehearsal, runefile] =
            [&self.model, &self.rehearsal, &self.runefile].map(|path| outputs.claim(path, &[]));
        Ok(Claimed { model: model?, rehearsal: rehearsal?, runefile: runefile?, files: self })
    }
}

/// The files of a calibrated pipeline, ready to be written.
#[derive(Debug)]
pub struct Claimed {
    /// Their names.
    pub files: Saved,
    model: Output,
    rehearsal: Output,
    runefile: Output,
}

/// Every file that a pipeline is made of: those of its graph, and what is stored beside its models.
pub fn pipeline_files(graph: &Graph) -> impl Iterator<Item = PathBuf> {
    let rehearsal = |node: &Node| match node.kind() {
        StageKind::Model { path, .. } => Some(Rehearsal::path(path)),
        _ => None,
    };
    graph.files().iter().cloned().chain(graph.nodes().iter().filter_map(rehearsal))
}

impl Calibrated {
    /// Writes the files beside those of the pipeline, the Runefile that was calibrated and its graph. All are written before the
    /// first takes its place; where old ones are replaced, their Runefile goes first and the new one comes last, so that none
    /// runs a model that it does not belong to.
    ///
    /// # Errors
    ///
    /// When a file can't be written.
    pub fn save(&self, runefile: &Path, graph: &Graph, to: &Claimed) -> Result<(), CalibrateError> {
        let files = &to.files;
        let words = Words::find(graph).ok_or(SpotterError::NoWords)?;
        let text = fs::read_to_string(runefile).map_err(|error| FileError::Read(error).in_file(runefile))?;
        let folder = files.runefile.parent().unwrap_or(Path::new(""));
        let changes = Changes {
            model: words.scores.split('.').next().unwrap_or_default(),
            label: &words.label,
            file: files.model.strip_prefix(folder).unwrap_or(&files.model),
            words: &self.words,
            front_end: self.rehearsal.front_end,
        };
        let text = changes.write(&text)?;
        let rehearsal = self.rehearsal.to_bytes(&self.model)?;
        let contents =
            [(&to.model, self.model.bytes()), (&to.rehearsal, &rehearsal[..]), (&to.runefile, text.as_bytes())];
        let prepared = contents.map(|(output, content)| output.prepare(|file| file.write_all(content)));
        let [model, rehearsal, runefile] = prepared;
        let prepared = [model?, rehearsal?, runefile?];
        to.runefile.remove_old()?;
        Ok(prepared.into_iter().try_for_each(Prepared::commit)?)
    }
}
