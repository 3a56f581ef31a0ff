//! A calibrated pipeline as files, beside those that it was made of.

use std::fs;
use std::path::{Path, PathBuf};

use runeblocks_graph::Graph;
use runeblocks_io::FileError;
use runeblocks_io::file::write_atomically;

use crate::{CalibrateError, Calibrated, Model, Rehearsal, SpotterError, Words, runefile};

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
        match all.into_iter().find(|path| path.exists()) {
            Some(path) => Err(CalibrateError::Exists { path: path.clone() }),
            None => Ok(()),
        }
    }
}

impl Calibrated {
    /// Writes the files, each whole or not at all, the Runefile last. `runefile` is the one that was calibrated.
    ///
    /// # Errors
    ///
    /// When a file can't be written.
    pub fn save(&self, runefile: &Path, graph: &Graph, files: &Saved) -> Result<(), CalibrateError> {
        let words = Words::find(graph).ok_or(SpotterError::NoWords)?;
        let text = fs::read_to_string(runefile).map_err(|error| FileError::Read(error).in_file(runefile))?;
        let stage = words.scores.split('.').next().unwrap_or_default();
        let name = files.model.file_name().unwrap_or_default().to_string_lossy();
        let text = runefile::rewrite(&text, stage, &words.label, &name, &self.words).ok_or(SpotterError::NoWords)?;
        let rehearsal = self.rehearsal.to_bytes(&self.model)?;
        write_atomically(&files.model, |file| file.write_all(self.model.bytes()))?;
        write_atomically(&files.rehearsal, |file| file.write_all(&rehearsal))?;
        write_atomically(&files.runefile, |file| file.write_all(text.as_bytes()))?;
        Ok(())
    }
}
