//! The elements of tensors of numbers as bytes, as backends take and give them.
//!
//! Bytes are row-major and in the machine's order.

use ndarray::IxDyn;
use runeblocks_core::{Buffer, Element, ElementType, TensorView, numeric};

/// Hands the elements of a tensor to `take`; `None` for text. `gathered` is the memory for elements that do not lie in
/// one piece.
pub(crate) fn with_bytes<R>(view: &TensorView<'_>, gathered: &mut Vec<u8>, take: impl FnOnce(&[u8]) -> R) -> Option<R> {
    let view = view.clone().numeric()?;
    Some(numeric!(view, array => match array.as_slice() {
        Some(values) => take(bytemuck::cast_slice(values)),
        None => {
            gathered.clear();
            array.iter().for_each(|value| gathered.extend_from_slice(&value.to_ne_bytes()));
            take(gathered)
        }
    }))
}

/// Gives a buffer a shape and hands the bytes of its elements to `fill`.
///
/// # Errors
///
/// What `fill` says; when the shape has too many elements to address; when the buffer is one of text.
pub(crate) fn write_bytes(
    buffer: &mut Buffer,
    shape: &[usize],
    fill: impl FnOnce(&mut [u8]) -> Result<(), String>,
) -> Result<(), String> {
    fn write<T: Element + bytemuck::Pod>(
        buffer: &mut Buffer,
        shape: &[usize],
        fill: impl FnOnce(&mut [u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut values = buffer.write::<T, _>(IxDyn(shape)).map_err(|error| error.to_string())?;
        let values = values.as_slice_mut().ok_or("an output does not lie in one piece")?;
        fill(bytemuck::cast_slice_mut(values))
    }
    let write = match buffer.element_type() {
        ElementType::U8 => write::<u8>,
        ElementType::I8 => write::<i8>,
        ElementType::U16 => write::<u16>,
        ElementType::I16 => write::<i16>,
        ElementType::U32 => write::<u32>,
        ElementType::I32 => write::<i32>,
        ElementType::U64 => write::<u64>,
        ElementType::I64 => write::<i64>,
        ElementType::F32 => write::<f32>,
        ElementType::F64 => write::<f64>,
        ElementType::Utf8 => return Err("an output of text has no elements of a fixed size".into()),
    };
    write(buffer, shape, fill)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ShapeBuilder as _};
    use runeblocks_core::{Tensor, Text};

    use super::*;

    #[test]
    fn bytes_are_row_major_however_the_elements_lie() {
        let values = Array2::from_shape_vec((2, 2).f(), vec![1_i16, 3, 2, 4]).expect("four elements");
        let expected: Vec<u8> = [1_i16, 2, 3, 4].iter().flat_map(|value| value.to_ne_bytes()).collect();
        let mut gathered = Vec::new();
        let view = TensorView::from(values.view());
        assert_eq!(with_bytes(&view, &mut gathered, <[u8]>::to_vec), Some(expected.clone()));
        let standard = Tensor::from(vec![1_i16, 2, 3, 4]);
        assert_eq!(with_bytes(&standard.view(), &mut gathered, <[u8]>::to_vec), Some(expected));
        let text = Tensor::from(vec![Text::from("yes")]);
        assert_eq!(with_bytes(&text.view(), &mut gathered, <[u8]>::to_vec), None);
    }

    #[test]
    fn a_buffer_of_every_type_is_written() {
        for &element_type in ElementType::NUMBERS {
            let mut buffer = Buffer::new(element_type);
            let bytes = element_type.size().map(|size| 6 * size);
            write_bytes(&mut buffer, &[2, 3], |slots| {
                assert_eq!(Some(slots.len()), bytes);
                slots.fill(0);
                Ok(())
            })
            .expect("it is written");
            assert_eq!(buffer.view().shape(), [2, 3]);
        }
        assert!(write_bytes(&mut Buffer::new(ElementType::Utf8), &[1], |_| Ok(())).is_err());
        let error = write_bytes(&mut Buffer::new(ElementType::U8), &[1], |_| Err("no".into()));
        assert_eq!(error, Err("no".to_owned()));
    }
}
