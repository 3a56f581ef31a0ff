//! What was measured, as pictures, tables and a page to read.

mod audio;
mod clips;
mod confusion;
mod det;
mod html;
mod mistakes;
mod svg;

use std::path::Path;

use runeblocks_graph::Graph;

use crate::{Evaluation, Options, SpotterError};

/// An [`Evaluation`] and what it is of, to be written as a page.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The pipeline that was measured.
    pub graph: &'a Graph,
    /// What was found.
    pub evaluation: &'a Evaluation,
    /// The Runefile.
    pub runefile: &'a Path,
    /// The folder or the manifest of the recordings.
    pub data: &'a Path,
    /// The split of the manifest.
    pub split: Option<&'a str>,
    /// How the recordings were read.
    pub options: Options,
    /// The share of the recordings without a word that may be taken for one, for which the threshold is told.
    pub false_accepts: f64,
}

impl Report<'_> {
    /// The page: HTML with its pictures, recordings and style in it, which needs no network and no script.
    ///
    /// The worst mistakes are run again, for the picture of what the model was given. It is left out where the scores are
    /// not those of a model with one input, or this input has more than two axes; recordings are left out where they would
    /// make the page greater than about 3 MB.
    ///
    /// # Errors
    ///
    /// When the pipeline can't be run again.
    pub fn to_html(&self) -> Result<String, SpotterError> {
        html::page(self)
    }
}
