//! Turns a panic of foreign code into its message, and keeps the panic hook silent meanwhile.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Set while this thread is inside [`catch`]; then holds the message of the last panic.
    static CAUGHT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body`; a panic in it becomes its message with the place in the source where it arose.
///
/// Nothing is printed for such a panic. Panics of other threads reach the hook that was set before. In a build with
/// `panic = "abort"` nothing can be caught.
pub(crate) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let noted = CAUGHT.with_borrow_mut(|caught| match caught {
                Some(message) => {
                    let text = info.payload_as_str().unwrap_or("a panic without a message");
                    let place = info.location().map(|at| format!(" (at {}:{})", file_name(at.file()), at.line()));
                    *message = format!("{text}{}", place.unwrap_or_default());
                    true
                }
                None => false,
            });
            if !noted {
                previous(info);
            }
        }));
    });
    let outer = CAUGHT.replace(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    let message = CAUGHT.replace(outer).unwrap_or_default();
    result.map_err(|_| format!("it panicked: {message}"))
}

/// The last two parts of a path: the rest depends on where the program was built.
fn file_name(path: &str) -> String {
    let mut parts: Vec<&str> = path.rsplit(['/', '\\']).take(2).collect();
    parts.reverse();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::catch;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(catch(|| 3), Ok(3));
        let message = catch(|| -> u8 { panic!("no {}", 7) }).unwrap_err();
        assert!(message.starts_with("it panicked: no 7 (at src/quiet.rs:"), "{message}");
    }

    #[test]
    fn a_caught_panic_inside_leaves_the_outer_one_watched() {
        let message = catch(|| {
            let inner = catch(|| -> u8 { panic!("inner") });
            assert!(inner.is_err());
            panic!("outer");
        });
        assert!(message.unwrap_err().starts_with("it panicked: outer"));
    }
}
