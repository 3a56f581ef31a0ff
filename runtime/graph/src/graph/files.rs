//! Files that a Runefile names: resources and models.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use runeblocks_core::{file, text};

use super::Environment;
use crate::diagnostic::{Diagnostic, did_you_mean, list};
use crate::runefile::{ArgumentValue, Resource, ResourceKind, ResourceValue, Runefile, StageKind};
use crate::span::{Span, Spanned};

/// The longest text that is read.
pub(super) const MAX_TEXT_BYTES: u64 = 16 << 20;
/// The longest model that is read.
pub(super) const MAX_MODEL_BYTES: u64 = 1 << 30;

/// The content of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceContent {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A file, relative to the program's working folder.
    File(PathBuf),
}

fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let file = File::open(file::find(path)).map_err(|e| match e.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => e.to_string(),
    })?;
    let metadata = file.metadata().map_err(|e| e.to_string())?;
    if metadata.is_dir() {
        return Err("it is a folder".into());
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("it has more than {most} bytes"));
    }
    Ok(bytes)
}

pub(super) fn read_text(path: &Path, most: u64) -> Result<String, String> {
    decode(read_bytes(path, most)?)
}

/// The text of bytes in UTF-8.
fn decode(bytes: Vec<u8>) -> Result<String, String> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0);
    if is_utf16 {
        return Err("it is text in UTF-16 or no text at all: expected UTF-8; save it as UTF-8".into());
    }
    String::from_utf8(bytes).map_err(|e| {
        format!(
            "it is not UTF-8 text, byte {} is wrong: expected UTF-8; save it as UTF-8",
            e.utf8_error().valid_up_to()
        )
    })
}

/// The files that a Runefile names, and those that take the place of its resources, read or not.
pub(super) fn named(runefile: &Runefile, folder: &Path, environment: &Environment<'_>) -> Vec<PathBuf> {
    let of_resource = |resource: &Resource| match &resource.value {
        ResourceValue::Path(path) => Some(folder.join(&path.value)),
        ResourceValue::Inline(_) | ResourceValue::Invalid => None,
    };
    let of_stage = |kind: &StageKind| match kind {
        StageKind::Model { file, .. } => match &file.value {
            ArgumentValue::Literal(path) => path.texts().as_str().map(|path| folder.join(path)),
            _ => None,
        },
        _ => None,
    };
    let given = environment.resources.values().filter_map(|content| match content {
        ResourceContent::File(path) => Some(path.clone()),
        _ => None,
    });
    let resources = runefile.resources.iter().filter_map(of_resource);
    let models = runefile.stages.iter().filter_map(|stage| of_stage(&stage.kind));
    // Absolute: the program's working folder may be another when they are asked for.
    resources.chain(models).chain(given).filter_map(|path| std::path::absolute(path).ok()).collect()
}

/// The resources of a Runefile, read.
pub(super) struct Resources<'a> {
    by_name: HashMap<&'a str, &'a Resource>,
    /// By their names as they are compared.
    overrides: HashMap<String, &'a ResourceContent>,
    folder: &'a Path,
}

impl<'a> Resources<'a> {
    pub(super) fn new(
        runefile: &'a Runefile,
        folder: &'a Path,
        environment: &'a Environment<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let by_name: HashMap<_, _> = runefile.resources.iter().map(|r| (r.name.value.as_str(), r)).collect();
        let overrides: HashMap<_, _> =
            environment.resources.iter().map(|(name, content)| (text::key(name), content)).collect();
        let mut unknown: Vec<_> = overrides.keys().filter(|n| !by_name.contains_key(n.as_str())).collect();
        unknown.sort_unstable();
        for name in unknown {
            let names = runefile.resources.iter().map(|r| r.name.value.as_str());
            let mut diagnostic = Diagnostic::error(
                "unknown-resource",
                Span::default(),
                format!("a content is given for the resource `{name}`, which the Runefile does not have"),
            );
            diagnostic.labels.clear();
            diagnostic.help.extend(did_you_mean(name, names.clone()));
            diagnostics.push(diagnostic.help(format!("its resources: {}", list(names))));
        }
        let used: HashSet<&str> = runefile
            .stages
            .iter()
            .flat_map(|stage| {
                let model = if let StageKind::Model { file, .. } = &stage.kind { Some(&file.value) } else { None };
                stage.args.iter().map(|a| &a.value.value).chain(model)
            })
            .filter_map(|value| if let ArgumentValue::Resource(name) = value { Some(name.as_str()) } else { None })
            .collect();
        for resource in runefile.resources.iter().filter(|r| !used.contains(r.name.value.as_str())) {
            let name = &resource.name.value;
            diagnostics.push(
                Diagnostic::warning(
                    "unused-resource",
                    resource.name.span,
                    format!("nothing uses the resource `{name}`"),
                )
                .help(format!("write `${name}` where it is wanted, or remove it")),
            );
        }
        Self { by_name, overrides, folder }
    }

    fn find(&self, name: &str, at: Span) -> Result<&'a Resource, Box<Diagnostic>> {
        self.by_name.get(name).copied().ok_or_else(|| {
            let mut names: Vec<&str> = self.by_name.keys().copied().collect();
            names.sort_unstable();
            let mut diagnostic = Diagnostic::error("unknown-resource", at, format!("there is no resource `{name}`"));
            diagnostic.help.extend(did_you_mean(name, names.iter().copied()));
            let help = if names.is_empty() {
                format!("add `resources: {{ {name}: {{ path: … }} }}`")
            } else {
                format!("the resources are {}", list(names))
            };
            Box::new(diagnostic.help(help))
        })
    }

    /// The text of a resource; `None` where its error is reported with the resource itself.
    pub(super) fn text(&self, name: &str, at: Span) -> Result<Option<String>, Box<Diagnostic>> {
        let resource = self.find(name, at)?;
        if resource.kind == ResourceKind::Binary {
            return Err(Box::new(
                Diagnostic::error("resource", at, format!("the resource `{name}` is binary: expected a text"))
                    .label(resource.name.span, "the resource")
                    .help("write `type: string`"),
            ));
        }
        let (found, span) = match (self.overrides.get(name), &resource.value) {
            (Some(ResourceContent::Text(text)), _) => return Ok(Some(text.clone())),
            (Some(ResourceContent::Binary(bytes)), _) => (decode(bytes.clone()), resource.name.span),
            (Some(ResourceContent::File(path)), _) => (read_text(path, MAX_TEXT_BYTES), resource.name.span),
            (None, ResourceValue::Inline(text)) => return Ok(Some(text.value.clone())),
            (None, ResourceValue::Path(path)) => (read_text(&self.folder.join(&path.value), MAX_TEXT_BYTES), path.span),
            (None, ResourceValue::Invalid) => return Ok(None),
        };
        found.map(Some).map_err(|found| {
            Box::new(
                Diagnostic::error("unreadable-file", span, format!("cannot read the resource `{name}`: {found}"))
                    .help("paths are relative to the Runefile's folder"),
            )
        })
    }

    /// The bytes of a model's file, and its path; `None` where its error is reported with the resource itself.
    pub(super) fn model(&self, file: &Spanned<ArgumentValue>) -> Result<Option<(PathBuf, Vec<u8>)>, Box<Diagnostic>> {
        let unreadable = |path: &Path, span: Span, found: String| {
            Box::new(
                Diagnostic::error(
                    "unreadable-file",
                    span,
                    format!("cannot read the model `{}`: {found}", path.display()),
                )
                .help("paths are relative to the Runefile's folder"),
            )
        };
        let (path, span) = match &file.value {
            ArgumentValue::Literal(path) => (self.folder.join(path.texts().as_str().unwrap_or_default()), file.span),
            ArgumentValue::Resource(name) => {
                let resource = self.find(name, file.span)?;
                match (self.overrides.get(name), &resource.value) {
                    (Some(ResourceContent::Binary(bytes)), _) => return Ok(Some((name.into(), bytes.clone()))),
                    (Some(ResourceContent::Text(text)), _) => {
                        return Ok(Some((name.into(), text.clone().into_bytes())));
                    }
                    (Some(ResourceContent::File(path)), _) => (path.clone(), resource.name.span),
                    (None, ResourceValue::Path(path)) => (self.folder.join(&path.value), path.span),
                    (None, ResourceValue::Inline(text)) => {
                        return Ok(Some((name.into(), text.value.clone().into_bytes())));
                    }
                    (None, ResourceValue::Invalid) => return Ok(None),
                }
            }
        };
        let path = file::find(&path);
        read_bytes(&path, MAX_MODEL_BYTES).map_err(|found| unreadable(&path, span, found)).map(|b| Some((path, b)))
    }
}
