//! `info.labels`, in which Edge Impulse writes what it exports.
//!
//! The format: <https://docs.edgeimpulse.com/tools/specifications/data-annotation/ei-labels>.

use std::collections::HashMap;
use std::path::PathBuf;

use runeblocks_core::text;
use runeblocks_io::file;
use runeblocks_io::sound::is_sound;
use serde::Deserialize;

use super::notes::Reason;
use super::scan::{Folder, Found, INFO_LABELS, Scan};
use crate::DataError;

#[derive(Deserialize)]
struct Info {
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
    category: Option<String>,
    label: Option<Label>,
}

#[derive(Deserialize)]
struct Label {
    #[serde(rename = "type")]
    kind: String,
    label: Option<String>,
}

/// The recordings that the file of a folder lists; others in the folder are left out.
pub(super) fn read(folder: &Folder, split: Option<&String>, scan: &mut Scan) -> Result<(), DataError> {
    let path = file::find(&folder.path.join(INFO_LABELS));
    scan.lists.push(path.clone());
    let bytes = file::read(&path).map_err(DataError::File)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let Info { files } = serde_json::from_slice(bytes).map_err(|error| DataError::Manifest {
        path: path.clone(),
        reason: format!(
            "it is not as Edge Impulse exports it ({error}); expected is \
             {{\"files\": [{{\"path\": …, \"category\": …, \"label\": {{\"type\": \"label\", \"label\": …}}}}]}}"
        ),
    })?;
    let mut unlisted: HashMap<PathBuf, String> =
        folder.sounds().into_iter().map(|(name, path)| (path.to_path_buf(), name)).collect();
    let mut listed = HashMap::new();
    for (at, Listed { path: name, category, label }) in files.into_iter().enumerate() {
        let within =
            |name: &str| if folder.within.is_empty() { name.to_owned() } else { format!("{}/{name}", folder.within) };
        let shown = within(&name);
        // A name alone lies in the folder of its category.
        let direct = file::find(&folder.path.join(&name));
        let found = match &category {
            Some(category) if !direct.exists() => file::find(&folder.path.join(category).join(&name)),
            _ => direct.clone(),
        };
        let found = if found.exists() { found } else { direct };
        unlisted.remove(&found);
        if let Some(before) = listed.insert(found.clone(), at) {
            return Err(DataError::Manifest {
                path,
                reason: format!("files[{at}]: `{name}` is listed before, as files[{before}]: keep one of them"),
            });
        }
        if !is_sound(&found) {
            let ending = found.extension().map_or(String::new(), |ending| ending.to_string_lossy().to_lowercase());
            // What lies in the folder has been counted when it was walked through.
            if !found.exists() {
                scan.notes.leave(Reason::Format(ending), shown);
            }
            continue;
        }
        let label = match label {
            Some(Label { kind, .. }) if kind == "multi-label" => Err(Reason::Several),
            Some(Label { label: Some(label), .. }) if !text::trimmed(&label).is_empty() => Ok(label),
            _ => Err(Reason::Unlabelled),
        };
        let speaker = name.rsplit('/').next().and_then(|name| name.split_once("_nohash_"));
        scan.found.push(Found {
            path: found,
            name: shown,
            label,
            speaker: speaker.map(|(speaker, _)| speaker.to_owned()),
            split: category.or_else(|| split.cloned()),
        });
    }
    let mut unlisted: Vec<_> = unlisted.into_values().collect();
    unlisted.sort();
    unlisted.into_iter().for_each(|name| scan.notes.leave(Reason::Unlisted, name));
    Ok(())
}
