//! A calibrated pipeline as files, beside those that it was made of.

use std::fs;
use std::path::{Path, PathBuf};

use runeblocks_graph::Graph;
use runeblocks_io::FileError;
use runeblocks_io::file::Prepared;

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

    /// Makes sure that nothing would be replaced.
    ///
    /// # Errors
    ///
    /// When one of the files is there already.
    pub fn check_absent(&self) -> Result<(), CalibrateError> {
        let all = [&self.model, &self.rehearsal, &self.runefile];
        match all.into_iter().find(|path| path.symlink_metadata().is_ok()) {
            Some(path) => Err(CalibrateError::Exists { path: path.clone() }),
            None => Ok(()),
        }
    }
}

impl Calibrated {
    /// Writes the files beside those of the pipeline, the Runefile that was calibrated and its graph. All are written before the
    /// first takes its place; where old ones are replaced, their Runefile goes first and the new one comes last, so that none
    /// runs a model that it does not belong to.
    ///
    /// # Errors
    ///
    /// When a file can't be written.
    pub fn save(&self, runefile: &Path, graph: &Graph, files: &Saved) -> Result<(), CalibrateError> {
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
        let contents = [
            (&files.model, self.model.bytes()),
            (&files.rehearsal, &rehearsal[..]),
            (&files.runefile, text.as_bytes()),
        ];
        let prepared = contents.map(|(path, content)| Prepared::new(path, |file| file.write_all(content)));
        let [model, rehearsal, runefile] = prepared;
        let prepared = [model?, rehearsal?, runefile?];
        if files.runefile.is_file() {
            let removed = fs::canonicalize(&files.runefile).and_then(fs::remove_file);
            removed.map_err(|error| FileError::Write(error).in_file(&files.runefile))?;
        }
        Ok(prepared.into_iter().try_for_each(Prepared::commit)?)
    }
}
