//! Tables of the format as Rust types, by the flatbuffers crate.

use flatbuffers::{
    FlatBufferBuilder, Follow, ForwardsUOffset, TableUnfinishedWIPOffset, UnionWIPOffset, Vector, WIPOffset,
};

/// The place of a field in its table's virtual table, from its number.
pub(crate) const fn place(field: u16) -> u16 {
    4 + 2 * field
}

/// Ends a table that was started.
pub(crate) fn end<'b, T>(
    builder: &mut FlatBufferBuilder<'b>,
    start: WIPOffset<TableUnfinishedWIPOffset>,
) -> WIPOffset<T> {
    WIPOffset::new(builder.end_table(start).value())
}

/// A table of options of an operator.
pub trait OptionsTable<'a>: Follow<'a, Inner = Self> + 'a {
    /// Its number among the options of the format.
    const NUMBER: u8;
}

/// A list of tables.
pub(crate) type Tables<'a, T> = Vector<'a, ForwardsUOffset<T>>;

/// Options of any type, to be written.
pub type AnyOptions = WIPOffset<UnionWIPOffset>;

/// Declares tables: each field with its number, its kind and type, and its default. A table gets a type to read it and
/// one that ends in `Args` to write it.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident, $args:ident { $($number:literal $field:ident: $kind:ident $type:ty $(= $default:expr)?;)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a>(#[allow(dead_code, reason = "tables without fields")] pub(crate) Table<'a>);

        impl<'a> Follow<'a> for $name<'a> {
            type Inner = Self;

            unsafe fn follow(bytes: &'a [u8], place: usize) -> Self {
                // SAFETY: the caller's promise is the one that is asked for.
                Self(unsafe { Table::new(bytes, place) })
            }
        }

        impl<'a> Verifiable for $name<'a> {
            fn run_verifier(verifier: &mut Verifier<'_, '_>, position: usize) -> Result<(), InvalidFlatbuffer> {
                let table = verifier.visit_table(position)?;
                $(let table = tables!(@verify table, $number, $field, $kind $type)?;)*
                table.finish();
                Ok(())
            }
        }

        impl<'a> $name<'a> {
            $(tables!(@get $number, $field, $kind $type $(= $default)?);)*

            /// Writes a table.
            pub fn create(builder: &mut FlatBufferBuilder<'a>, args: &$args<'a>) -> WIPOffset<Self> {
                let start = builder.start_table();
                args.push(builder);
                end(builder, start)
            }
        }

        #[doc = concat!("The fields of a [`", stringify!($name), "`] to be written.")]
        #[derive(Clone, Copy)]
        pub struct $args<'a> {
            $(#[doc = concat!("See [`", stringify!($name), "::", stringify!($field), "`].")] pub $field: tables!(@arg $kind $type),)*
            #[doc(hidden)]
            pub lifetime: PhantomData<&'a ()>,
        }

        impl Default for $args<'_> {
            fn default() -> Self {
                Self { $($field: tables!(@default $kind $($default)?),)* lifetime: PhantomData }
            }
        }

        impl<'a> $args<'a> {
            #[allow(unused_variables, reason = "tables without fields")]
            fn push(&self, builder: &mut FlatBufferBuilder<'a>) {
                $(tables!(@push builder, self, $number, $field, $kind $type $(= $default)?);)*
            }
        }
    )*};
    (@verify $table:ident, $number:literal, $field:ident, scalar $type:ty) => {
        $table.visit_field::<$type>(stringify!($field), place($number), false)
    };
    (@verify $table:ident, $number:literal, $field:ident, offset $type:ty) => {
        $table.visit_field::<ForwardsUOffset<$type>>(stringify!($field), place($number), false)
    };
    (@verify $table:ident, $number:literal, $field:ident, options $type:ty) => {
        $table.visit_union::<u8, _>(
            concat!(stringify!($field), "_type"),
            place($number - 1),
            stringify!($field),
            place($number),
            false,
            verify_options,
        )
    };
    (@get $number:literal, $field:ident, scalar $type:ty = $default:expr) => {
        #[doc = concat!("The field `", stringify!($field), "`, ", stringify!($default), " where it is not written.")]
        #[must_use]
        pub fn $field(&self) -> $type {
            // SAFETY: tables are only made of a buffer that the verifier has found sound.
            unsafe { self.0.get::<$type>(place($number), Some($default)) }.unwrap_or($default)
        }
    };
    (@get $number:literal, $field:ident, offset $type:ty) => {
        #[doc = concat!("The field `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(&self) -> Option<<$type as Follow<'a>>::Inner> {
            // SAFETY: tables are only made of a buffer that the verifier has found sound.
            unsafe { self.0.get::<ForwardsUOffset<$type>>(place($number), None) }
        }
    };
    (@get $number:literal, $field:ident, options $type:ty) => {
        #[doc = concat!("The field `", stringify!($field), "`, where it is a `T`.")]
        #[must_use]
        pub fn $field<T: OptionsTable<'a>>(&self) -> Option<T> {
            if self.builtin_options_type() != T::NUMBER {
                return None;
            }
            // SAFETY: the verifier has found a sound table of the type that the number stands for.
            unsafe { self.0.get::<ForwardsUOffset<T>>(place($number), None) }
        }
    };
    (@arg scalar $type:ty) => { $type };
    (@arg offset $type:ty) => { Option<WIPOffset<<$type as Follow<'a>>::Inner>> };
    (@arg options $type:ty) => { Option<$type> };
    (@default scalar $default:expr) => { $default };
    (@default offset) => { None };
    (@default options) => { None };
    (@push $builder:ident, $args:ident, $number:literal, $field:ident, scalar $type:ty = $default:expr) => {
        $builder.push_slot::<$type>(place($number), $args.$field, $default);
    };
    (@push $builder:ident, $args:ident, $number:literal, $field:ident, $kind:ident $type:ty) => {
        if let Some(offset) = $args.$field {
            $builder.push_slot_always(place($number), offset);
        }
    };
}

/// Declares which tables are options of operators, by their numbers.
macro_rules! options {
    ($($number:literal $name:ident,)*) => {
        $(impl<'a> OptionsTable<'a> for $name<'a> { const NUMBER: u8 = $number; })*

        /// Holds options of a type that is known to what its table asks for. Others are never read.
        fn verify_options(number: u8, verifier: &mut Verifier<'_, '_>, position: usize) -> Result<(), InvalidFlatbuffer> {
            match number {
                $($number => verifier.verify_union_variant::<ForwardsUOffset<$name<'_>>>(stringify!($name), position),)*
                _ => Ok(()),
            }
        }
    };
}

pub(crate) use {options, tables};
