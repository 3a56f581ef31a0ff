//! Examples of Runeblocks: see the files beside `src`.
