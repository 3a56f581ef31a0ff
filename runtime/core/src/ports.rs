//! How the typed inputs and outputs of a block are bound to tensors.

use alloc::{
    format,
    string::{String, ToString},
};

use ndarray::{ArrayView, Dimension};

use crate::{
    AnyWriter, BlockError, Buffer, Element, ElementType, Facts, NumericView, TensorView, Writer, element::one_of,
};

/// What a port takes or gives, as its Rust type tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortType {
    /// The element types.
    pub types: &'static [ElementType],
    /// The number of axes; `None` for any.
    pub rank: Option<usize>,
}

/// A type by which a block reads one input.
pub trait InputPort<'a>: Sized {
    /// What it takes.
    const PORT: PortType;

    /// Binds it to a tensor; `None` if the tensor is of another type or rank. A tensor of a higher rank fits where its
    /// leading axes have length 1.
    fn bind(view: TensorView<'a>) -> Option<Self>;
}

impl<'a, T: Element, D: Dimension> InputPort<'a> for ArrayView<'a, T, D> {
    const PORT: PortType = PortType { types: &[T::TYPE], rank: D::NDIM };

    fn bind(view: TensorView<'a>) -> Option<Self> {
        let view = D::NDIM.map_or(view.clone(), |rank| view.squeeze_to(rank));
        view.array::<T>()?.into_dimensionality().ok()
    }
}

impl<'a> InputPort<'a> for NumericView<'a> {
    const PORT: PortType = PortType { types: ElementType::NUMBERS, rank: None };

    fn bind(view: TensorView<'a>) -> Option<Self> {
        view.numeric()
    }
}

impl<'a> InputPort<'a> for TensorView<'a> {
    const PORT: PortType = PortType { types: ElementType::ALL, rank: None };

    fn bind(view: TensorView<'a>) -> Option<Self> {
        Some(view)
    }
}

/// All inputs of a block: one [`InputPort`], or a tuple of them.
pub trait Inputs<'a>: Sized {
    /// What each takes.
    const PORTS: &'static [PortType];
    /// An array of the facts of each.
    type Facts;

    /// Binds all of them.
    ///
    /// # Errors
    ///
    /// When a tensor is not what its port takes.
    fn bind(views: &[TensorView<'a>]) -> Result<Self, BlockError>;

    /// The facts as an array.
    ///
    /// # Errors
    ///
    /// When there are more or fewer than there are ports.
    fn facts(facts: &'a [Facts]) -> Result<Self::Facts, BlockError>;
}

/// A type by which a block writes one output.
pub trait OutputPort<'a>: Sized {
    /// What it gives.
    const PORT: PortType;

    /// Binds it to a buffer.
    fn bind(buffer: &'a mut Buffer) -> Self;
}

impl<'a, T: Element, D: Dimension> OutputPort<'a> for Writer<'a, T, D> {
    const PORT: PortType = PortType { types: &[T::TYPE], rank: D::NDIM };

    fn bind(buffer: &'a mut Buffer) -> Self {
        Writer::new(buffer)
    }
}

impl<'a> OutputPort<'a> for AnyWriter<'a> {
    const PORT: PortType = PortType { types: ElementType::ALL, rank: None };

    fn bind(buffer: &'a mut Buffer) -> Self {
        AnyWriter::new(buffer)
    }
}

/// All outputs of a block: one [`OutputPort`], or a tuple of them.
pub trait Outputs<'a>: Sized {
    /// What each gives.
    const PORTS: &'static [PortType];
    /// An array of the facts of each.
    type Facts: IntoIterator<Item = Facts>;

    /// Binds all of them.
    ///
    /// # Errors
    ///
    /// When there are more or fewer buffers than there are ports.
    fn bind(buffers: &'a mut [Buffer]) -> Result<Self, BlockError>;
}

fn input_count(found: usize, expected: usize) -> BlockError {
    BlockError::InputCount { found, expected: expected.to_string() }
}

fn output_count(found: usize, expected: usize) -> BlockError {
    BlockError::Output { found: format!("{found} tensors"), expected: expected.to_string() }
}

/// What a port expects, as text: `i16 with 1 axis`.
pub(crate) fn expected(port: PortType) -> String {
    let rank = match port.rank {
        None => String::new(),
        Some(1) => " with 1 axis".to_string(),
        Some(rank) => format!(" with {rank} axes"),
    };
    one_of(port.types) + &rank
}

fn mismatch(index: usize, view: &TensorView<'_>, port: PortType) -> BlockError {
    BlockError::Input {
        index,
        port: index.to_string(),
        found: format!("{} {:?}", view.element_type(), view.shape()),
        expected: expected(port),
        help: None,
    }
}

// One port and tuples of ports differ only in how they are built, so a macro writes the tuples and the single ports
// delegate to the tuple of one.
macro_rules! tuples {
    ($count:literal: $($port:ident $view:ident $index:literal),+) => {
        impl<'a, $($port: InputPort<'a>),+> Inputs<'a> for ($($port,)+) {
            const PORTS: &'static [PortType] = &[$($port::PORT),+];
            type Facts = [&'a Facts; $count];

            fn bind(views: &[TensorView<'a>]) -> Result<Self, BlockError> {
                let [$($view),+] = views else { return Err(input_count(views.len(), $count)) };
                Ok(($($port::bind($view.clone()).ok_or_else(|| mismatch($index, $view, $port::PORT))?,)+))
            }

            fn facts(facts: &'a [Facts]) -> Result<Self::Facts, BlockError> {
                let [$($view),+] = facts else { return Err(input_count(facts.len(), $count)) };
                Ok([$($view),+])
            }
        }

        impl<'a, $($port: OutputPort<'a>),+> Outputs<'a> for ($($port,)+) {
            const PORTS: &'static [PortType] = &[$($port::PORT),+];
            type Facts = [Facts; $count];

            fn bind(buffers: &'a mut [Buffer]) -> Result<Self, BlockError> {
                let found = buffers.len();
                let [$($view),+] = buffers else { return Err(output_count(found, $count)) };
                Ok(($($port::bind($view),)+))
            }
        }
    };
}
tuples!(1: A a 0);
tuples!(2: A a 0, B b 1);
tuples!(3: A a 0, B b 1, C c 2);
tuples!(4: A a 0, B b 1, C c 2, D d 3);
tuples!(5: A a 0, B b 1, C c 2, D d 3, E e 4);
tuples!(6: A a 0, B b 1, C c 2, D d 3, E e 4, F f 5);

macro_rules! single {
    (Inputs [$($generics:tt)*] $port:ty) => {
        impl<'a, $($generics)*> Inputs<'a> for $port {
            const PORTS: &'static [PortType] = <(Self,) as Inputs<'a>>::PORTS;
            type Facts = [&'a Facts; 1];

            fn bind(views: &[TensorView<'a>]) -> Result<Self, BlockError> {
                <(Self,) as Inputs<'a>>::bind(views).map(|(port,)| port)
            }

            fn facts(facts: &'a [Facts]) -> Result<Self::Facts, BlockError> {
                <(Self,) as Inputs<'a>>::facts(facts)
            }
        }
    };
    (Outputs [$($generics:tt)*] $port:ty) => {
        impl<'a, $($generics)*> Outputs<'a> for $port {
            const PORTS: &'static [PortType] = <(Self,) as Outputs<'a>>::PORTS;
            type Facts = [Facts; 1];

            fn bind(buffers: &'a mut [Buffer]) -> Result<Self, BlockError> {
                <(Self,) as Outputs<'a>>::bind(buffers).map(|(port,)| port)
            }
        }
    };
}
single!(Inputs [T: Element, D: Dimension] ArrayView<'a, T, D>);
single!(Inputs [] NumericView<'a>);
single!(Inputs [] TensorView<'a>);
single!(Outputs [T: Element, D: Dimension] Writer<'a, T, D>);
single!(Outputs [] AnyWriter<'a>);
