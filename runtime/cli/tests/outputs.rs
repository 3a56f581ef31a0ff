//! Every path that a command writes: never a file that it read, nor another that is there unless it is told to.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use support::{Folder, Ran, shipped, tone};

/// What options and arguments stand for that are no paths.
const NO_PATHS: &str = "BACKEND BLOCK BOOL COUNT DIALECT FORMAT HZ MS N NAME NAME=TEXT OUT_TYPE SHARE SHELL STAGE \
                        STAGE.ARGUMENT=VALUE TEXT WORD,... X [NAME=]SEED start|loudest";

/// Options and arguments that are paths of what is read.
const READ: &str = "<RUNEFILE> <DATA> <CLIP.wav> <MODEL.tflite> <RUNEFILE|MODEL.tflite> <A> <B> \
                    --sound --acceleration --image --raw --data --resource";

/// Where a command writes.
enum Place {
    /// To the path behind this option, which ends in this.
    Option(&'static str, &'static str),
    /// Into the folder behind `--out`, under this name.
    Folder(&'static str),
    /// Beside the Runefile, under this name.
    Beside(&'static str),
}

/// Every command that writes, with the arguments before its output, and the place.
const WRITERS: [(&[&str], Place); 15] = [
    (&["graph", "Runefile.yml"], Place::Option("--out", "svg")),
    (&["graph", "Runefile.yml"], Place::Option("--out", "dot")),
    (&["graph", "Runefile.yml", "--format", "dot"], Place::Option("--out", "gv")),
    (&["eval", "Runefile.yml", "clips.csv"], Place::Option("--report", "html")),
    (&["eval", "Runefile.yml", "clips.csv", "--split", "val"], Place::Option("--confusion", "csv")),
    (&["eval", "Runefile.yml", "clips.csv"], Place::Option("--confusion", "json")),
    (&["eval", "Runefile.yml", "clips.csv", "--labels", "up"], Place::Option("--det", "svg")),
    (&["eval", "Runefile.yml", "."], Place::Option("--clips", "csv")),
    (&["features", "up/1.wav", "down/1.wav"], Place::Option("--out", "npy")),
    (&["features", "up/1.wav"], Place::Folder("1.npy")),
    (&["calibrate", "Runefile.yml", "clips.csv", "--variants", "0"], Place::Beside("Runefile-calibrated.yml")),
    (&["calibrate", "Runefile.yml", "clips.csv", "--variants", "0"], Place::Beside("model-calibrated.tflite")),
    (
        &["calibrate", "Runefile.yml", "clips.csv", "--held-out", "val"],
        Place::Beside("model-calibrated.rehearsal.safetensors"),
    ),
    (&["rehearse", "Runefile.yml", "clips.csv"], Place::Beside("model.rehearsal.safetensors")),
    (&["rehearse", "other.yml", "clips.csv"], Place::Beside("model.rehearsal.safetensors")),
];

/// A pipeline of every kind of file, and recordings of two splits.
fn folder() -> Folder {
    let folder = Folder::new();
    let keyword = shipped("../../models/keyword");
    fs::copy(keyword.join("keyword_int8.tflite"), folder.path("model.tflite")).unwrap();
    fs::copy(keyword.join("keyword_int8.rehearsal.safetensors"), folder.path("model.rehearsal.safetensors")).unwrap();
    let runefile = fs::read_to_string(keyword.join("Runefile.yml")).unwrap();
    let words = "[silence, unknown, up, down, left, right]";
    assert!(runefile.contains(words));
    // The second is named alone, which is a warning.
    let resources = "resources: { words: { path: words.txt }, unused: { path: unused.txt } }";
    let runefile = runefile
        .replace("keyword_int8.tflite", "model.tflite")
        .replace(words, "$words")
        .replace("version: 2", &format!("version: 2\n{resources}"));
    folder.write("Runefile.yml", &runefile);
    folder.write("other.yml", &runefile);
    folder.write("words.txt", "silence\nunknown\nup\ndown\nleft\nright\n");
    folder.write("unused.txt", "not read, but named");
    let mut manifest = "path,label,split\n".to_owned();
    for word in ["up", "down"] {
        fs::create_dir(folder.path(word)).unwrap();
        let clip = fs::read(shipped(&format!("../../examples/clips/{word}.wav"))).unwrap();
        for number in 0..4 {
            folder.write(&format!("{word}/{number}.wav"), &clip);
            manifest += &format!("{word}/{number}.wav,{word},{}\n", if number < 3 { "few" } else { "val" });
        }
    }
    folder.write("clips.csv", manifest);
    fs::copy(folder.path("clips.csv"), folder.path("manifest.csv")).unwrap();
    folder
}

/// What a command reads, or what it reads names.
fn read_by(args: &[&str]) -> Vec<&'static str> {
    if args[0] == "features" {
        return vec!["up/1.wav"];
    }
    let mut read = vec!["words.txt", "unused.txt", "model.tflite"];
    if args[0] != "rehearse" {
        // `rehearse` makes this one.
        read.push("model.rehearsal.safetensors");
    }
    read.push(if args[1] == "other.yml" { "other.yml" } else { "Runefile.yml" });
    if args[0] != "graph" {
        // Of the other split and of other labels too.
        read.extend(["up/0.wav", "down/1.wav", "up/3.wav", "down/3.wav"]);
        read.push(if args[2] == "." { "manifest.csv" } else { "clips.csv" });
    }
    read
}

/// Every file and link in a folder, with what it holds.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            all.insert(path.clone(), fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
        } else if path.is_dir() {
            all.extend(contents(&path));
            all.insert(path, Vec::new());
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    all
}

/// Runs a command, which is to be refused without a trace.
#[track_caller]
fn refused(folder: &Folder, args: &[&str], expected: &str) {
    let before = contents(&folder.path(""));
    let ran = folder.run(args);
    assert!(ran.status != 0 && ran.stdout.is_empty(), "{args:?}: {}", ran.stdout);
    assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
    assert!(contents(&folder.path("")) == before, "{args:?} changed a file");
}

/// The arguments with which a command writes to a file of this name.
fn aimed<'a>(args: &[&'a str], place: &'a Place, name: &'a str) -> Vec<&'a str> {
    let more = match place {
        Place::Option(option, _) => vec![*option, name],
        Place::Folder(_) => vec!["--out", "."],
        Place::Beside(_) => Vec::new(),
    };
    [args, &more].concat()
}

const READ_IS_KEPT: &str = "what is read is never written over";

#[test]
fn what_is_read_is_never_written_over() {
    let folder = folder();
    for (args, place) in &WRITERS {
        for read in read_by(args) {
            let file = folder.path(read);
            let name = match place {
                Place::Option(_, ending) => {
                    for path in [read.to_owned(), format!("./up/../{read}"), file.display().to_string()] {
                        let args = aimed(args, place, &path);
                        refused(&folder, &args, READ_IS_KEPT);
                        refused(&folder, &[&args[..], &["--overwrite"]].concat(), READ_IS_KEPT);
                    }
                    format!("aim.{ending}")
                }
                Place::Folder(name) | Place::Beside(name) => (*name).to_owned(),
            };
            let aim = folder.path(&name);
            let kept = fs::read(&aim).ok();
            for link in
                [|file: &Path, aim: &Path| symlink(file, aim), |file: &Path, aim: &Path| fs::hard_link(file, aim)]
            {
                let _ = fs::remove_file(&aim);
                link(&file, &aim).unwrap();
                let args = aimed(args, place, &name);
                refused(&folder, &args, READ_IS_KEPT);
                refused(&folder, &[&args[..], &["--overwrite"]].concat(), READ_IS_KEPT);
            }
            fs::remove_file(&aim).unwrap();
            if let Some(kept) = kept {
                fs::write(&aim, kept).unwrap();
            }
        }
    }
}

/// Names are one for which a file is looked up however they are composed; and so is a file that is written.
#[test]
fn a_name_is_one_however_it_is_composed() {
    let folder = Folder::new();
    folder.write_wav("u\u{308}les.npy", 16_000, &tone(16_000));
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    for overwrite in [&[][..], &["--overwrite"]] {
        let args = ["features", "u\u{308}les.npy", "-o", "\u{fc}les.npy"];
        refused(&folder, &[&args, overwrite].concat(), READ_IS_KEPT);
    }
    refused(&folder, &["features", "a.wav", "-o", "\u{fc}les.npy"], "it is there already");
}

#[test]
fn what_is_there_is_replaced_only_when_told() {
    for (args, place) in &WRITERS {
        let folder = folder();
        let name = match place {
            Place::Option(_, ending) => format!("aim.{ending}"),
            Place::Folder(name) | Place::Beside(name) => (*name).to_owned(),
        };
        folder.write(&name, "of another");
        let args = aimed(args, place, &name);
        refused(&folder, &args, "it is there already");
        let args = [&args[..], &["--overwrite"]].concat();
        let ran = folder.run(&args);
        // No threshold trades anything where there are recordings of words alone.
        let status = if args.contains(&"--det") { 4 } else { 0 };
        assert_eq!(ran.status, status, "{args:?}: {}", ran.stderr);
        assert_eq!(fs::read(folder.path(&name)).unwrap() == b"of another", status != 0, "{args:?}");
        assert!(!folder.names().iter().any(|name| name.starts_with(".runeblocks-")), "{:?}", folder.names());
    }
}

/// Names that can't be written, for each option.
#[test]
fn names_that_do_not_do_are_told_before_anything_is_done() {
    let folder = folder();
    for (args, place) in &WRITERS {
        let Place::Option(_, ending) = place else { continue };
        // A name without an ending is a folder's for `features`.
        if args[0] != "features" {
            refused(&folder, &aimed(args, place, "aim"), "its name has no ending");
            refused(&folder, &aimed(args, place, "aim/"), "it is the name of a folder");
            refused(&folder, &aimed(args, place, "up"), "it is the name of a folder");
        }
        refused(&folder, &aimed(args, place, "aim.pdf"), "its name ends in .pdf");
        let absent = format!("none/aim.{ending}");
        refused(&folder, &aimed(args, place, &absent), "there is no folder none\nhelp: make the folder first");
        let within = format!("words.txt/aim.{ending}");
        refused(&folder, &aimed(args, place, &within), "words.txt is no folder");
    }
    let twice = ["eval", "Runefile.yml", "clips.csv", "--confusion", "a.csv", "--clips", "./a.csv"];
    refused(&folder, &twice, "./a.csv: two outputs would go there");
}

/// Options and arguments of every command, by its help: each is known for a path that is read, or written, or none.
#[test]
fn no_output_is_forgotten() {
    let folder = Folder::new();
    let help = folder.ok(&["--help"]);
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let commands: Vec<_> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"graph") && commands.len() > 10, "{commands:?}");
    let [no_paths, read] = [NO_PATHS, READ].map(|names| names.split_whitespace().collect::<BTreeSet<_>>());
    let mut written = BTreeSet::new();
    for command in commands.into_iter().filter(|command| *command != "help") {
        for (name, value) in parameters(&folder.ok(&[command, "--help"])) {
            if !no_paths.contains(value.as_str()) && !read.contains(name.as_str()) {
                written.insert((command.to_owned(), name));
            }
        }
    }
    let known = WRITERS.iter().filter_map(|(args, place)| match place {
        Place::Option(option, _) => Some((args[0].to_owned(), (*option).to_owned())),
        _ => None,
    });
    assert_eq!(
        written,
        known.collect(),
        "an option that writes belongs into WRITERS, one that reads into READ, and what is no path into NO_PATHS"
    );
}

/// What takes a value in a help: its name, and what it stands for.
fn parameters(help: &str) -> Vec<(String, String)> {
    let value = |text: &str| {
        let value = text.trim_start_matches(['[', '=', ' ']).strip_prefix('<')?;
        Some(value.split_once('>')?.0.to_owned())
    };
    let mut found = Vec::new();
    for line in help.lines().filter(|line| line.starts_with("  ")).map(str::trim_start) {
        if let Some((_, option)) =
            line.split_once("--").filter(|(before, _)| matches!(before.len(), 0 | 4) && line.starts_with('-'))
        {
            let end = option.find([' ', '[', '=']).unwrap_or(option.len());
            found.extend(value(&option[end..]).map(|value| (format!("--{}", &option[..end]), value)));
        } else if line.starts_with('<') || line.starts_with('[') {
            let name = line.trim_start_matches(['[', '<']).split([']', '>']).next().unwrap_or_default();
            // Not `[default: 1]`.
            found.extend((!name.contains(": ")).then(|| (format!("<{name}>"), name.to_owned())));
        }
    }
    found
}

/// The program with these bytes on standard input; and all that it gives.
fn fed(folder: &Folder, args: &[&str], input: &Path) -> (i32, Vec<u8>, String) {
    let mut command = folder.command(args);
    let Output { status, stdout, stderr } = command.stdin(fs::File::open(input).unwrap()).output().unwrap();
    (status.code().unwrap(), stdout, String::from_utf8(stderr).unwrap())
}

#[test]
fn a_hyphen_is_standard_output() {
    let folder = folder();
    let same = |args: &[&str], option: &str, name: &str| {
        assert_eq!(folder.run(&[args, &[option, name]].concat()).status, 0);
        for stdout in ["-", "/dev/stdout"] {
            let (status, written, _) = fed(&folder, &[args, &[option, stdout]].concat(), Path::new("/dev/null"));
            assert!(status == 0 && written == fs::read(folder.path(name)).unwrap(), "{args:?} {option} {stdout}");
        }
    };
    same(&["graph", "Runefile.yml"], "-o", "a.dot");
    same(&["graph", "Runefile.yml", "--format", "svg"], "-o", "a.svg");
    same(&["features", "up/1.wav", "down/1.wav"], "-o", "a.npy");
    same(&["eval", "Runefile.yml", "clips.csv"], "--confusion", "a.csv");
    let ran = folder.run(&["eval", "Runefile.yml", "clips.csv", "--report", "-"]);
    assert!(ran.status == 0 && ran.stdout.starts_with("<!DOCTYPE html>"), "{}", ran.stderr);
    assert!(ran.stderr.contains("\naccuracy ") && ran.stderr.contains("words found"), "{}", ran.stderr);
    let ran: Ran = folder.run(&["eval", "Runefile.yml", "clips.csv", "--clips", "-"]);
    assert!(ran.stdout.starts_with("path,label,word,") && ran.stdout.lines().count() == 9, "{}", ran.stdout);
    assert!(!folder.path("-").exists());

    let taken = |by: &str| {
        format!(
            "error: -: standard output takes one thing, and {by} goes there\n\
             help: write to a file (`./-` is one of that name)"
        )
    };
    for (args, by) in [
        (&["features", "up/1.wav", "--json", "-o", "-"][..], "--json"),
        (&["eval", "Runefile.yml", "clips.csv", "--json", "--clips", "-"], "--json"),
        (&["eval", "Runefile.yml", "clips.csv", "--clips", "-", "--confusion", "-"], "-"),
    ] {
        refused(&folder, args, &taken(by));
    }
}

/// Standard input is what it would be as a file, for every command and kind of file.
#[test]
fn a_hyphen_is_standard_input() {
    let folder = folder();
    folder.write(
        "largest.yml",
        "version: 2\npipeline:\n  n: { input: raw, args: { element_type: u8, shape: [4] } }\n  \
        a: { input: accelerometer, args: { samples: 2 } }\noutputs: [n, a]\n",
    );
    folder.write("four", [1, 2, 3, 4]);
    folder.write("a.csv", "1,2,3\n4,5,6\n");
    folder.ok(&["features", "up/1.wav", "-o", "a.npy", "--window-step", "20"]);
    for args in [
        &["run", "Runefile.yml", "--sound", "@up/1.wav"][..],
        &["run", "Runefile.yml", "--sound", "audio=@up/1.wav"],
        &["run", "@Runefile.yml", "--sound", "up/1.wav"],
        &["run", "Runefile.yml", "--sound", "up/1.wav", "--resource", "words=@words.txt"],
        &["run", "largest.yml", "--raw", "n=@four", "--acceleration", "a.csv"],
        &["run", "largest.yml", "--raw", "four", "--acceleration", "@a.csv"],
        &["eval", "@Runefile.yml", "clips.csv", "--confusion", "-"],
        &["eval", "Runefile.yml", "@clips.csv", "--confusion", "-"],
        &["parity", "@Runefile.yml", "other.yml", "--data", "up/1.wav"],
        &["parity", "Runefile.yml", "--set", "fft.num_channels=32", "--data", "up/1.wav"],
        &["check", "@Runefile.yml"],
        &["graph", "@Runefile.yml"],
        &["inspect", "@Runefile.yml"],
        &["inspect", "@model.tflite"],
        &["model-info", "@model.tflite"],
        &["features", "@up/1.wav", "--json"],
        &["features", "@up/1.wav", "-o", "-"],
    ] {
        let input = args.iter().find_map(|arg| Some(arg.split_once('@')?.1)).unwrap_or("words.txt");
        let [file, dash] =
            [input, "-"].map(|name| args.iter().map(|arg| arg.replace(&format!("@{input}"), name)).collect::<Vec<_>>());
        let [expected, found] = [file, dash].map(|args| {
            let args: Vec<_> = args.iter().map(String::as_str).collect();
            fed(&folder, &args, &folder.path(input))
        });
        // The name of what was read is another.
        let plain = |text: &[u8]| {
            String::from_utf8_lossy(text)
                .replace(&format!("\"{input}\""), "\"-\"")
                .replace(&format!("{input}: "), "-: ")
        };
        assert_eq!(found.0, expected.0, "{args:?}: {}", found.2);
        if args[0] != "parity" {
            assert_eq!(plain(&found.1), plain(&expected.1), "{args:?}");
        }
    }
    let (status, stdout, _) = fed(&folder, &["features", "-", "-o", "made"], &folder.path("up/1.wav"));
    assert!(status == 0 && String::from_utf8(stdout).unwrap().starts_with("- -> made/stdin.npy: u16 "));

    let (status, _, stderr) = fed(&folder, &["calibrate", "-", "clips.csv"], &folder.path("Runefile.yml"));
    assert_eq!(status, 2);
    assert!(
        stderr.ends_with(
            "error: the Runefile is standard input, beside which nothing can be written\n\
         help: give it as a file, or measure alone by `--dry-run`\n"
        ),
        "{stderr}"
    );
    folder.fails(
        &["run", "-", "--sound", "audio=-"],
        2,
        "error: standard input is given to <RUNEFILE> and to --sound <[NAME=]CLIP.wav>...\n\
         help: one of them can read it; give files to the others (`./-` is one of that name)",
    );
}

/// A file that is named `-` is `./-`; devices and pipes that are there are written to as they are.
#[test]
fn other_things_than_files() {
    let folder = folder();
    fs::copy(folder.path("up/1.wav"), folder.path("-")).unwrap();
    folder.ok(&["features", "./-"]);
    let ok = |args: &[&str]| assert_eq!(folder.run(args).status, 0, "{args:?}");
    ok(&["graph", "Runefile.yml", "-o", "/dev/null"]);
    ok(&["eval", "Runefile.yml", "clips.csv", "--report", "/dev/null", "--clips", "/dev/null"]);
    let made = std::process::Command::new("mkfifo").arg(folder.path("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    let reader = std::process::Command::new("cat").arg(folder.path("pipe")).stdout(Stdio::piped()).spawn().unwrap();
    ok(&["graph", "Runefile.yml", "-o", "pipe"]);
    let read = reader.wait_with_output().unwrap().stdout;
    assert!(read.starts_with(b"digraph "), "{}", String::from_utf8_lossy(&read));
}
