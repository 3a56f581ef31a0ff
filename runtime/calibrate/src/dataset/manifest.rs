//! A manifest: CSV with a line for each recording.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use runeblocks_core::text::{equal, key, trimmed};
use runeblocks_io::file;

use super::{Clip, not_among};
use crate::DataError;

/// The recordings that a manifest lists, of one split where it is given, labels and names as they are written; and all files that it
/// names, with itself.
pub(super) fn read(path: &Path, split: Option<&str>) -> Result<(Vec<Clip>, Vec<PathBuf>), DataError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let manifest = |reason: String| DataError::Manifest { path: path.to_path_buf(), reason };
    let bytes = match file::stdin(path) {
        Some(bytes) => bytes.to_vec(),
        None => fs::read(path).map_err(|source| DataError::Read { path: path.to_path_buf(), source })?,
    };
    let text = str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
    let text = text.map_err(|_| manifest("it is no text in UTF-8, as a manifest is".to_owned()))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| manifest(error.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|column| equal(column, name));
    let missing = |name: &str| {
        let found: Vec<_> = header.iter().map(|column| format!("`{column}`")).collect();
        let commas = if header.len() == 1 { ", and commas are expected between columns" } else { "" };
        manifest(format!("line 1: there is no column `{name}`; the columns are {}{commas}", found.join(", ")))
    };
    let path_column = column("path").ok_or_else(|| missing("path"))?;
    let label_column = column("label").or_else(|| column("word")).ok_or_else(|| missing("label"))?;
    let split_column = column("split");
    if split.is_some() && split_column.is_none() {
        return Err(missing("split"));
    }
    let (word_column, speaker_column) = (column("word"), column("speaker"));
    let wanted = split.map(key);
    let (mut clips, mut files) = (Vec::new(), vec![path.to_path_buf()]);
    let mut splits = BTreeMap::new();
    let mut lines: HashMap<String, Vec<(u64, String)>> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| manifest(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default();
        let given = |at: Option<usize>| at.map(field).filter(|text| !trimmed(text).is_empty());
        let name = trimmed(field(path_column));
        // Two files may differ in how their names are composed alone.
        let path = |name: &str| file::find(&folder.join(name));
        let same = |other: &str| other == name || path(other) == path(name) || !path(name).exists();
        let equals = lines.entry(key(name)).or_default();
        if let Some((before, _)) = equals.iter().find(|(_, other)| !name.is_empty() && same(other)) {
            return Err(manifest(format!(
                "line {line}: `{name}` is listed before, on line {before}: keep one of the lines"
            )));
        }
        equals.push((line, name.to_owned()));
        files.push(folder.join(name));
        let of_split = given(split_column);
        if let Some(wanted) = &wanted {
            let found = of_split.map(key).unwrap_or_default();
            let is_wanted = found == *wanted;
            splits.entry(found).or_insert_with(|| trimmed(of_split.unwrap_or_default()).to_owned());
            if !is_wanted {
                continue;
            }
        }
        for (at, name) in [(path_column, "path"), (label_column, "label")] {
            if trimmed(field(at)).is_empty() {
                return Err(manifest(format!("line {line}, column {}: the {name} is empty", at + 1)));
            }
        }
        clips.push(Clip {
            path: folder.join(name),
            name: name.to_owned(),
            label: field(label_column).to_owned(),
            word: given(word_column).map(str::to_owned),
            speaker: given(speaker_column).map(str::to_owned),
            split: of_split.map(str::to_owned),
        });
    }
    match (split, wanted) {
        (Some(split), Some(wanted)) if !splits.contains_key(&wanted) => {
            let found: Vec<_> = splits.into_values().filter(|split| !split.is_empty()).collect();
            Err(manifest(format!("no line has the split `{split}`; {}", not_among(split, &found))))
        }
        _ => Ok((clips, files)),
    }
}
