//! What is written: never over what was read, whole or not at all.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use runeblocks_core::Tensor;
use runeblocks_io::output::{Output, Outputs};
use runeblocks_io::{FileError, npy};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn claim(path: &Path, overwrite: bool) -> Result<Output, FileError> {
    Outputs::new(overwrite).claim(path, &[])
}

fn write(path: &Path, overwrite: bool, text: &str) -> Result<(), FileError> {
    claim(path, overwrite)?.write(|file| file.write_all(text.as_bytes()))
}

/// The text of an error, without the path that it is about.
fn said<T: std::fmt::Debug>(result: Result<T, FileError>) -> String {
    result.unwrap_err().cause().to_string()
}

#[test]
fn a_file_is_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    let tensor = Tensor::from(vec![1u32, 2, 3]);
    for overwrite in [false, true] {
        claim(&path, overwrite).unwrap().write(|file| npy::encode(&tensor.view(), file)).unwrap();
    }
    assert_eq!(npy::read(&path).unwrap(), tensor);
    assert_eq!(names(folder.path()), ["a.npy"]);
}

#[test]
fn a_failure_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept");
    fs::write(&path, "before").unwrap();
    let error = claim(&path, true)
        .unwrap()
        .write(|writer| {
            writer.write_all(b"half")?;
            Err(io::Error::other("the disk is full"))
        })
        .unwrap_err();
    assert_eq!(error.to_string(), format!("{}: it cannot be written: the disk is full", path.display()));
    drop(claim(&path, true).unwrap().prepare(|file| file.write_all(b"after")).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(names(folder.path()), ["kept"]);
}

#[test]
fn what_came_meanwhile_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let output = claim(&path, false).unwrap();
    let prepared = output.prepare(|file| file.write_all(b"ours")).unwrap();
    fs::write(&path, "theirs").unwrap();
    assert!(matches!(prepared.commit().unwrap_err().cause(), FileError::Exists));
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path()).len()), ("theirs", 1));
}

#[test]
fn places_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("file"), "").unwrap();
    fs::create_dir(at("sub")).unwrap();
    let is_folder = "it is the name of a folder; add the name of a file";
    for name in ["sub", "sub/", "new/", "sub/.", "sub/..", "", "file/"] {
        assert_eq!(said(claim(&at(name), true)), is_folder, "{name}");
    }
    let none = format!("there is no folder {}; make the folder first", at("no/such").display());
    assert_eq!(said(claim(&at("no/such/a"), true)), none);
    let file = format!("{} is no folder; choose another one", at("file").display());
    assert_eq!(said(claim(&at("file/a"), true)), file);
    assert_eq!(said(Outputs::new(true).claim_in(&at("file"), "a", &[])), file);
    assert_eq!(said(Outputs::new(true).claim_in(&at("file/new"), "a", &[])), file);
    assert_eq!(names(folder.path()), ["file", "sub"]);

    let output = Outputs::new(false).claim_in(&at("new/er"), "a", &[]).unwrap();
    assert_eq!(names(folder.path()), ["file", "sub"], "nothing is made before it is written");
    output.write(|file| file.write_all(b"x")).unwrap();
    assert_eq!(fs::read(at("new/er/a")).unwrap(), b"x");
}

#[test]
fn the_ending_fits_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let form = |name: &str, forms: &[&'static str]| {
        Outputs::new(false).claim(&folder.path().join(name), forms).map(|output| output.form())
    };
    assert_eq!(form("a.svg", &["dot", "svg"]).unwrap(), "svg");
    assert_eq!(form("a.b.SVG", &["dot", "svg"]).unwrap(), "svg");
    assert_eq!(form("any", &[]).unwrap(), "");
    assert_eq!(
        said(form("a.png", &["dot", "gv", "svg"])),
        "its name ends in .png, which is no form of what is written; choose a name that ends in .dot, .gv or .svg"
    );
    assert_eq!(said(form("svg", &["svg"])), "its name has no ending; choose a name that ends in .svg");
    assert_eq!(said(form(".svg", &["dot", "svg"])), "its name has no ending; choose a name that ends in .dot or .svg");
}

#[test]
fn one_output_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("there"), "").unwrap();
    fs::hard_link(at("there"), at("link")).unwrap();
    fs::create_dir(at("sub")).unwrap();
    for [first, second] in [["a", "a"], ["a", "sub/../a"], ["u\u{308}", "\u{fc}"], ["there", "link"]] {
        let mut outputs = Outputs::new(true);
        outputs.claim(&at(first), &[]).unwrap();
        assert_eq!(said(outputs.claim(&at(second), &[])), "two outputs would go there; choose a name for each");
        outputs.claim(&at("other"), &[]).unwrap();
    }
}

#[test]
fn standard_output_takes_one_thing() {
    let dash = Path::new("-");
    let mut outputs = Outputs::new(false).with_stdout(None);
    assert!(!outputs.use_stdout());
    assert_eq!(outputs.claim(dash, &["csv", "svg"]).unwrap().form(), "csv");
    assert!(outputs.use_stdout());
    let taken = |by| {
        format!("standard output takes one thing, and {by} goes there; write to a file (`./-` is one of that name)")
    };
    for again in ["-", "/dev/stdout"] {
        assert_eq!(said(outputs.claim(Path::new(again), &[])), taken("-"));
    }
    let mut outputs = Outputs::new(false).with_stdout(Some("--json"));
    assert_eq!(said(outputs.claim(dash, &[])), taken("--json"));
    assert!(!outputs.use_stdout());
    // Where nothing stands for it, it is a name.
    assert_eq!(
        said(Outputs::new(false).claim(dash, &["csv"])),
        "its name has no ending; choose a name that ends in .csv"
    );
}

#[cfg(unix)]
#[test]
fn permissions_are_those_of_an_ordinary_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    fs::write(folder.path().join("ordinary"), "").unwrap();
    write(&folder.path().join("new"), false, "").unwrap();
    assert_eq!(mode("new"), mode("ordinary"));

    let private = folder.path().join("private");
    fs::write(&private, "").unwrap();
    fs::set_permissions(&private, fs::Permissions::from_mode(0o640)).unwrap();
    write(&private, true, "").unwrap();
    assert_eq!(mode("private"), 0o640);
}

#[cfg(unix)]
#[test]
fn links_stay_and_devices_are_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "before").unwrap();
    std::os::unix::fs::symlink("target", &link).unwrap();
    assert_eq!(said(claim(&link, false)), "it is there already; choose another name, or replace it by `--overwrite`");
    write(&link, true, "after").unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "after");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink("absent", &dangling).unwrap();
    let expected = "it cannot be written: it is a symbolic link to what is not there; remove it";
    assert_eq!(said(claim(&dangling, true)), expected);
    let within = format!("{} is no folder; choose another one", dangling.display());
    assert_eq!(said(Outputs::new(true).claim_in(&dangling, "a", &[])), within);

    let null = folder.path().join("null");
    std::os::unix::fs::symlink("/dev/null", &null).unwrap();
    let mut outputs = Outputs::new(false);
    for path in [&null, Path::new("/dev/null")] {
        // Its name has no ending to tell the form.
        let output = outputs.claim(path, &["csv", "svg"]).unwrap();
        assert_eq!(output.form(), "csv");
        output.write(|writer| writer.write_all(b"gone")).unwrap();
    }
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

/// A name of a file, and the way to it.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
enum Way {
    Itself,
    Dotted,
    Through,
    Symbolic,
    Hard,
    LinkOfLink,
    Composed,
}

#[cfg(unix)]
impl Way {
    /// A path to the file of that number, which is made where it has to be.
    fn path(self, folder: &Path, number: usize) -> PathBuf {
        let file = folder.join(name(number, false));
        let link = |name: &str, make: &dyn Fn(&Path)| {
            let path = folder.join(format!("{name}{number}"));
            if fs::symlink_metadata(&path).is_err() {
                make(&path);
            }
            path
        };
        let symbolic = |path: &Path| std::os::unix::fs::symlink(&file, path).unwrap();
        match self {
            Way::Itself => file,
            Way::Dotted => folder.join("./sub/..").join(name(number, false)),
            Way::Through => {
                link("folder", &|path| std::os::unix::fs::symlink(folder, path).unwrap()).join(name(number, false))
            }
            Way::Symbolic => link("soft", &symbolic),
            Way::Hard => link("hard", &|path| fs::hard_link(&file, path).unwrap()),
            Way::LinkOfLink => {
                let soft = link("soft", &symbolic);
                link("softer", &|path| std::os::unix::fs::symlink(&soft, path).unwrap())
            }
            Way::Composed => folder.join(name(number, true)),
        }
    }
}

/// The name of a file: stored in parts, or composed.
#[cfg(unix)]
fn name(number: usize, composed: bool) -> String {
    format!("{}{number}", if composed { "\u{fc}" } else { "u\u{308}" })
}

#[cfg(unix)]
proptest! {
    /// Of files with any names, those that were read are refused under any other, and the others are not.
    #[test]
    fn what_was_read_is_never_written_over(
        read in prop::collection::btree_map(0usize..6, 0usize..7, 0..4),
        wanted in prop::collection::vec((0usize..6, 0usize..7), 1..12),
        overwrite: bool,
    ) {
        const WAYS: [Way; 7] =
            [Way::Itself, Way::Dotted, Way::Through, Way::Symbolic, Way::Hard, Way::LinkOfLink, Way::Composed];
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        for number in 0..6 {
            fs::write(folder.path().join(name(number, false)), format!("{number}")).unwrap();
        }
        let path = |number: usize, way: usize| WAYS[way].path(folder.path(), number);
        let files: BTreeMap<usize, PathBuf> = read.iter().map(|(number, way)| (*number, path(*number, *way))).collect();
        for (number, way) in wanted {
            let path = path(number, way);
            let mut outputs = Outputs::new(overwrite).reading(files.values().cloned());
            let claimed = outputs.claim(&path, &[]);
            if let Some(other) = files.get(&number) {
                let expected = if *other == path {
                    "it is read, and what is read is never written over; choose another name".to_owned()
                } else {
                    let other = other.display();
                    format!(
                        "it is the same file as {other}, which is read, and what is read is never written over; \
                         choose another name"
                    )
                };
                prop_assert_eq!(said(claimed), expected);
            } else if overwrite {
                claimed.unwrap();
            } else {
                prop_assert!(matches!(claimed.unwrap_err().cause(), FileError::Exists));
            }
        }
        for number in 0..6 {
            let kept = fs::read_to_string(folder.path().join(name(number, false))).unwrap();
            prop_assert_eq!(kept, format!("{}", number));
        }
    }
}
