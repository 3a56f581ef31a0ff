//! Embeddings of recordings that a model was made with, kept so that it can be trained anew without forgetting.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use runeblocks_core::Digest;
use runeblocks_io::file;
use runeblocks_model::ModelFile;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use serde::{Deserialize, Serialize};

use crate::CalibrateError;

/// Embeddings with their labels, of recordings that a model knows.
///
/// They travel beside the model, as `model.rehearsal.safetensors` beside `model.tflite`: a tensor `embeddings` (`i8`,
/// `[recordings, width]`), a tensor `labels` (`u16`, `[recordings]`: places in the list of labels), a tensor `trained_on`
/// (`u64`: [fingerprints](crate::fingerprint()) of recordings that the model was trained on), and in the header's
/// metadata, under `rehearsal`, a JSON object with the list of `labels`, the SHA-256 of the `model`, and the digest of the
/// `front_end` (null where it has none).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rehearsal {
    /// The labels.
    pub labels: Vec<String>,
    /// The front end behind the embeddings, where it has a digest.
    pub front_end: Option<Digest>,
    /// Each embedding with the place of its label.
    pub embeddings: Vec<(Vec<i8>, usize)>,
    /// The fingerprints of the recordings that the model was trained on, also of those that have no embedding here.
    pub trained_on: BTreeSet<u64>,
}

/// What the file says beside its tensors.
#[derive(Deserialize, Serialize)]
struct About {
    labels: Vec<String>,
    model: String,
    front_end: Option<Digest>,
}

impl Rehearsal {
    /// The file beside a model.
    pub fn path(model: &Path) -> PathBuf {
        model.with_extension("rehearsal.safetensors")
    }

    /// Reads the file beside a model; `None` where there is none. `front_end` is the one that feeds the model now.
    ///
    /// # Errors
    ///
    /// When the file can't be read, is damaged, or belongs to another model or another front end.
    pub fn read(model: &Path, file: &ModelFile, front_end: Option<Digest>) -> Result<Option<Self>, CalibrateError> {
        let path = Self::path(model);
        if !path.exists() {
            return Ok(None);
        }
        let refuse = |reason: String| CalibrateError::Rehearsal { path: path.clone(), reason };
        let found = Self::parse(&file::read(&path)?, &Digest(file.sha256).to_string()).map_err(refuse)?;
        match (found.front_end, front_end) {
            (Some(stored), Some(now)) if stored != now => Err(refuse(format!(
                "it was made with the front end {stored}, and the model here is fed by {now}, so it would mislead: make it \
                 anew by `runeblocks rehearse`, or remove it and record `silence` and `unknown` too"
            ))),
            _ => Ok(Some(found)),
        }
    }

    /// Reads the content of the file beside the model with this SHA-256.
    ///
    /// # Errors
    ///
    /// What is wrong, and what to do, when it is damaged or belongs to another model.
    pub fn parse(bytes: &[u8], model: &str) -> Result<Self, String> {
        let damaged = |what: &str| format!("it is damaged: {what}; take it from where the model comes from");
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error.to_string()))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error.to_string()))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let about = metadata.get("rehearsal").and_then(|about| serde_json::from_str(about).ok());
        let About { labels, model: found, front_end } =
            about.ok_or_else(|| damaged("its metadata has no sound `rehearsal`"))?;
        if found != model {
            return Err(format!(
                "it belongs to the model with the SHA-256 {found}, and the model here has {model}; \
                 put the one beside the other that it was made for, or remove it"
            ));
        }
        let tensor = |name: &str, dtype: Dtype| {
            let tensor = tensors.tensor(name).ok().filter(|tensor| tensor.dtype() == dtype);
            tensor.ok_or_else(|| damaged(&format!("it has no tensor `{name}` of {dtype}")))
        };
        let (embeddings, places) = (tensor("embeddings", Dtype::I8)?, tensor("labels", Dtype::U16)?);
        let trained_on = tensor("trained_on", Dtype::U64)?.data().as_chunks().0;
        let trained_on = trained_on.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let &[count, width] = embeddings.shape() else { return Err(damaged("`embeddings` has not two axes")) };
        if places.shape() != [count] || width == 0 {
            return Err(damaged(&format!("{count} embeddings of {width} have labels of shape {:?}", places.shape())));
        }
        let places = places.data().chunks_exact(2).map(|bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
        let rows = embeddings.data().chunks_exact(width).map(|row| row.iter().map(|&byte| byte as i8).collect());
        let embeddings: Vec<(Vec<i8>, usize)> = rows.zip(places).collect();
        match embeddings.iter().find(|(_, label)| *label >= labels.len()) {
            Some((_, label)) => Err(damaged(&format!("the label {label} is none of {}", labels.len()))),
            None => Ok(Rehearsal { labels, front_end, embeddings, trained_on }),
        }
    }

    /// The content of the file beside a model.
    ///
    /// # Errors
    ///
    /// When there are more labels than the file can tell apart.
    pub fn to_bytes(&self, model: &ModelFile) -> Result<Vec<u8>, CalibrateError> {
        let width = self.embeddings.first().map_or(0, |(embedding, _)| embedding.len());
        let embeddings: Vec<u8> = self.embeddings.iter().flat_map(|(row, _)| row.iter().map(|&e| e as u8)).collect();
        let places: Vec<u8> = self.embeddings.iter().flat_map(|(_, label)| (*label as u16).to_le_bytes()).collect();
        let trained_on: Vec<u8> = self.trained_on.iter().flat_map(|fingerprint| fingerprint.to_le_bytes()).collect();
        let failed = |error: safetensors::SafeTensorError| CalibrateError::Rehearsal {
            path: PathBuf::new(),
            reason: error.to_string(),
        };
        let count = self.embeddings.len();
        let tensors = [
            ("embeddings", TensorView::new(Dtype::I8, vec![count, width], &embeddings).map_err(failed)?),
            ("labels", TensorView::new(Dtype::U16, vec![count], &places).map_err(failed)?),
            ("trained_on", TensorView::new(Dtype::U64, vec![self.trained_on.len()], &trained_on).map_err(failed)?),
        ];
        let about =
            About { labels: self.labels.clone(), model: Digest(model.sha256).to_string(), front_end: self.front_end };
        let about = serde_json::to_string(&about).unwrap_or_default();
        let metadata = HashMap::from([("rehearsal".to_owned(), about)]);
        serialize(tensors, Some(metadata)).map_err(failed)
    }
}
