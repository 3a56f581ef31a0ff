#!/usr/bin/env bash
# arm.sh [COMMAND...]: tests and lints of the crates that have a form for NEON, and of those around them, for
# aarch64-unknown-linux-gnu: under QEMU's emulation, on machines of another architecture. A COMMAND is run in their
# place, with cargo set up to build and run for that target (`ci/arm.sh cargo test ...`).
#
# The compiler, its lints, the library of that target and QEMU are Debian's packages, unpacked into a folder `arm`
# in target, or in the folder that RUNEBLOCKS_ARM names; nothing is installed. Where they can't be had, one line that begins with SKIP says
# why, and the exit code is 0.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${RUNEBLOCKS_ARM:-$PWD/target}/arm
host=$cache/host     # packages of this machine's architecture
sysroot=$cache/arm64 # packages of arm64: the C library, and libgcc_s
compiler=rustc-web
library=libstd-rust-web-dev
tools=("$compiler" rust-web-clippy qemu-user)
foreign=("$library" libc6 libc6-dev libgcc-s1)
programs=(rustc rustdoc cargo-clippy qemu-aarch64)

skip() { printf 'SKIP the tests on ARM: %s\n' "$*"; exit 0; }

# Debian's lists for both architectures, kept apart from the machine's own.
apt=(
    -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root
    -o "Dir::State::Lists=$cache/lists" -o "Dir::Cache=$cache/apt" -o Acquire::Languages=none -o Acquire::Retries=3
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
)
candidate() { apt-cache "${apt[@]}" policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'; }

unpack() {
    local program root package found oldest wanted
    for program in apt-get dpkg dpkg-deb tar; do command -v "$program" >/dev/null || skip "no $program"; done
    [ "$(dpkg --print-architecture)" = amd64 ] || skip 'the packages are chosen for a machine of amd64'
    rm -rf "$host" "$sysroot" "$cache"/{bin,packages,lists,apt}
    mkdir -p "$cache"/{bin,packages,lists/partial,apt/archives/partial}
    # One folder of libraries each, whether or not a package's release has merged /lib into /usr/lib.
    for root in "$host" "$sysroot"; do
        mkdir -p "$root/usr/lib"
        ln -s usr/lib "$root/lib"
    done

    # A list of another vendor may fail: what counts is what is found.
    apt-get -qq "${apt[@]}" update >"$cache/log" 2>&1 || true
    found=$(candidate "$compiler")
    oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    [ -n "$found" ] || skip "the package lists have no $compiler"
    dpkg --compare-versions "$found" ge "$oldest" || skip "$compiler is $found, older than $oldest"
    [ "$found" = "$(candidate "$library:arm64")" ] || skip "$compiler and $library:arm64 differ in version"

    # The tools, here already or not, and what they need that this machine lacks.
    mapfile -t wanted < <({
        printf '%s\n' "${tools[@]}" "$library"
        apt-get "${apt[@]}" install --simulate --no-install-recommends "${tools[@]}" 2>/dev/null |
            awk '$1 == "Inst" { sub(/:amd64$/, "", $2); print $2 }'
    } | sort -u)
    (cd "$cache/packages" && apt-get -qq "${apt[@]}" download "${wanted[@]/%/:amd64}" "${foreign[@]/%/:arm64}") \
        >"$cache/log" 2>&1 || skip "packages can't be fetched: $(tail -n 1 "$cache/log")"
    for package in "$cache"/packages/*.deb; do
        case ${package##*/} in
            "$library"_* | *_amd64.deb | *_all.deb) root=$host ;;
            *) root=$sysroot ;;
        esac
        dpkg-deb --fsys-tarfile "$package" |
            tar x -C "$root" --keep-directory-symlink --exclude=./usr/share --exclude=./usr/include
    done
    # The name by which the linker asks for it.
    ln -s libgcc_s.so.1 "$sysroot/usr/lib/aarch64-linux-gnu/libgcc_s.so"

    for program in "${programs[@]}"; do
        printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
            "$host/usr/lib/x86_64-linux-gnu" "$host/usr/bin/$program" >"$cache/bin/$program"
        chmod +x "$cache/bin/$program"
        "$cache/bin/$program" --version >"$cache/log" 2>&1 || skip "$program does not run: $(tail -n 1 "$cache/log")"
    done
    rm -rf "$cache/packages" "$cache/lists" "$cache/apt"
    printf '%s\n' "$cache" >"$cache/ready" # the programs hold the folder's path
}

linker=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld
[ -x "$linker" ] || skip "this machine's Rust has no rust-lld"
[ "$(cat "$cache/ready" 2>/dev/null)" = "$cache" ] || unpack

# What a C compiler would tell the linker.
objects=$sysroot/usr/lib/aarch64-linux-gnu
flags=(
    -C "linker=$linker" -C linker-flavor=ld.lld
    -C "link-arg=--sysroot=$sysroot" -C "link-arg=-L$objects"
    -C link-arg=--dynamic-linker=/lib/ld-linux-aarch64.so.1
    -C "link-arg=$objects/Scrt1.o" -C "link-arg=$objects/crti.o" -C "link-arg=$objects/crtn.o"
)
encoded=$(printf '%s\037' "${flags[@]}")
export RUSTC=$cache/bin/rustc RUSTDOC=$cache/bin/rustdoc
export CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu CARGO_TARGET_DIR=$cache/build
export CARGO_ENCODED_RUSTFLAGS=${encoded%?} CARGO_ENCODED_RUSTDOCFLAGS=${encoded%?}
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$cache/bin/qemu-aarch64 -L $sysroot -U LD_LIBRARY_PATH"

if [ $# -gt 0 ]; then
    exec "$@"
fi
export PROPTEST_CASES=${PROPTEST_CASES:-8}
packages=(--package=runeblocks-{micro,fft,noise-filtering,frontend})
RUNEBLOCKS_SIMD=neon cargo test --locked "${packages[@]}" --lib --test golden --test props --test pinned
RUNEBLOCKS_SIMD=scalar cargo test --locked "${packages[@]}" --test golden
cargo test --locked "${packages[@]}" --test levels neon # against the specification
cargo test --locked --package=runeblocks-int8 --test kernel --test golden
"$cache/bin/cargo-clippy" clippy --locked "${packages[@]}" --package=runeblocks-int8 -- -D warnings
