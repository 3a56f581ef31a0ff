//! How the program speaks: help, errors, exit statuses, pipes, files.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

mod support;

use std::io::Read;

use support::{Folder, shipped, tone};

const COMMANDS: [&str; 15] = [
    "run",
    "features",
    "eval",
    "calibrate",
    "rehearse",
    "parity",
    "check",
    "graph",
    "inspect",
    "model-info",
    "profile",
    "blocks",
    "schema",
    "version",
    "completions",
];

/// The help of the program and of every command; `RUNEBLOCKS_RENEW=1` writes it anew.
#[test]
fn help_is_as_it_stands_in_the_golden_file() {
    let folder = Folder::new();
    let mut help = folder.ok(&["--help"]);
    for command in COMMANDS {
        help += &format!("\n$ runeblocks {command} --help\n{}", folder.ok(&[command, "--help"]));
    }
    let help: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let golden = shipped("tests/golden/help.txt");
    if std::env::var_os("RUNEBLOCKS_RENEW").is_some() {
        std::fs::write(&golden, &help).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap();
    assert!(help == expected, "the help has changed; if it should, set RUNEBLOCKS_RENEW=1:\n{help}");
}

#[test]
fn wrong_usage_is_told_from_other_failures() {
    let folder = Folder::new();
    assert_eq!(folder.run(&[]).status, 2);
    let ran = folder.run(&["features", "a.wav", "--window-sise", "30"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("a similar argument exists: '--window-size'"), "{}", ran.stderr);
    let ran = folder.run(&["fetures", "a.wav"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("a similar subcommand exists: 'features'"), "{}", ran.stderr);
}

#[test]
fn files_that_are_not_there() {
    let folder = Folder::new();
    folder.fails(
        &["features", "nope.wav"],
        4,
        "error: nope.wav: it cannot be read: No such file or directory (os error 2)",
    );
    let ran = folder.run(&["run", "nope.yml", "--sound", "nope.wav"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.starts_with("error[unreadable-file]: cannot read the Runefile `nope.yml`"), "{}", ran.stderr);
    assert_eq!(folder.run(&["model-info", "nope.tflite"]).status, 3);
}

#[test]
fn blocks_are_listed_and_described() {
    let folder = Folder::new();
    let list = folder.ok(&["blocks"]);
    assert!(list.starts_with("dequantize "), "{list}");
    assert!(list.lines().any(|line| line.starts_with("noise-filtering         Noise reduction")), "{list}");
    let fft = folder.ok(&["blocks", "fft"]);
    assert!(fft.starts_with("# fft\n") && fft.contains("| `window_size` | `25` |"), "{fft}");
    let json = folder.json(&["blocks", "--json"]);
    let names: Vec<_> = json.as_array().unwrap().iter().map(|block| block["name"].as_str().unwrap()).collect();
    let expected = [
        "dequantize",
        "fft",
        "label",
        "mel-filterbank",
        "mfcc",
        "modulo",
        "most-confident-indices",
        "noise-filtering",
        "normalize",
        "quantize",
        "rescale",
        "spectrogram",
    ];
    assert_eq!(names, expected);
    assert_eq!(folder.json(&["blocks", "fft", "--json"]), json[1]);
    folder.fails(
        &["blocks", "noise_filtering"],
        2,
        "error: unknown block `noise_filtering`\n\
         help: did you mean `noise-filtering`? valid names: `dequantize`, `fft`, `label`, `mel-filterbank`, `mfcc`, \
         `modulo`, `most-confident-indices`, `noise-filtering`, `normalize`, `quantize`, `rescale`, `spectrogram`",
    );
}

#[test]
fn schemas_and_versions() {
    let folder = Folder::new();
    let schema = folder.json(&["schema"]);
    assert_eq!(schema["properties"]["version"]["const"], 2);
    let schema = folder.json(&["schema", "fft"]);
    assert_eq!(schema["properties"]["window_size"]["default"], 25);
    assert_eq!(folder.run(&["schema", "fttt"]).status, 2);
    let version = folder.json(&["version", "--json"]);
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert!(version["backends"].as_array().unwrap().contains(&"int8".into()));
    assert_eq!(version["level"], runeblocks_frontend::Level::choose().unwrap().name());
    let text = folder.ok(&["version"]);
    assert!(text.starts_with(concat!("runeblocks ", env!("CARGO_PKG_VERSION"), "\n")), "{text}");
    assert_eq!(folder.ok(&["--version"]), concat!("runeblocks ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn completions_know_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.ok(&["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

/// As in `runeblocks schema | head -1`: the reader goes away, and that is no failure.
#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = Folder::new();
    for args in [&["schema"][..], &["blocks"], &["version"], &["completions", "bash"], &["--help"]] {
        let mut child = folder.command(args).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

/// Nobody reads the errors either: the status still tells.
#[test]
fn a_closed_stderr_is_no_panic() {
    let folder = Folder::new();
    folder.write("bad.yml", "version: 2\npipeline: {}\noutputs: [x]\n");
    for (args, status) in [(&["features", "nope.wav"][..], 4), (&["graph", "bad.yml"], 3), (&["check", "bad.yml"], 3)] {
        let mut child = folder.command(args).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(status), "{args:?}");
    }
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    folder.fails(
        &["features", "a.wav", "-o", "no/a.npy"],
        1,
        "error: no/a.npy: there is no folder no\nhelp: make the folder first",
    );
    folder.write("old.npy", "what stood here before");
    folder.write("bad.wav", "RIFF");
    assert_eq!(folder.run(&["features", "a.wav", "bad.wav", "-o", "old.npy", "--overwrite"]).status, 4);
    assert_eq!(std::fs::read(folder.path("old.npy")).unwrap(), b"what stood here before");
    assert_eq!(folder.names(), ["a.wav", "bad.wav", "old.npy"]);
}

/// The message names the folder, and no temporary file.
#[test]
#[cfg(unix)]
fn a_folder_without_permission_is_named() {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    folder.write_wav("a.wav", 16_000, &tone(16_000));
    std::fs::create_dir(folder.path("locked")).unwrap();
    std::fs::set_permissions(folder.path("locked"), std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(folder.path("locked/probe"), "").is_ok() {
        // Past the capture of the harness, which would hide it.
        let _ = writeln!(std::io::stderr(), "SKIP this user may write into every folder");
        return;
    }
    folder.fails(
        &["features", "a.wav", "-o", "locked/a.npy"],
        1,
        "error: locked/a.npy: it cannot be written: permission denied in locked\n\
         help: write into a folder of your own, or change the permissions of this one",
    );
}

/// Where the disk is full the status tells, and there is no half a file. Skipped, and said so, where there is no `/dev/full`.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_failure() {
    use std::io::Write as _;

    let folder = Folder::new();
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        // Past the capture of the harness, which would hide it.
        let _ = writeln!(std::io::stderr(), "SKIP there is no /dev/full");
        return;
    };
    let output = folder.command(&["schema"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "error: the output can't be written: No space left on device (os error 28)\n");
}

#[test]
fn output_in_a_pipe_has_no_colours() {
    let folder = Folder::new();
    folder.write("bad.yml", "version: 2\npipeline: {}\noutputs: [x]\n");
    let ran = folder.run(&["check", "bad.yml"]);
    assert!(!ran.stdout.contains('\x1b') && !ran.stderr.contains('\x1b'), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("error["), "{}", ran.stderr);
}
