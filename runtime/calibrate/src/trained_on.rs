//! Recordings that a model was trained on, known again by their samples, whatever file they are in.

use std::collections::BTreeSet;
use std::path::Path;

use runeblocks_graph::Graph;
use runeblocks_io::sound::Sound;
use sha2::{Digest, Sha256};

use crate::{Evaluation, Model, Rehearsal, Share};

/// The first eight bytes of the SHA-256 of the samples, which does not depend on the format, the name or the header of a file.
pub fn fingerprint(sound: &Sound) -> u64 {
    let mut hash = Sha256::new();
    for samples in sound.samples().chunks(4096) {
        hash.update(samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<_>>());
    }
    let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// The recordings that the model of a pipeline was trained on, as far as a rehearsal beside it tells.
pub(crate) fn trained_on(graph: &Graph) -> BTreeSet<u64> {
    let stored = |model: &Path| {
        let file = runeblocks_model::read(model).ok()?;
        // One that is damaged or another model's is the business of `calibrate`, which needs all of it.
        Rehearsal::read(model, &file, None).ok()?
    };
    Model::of(graph).ok().and_then(|model| stored(model.path)).map(|stored| stored.trained_on).unwrap_or_default()
}

impl Evaluation {
    /// Recordings that the model was trained on, of all, as far as the rehearsal beside it tells.
    pub fn trained_on(&self) -> Share {
        self.clips.iter().map(|scored| scored.trained_on).collect()
    }

    /// Recordings whose label was found, of those that the model was not trained on.
    pub fn unseen(&self) -> Share {
        self.share(|scored| !scored.trained_on)
    }

    /// What is to be said where the model was trained on recordings that it is measured on.
    pub fn trained_on_warning(&self) -> Option<String> {
        let Share { count, of } = self.trained_on();
        let others = match self.unseen() {
            unseen if unseen.of > 0 => format!("; accuracy on the others: {unseen}"),
            _ => String::new(),
        };
        (count > 0).then(|| {
            format!(
                "the model was trained on {count} of these {of} recordings, and what it finds in them says nothing of others{others}"
            )
        })
    }
}
