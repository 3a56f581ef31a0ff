//! The set of blocks that a program knows.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::{Descriptor, suggest};

/// A set of blocks, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Registry(Vec<&'static Descriptor>);

/// A block is not there, or there twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Two blocks have one name.
    #[error("there are two blocks named `{name}`")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// No block has the name.
    #[error("unknown block `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The nearest and all valid names.
        help: String,
    },
}

impl Registry {
    /// A set of blocks.
    ///
    /// # Errors
    ///
    /// When two have the same name.
    pub fn new(blocks: impl IntoIterator<Item = &'static Descriptor>) -> Result<Self, RegistryError> {
        let mut blocks: Vec<_> = blocks.into_iter().collect();
        blocks.sort_by_key(|block| block.name());
        match blocks.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
            Some(pair) => Err(RegistryError::Duplicate { name: pair[0].name().to_string() }),
            None => Ok(Registry(blocks)),
        }
    }

    /// Every block that is linked into the program and registered with [`register!`](crate::register).
    ///
    /// # Errors
    ///
    /// When two have the same name.
    #[cfg(feature = "std")]
    pub fn linked() -> Result<Self, RegistryError> {
        Registry::new(inventory::iter::<&'static Descriptor>.into_iter().copied())
    }

    /// The blocks, in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'static Descriptor> {
        self.0.iter().copied()
    }

    /// The block of that name.
    ///
    /// # Errors
    ///
    /// When there is none; the error names the nearest and all others.
    pub fn get(&self, name: &str) -> Result<&'static Descriptor, RegistryError> {
        self.iter().find(|block| block.name() == name).ok_or_else(|| RegistryError::Unknown {
            name: name.to_string(),
            help: suggest::help(name, self.0.iter().map(|block| block.name())),
        })
    }
}

#[cfg(feature = "std")]
inventory::collect!(&'static Descriptor);

/// Defines `DESCRIPTOR`, the block's [`Descriptor`], and under the feature `std` of the calling crate registers it.
#[macro_export]
macro_rules! register {
    ($block:ty) => {
        /// The description of the block.
        pub static DESCRIPTOR: $crate::Descriptor = $crate::Descriptor::of::<$block>();

        #[cfg(feature = "std")]
        $crate::private::inventory::submit! { &DESCRIPTOR }
    };
}
