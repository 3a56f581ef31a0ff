//! Allocations of one run of the tract backend. Tract allocates its intermediate tensors anew each time; the stage adds none.
#![cfg(feature = "tract")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]
#![allow(unsafe_code, reason = "an allocator that counts")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use common::{edges, golden, input};
use runeblocks_core::{DynBlock, Facts};
use runeblocks_model::{ModelFile, ModelStage};

thread_local! {
    static COUNT: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

struct Counting;

// SAFETY: every call is handed to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set((COUNT.get().0 + 1, COUNT.get().1 + layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations and their bytes in each of several runs after the first.
fn allocations(file: ModelFile) -> Vec<(usize, usize)> {
    let file = Arc::new(file);
    let mut stage = ModelStage::new(Arc::clone(&file), None);
    let facts = stage.infer(&edges(&file)).unwrap();
    let mut outputs: Vec<_> = facts.iter().map(Facts::buffer).collect();
    let tensor = input(file.inputs().next().unwrap(), 0);
    let views = [tensor.view()];
    stage.process(&views, &mut outputs).unwrap();
    let mut counts = Vec::with_capacity(3);
    for _ in 0..3 {
        COUNT.set((0, 0));
        stage.process(&views, &mut outputs).unwrap();
        counts.push(COUNT.get());
    }
    counts
}

/// The number does not grow from run to run, nor beyond what the operators of tract need.
#[test]
fn a_run_allocates_a_bounded_number_of_times() {
    let file = runeblocks_model::read(golden("float.tflite")).unwrap();
    let operators = file.main().operators.len();
    let counts = allocations(file);
    println!("float.tflite ({operators} operators): allocations and bytes of each run {counts:?}");
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    assert!(counts[0].0 <= 40 * operators, "{counts:?}");
}

#[test]
fn runs_of_shared_models_allocate_alike() {
    let Some(folder) = common::shared_models() else { return };
    for name in ["hotg_sine/sinemodel", "hotg_gesture/model", "tflm_hello_world/hello_world_float"] {
        let counts = allocations(runeblocks_model::read(folder.join(format!("{name}.tflite"))).unwrap());
        println!("{name}: allocations and bytes of each run {counts:?}");
        assert!(counts.iter().all(|count| *count == counts[0]), "{name}: {counts:?}");
    }
}
