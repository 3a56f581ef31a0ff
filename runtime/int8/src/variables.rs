//! Variables: memory that operators read and assign by handles, and what gives it its first values.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use runeblocks_tflite::{ModelFile, TensorType, operator, schema};

use crate::error::{LoadError, OperatorError, Refusal};
use crate::tensor::Tensor;

/// The variables of a model.
#[derive(Debug, Default)]
pub(crate) struct Variables {
    /// The variable of each handle, by subgraph and tensor.
    handles: BTreeMap<(usize, usize), usize>,
    /// Bytes of each; `None` where nothing reads or assigns it.
    pub(crate) bytes: Vec<Option<usize>>,
    /// The value of every byte before the first assignment, as the first operator that assigns it gives it: the low byte
    /// of its zero point.
    pub(crate) fills: Vec<Option<u8>>,
    /// The subgraphs that CALL_ONCE runs, in order.
    pub(crate) called_once: Vec<usize>,
}

impl Variables {
    /// Finds the variables of a file.
    ///
    /// # Errors
    ///
    /// When an operator's options or tensors are not what it needs.
    pub(crate) fn of(file: &ModelFile) -> Result<Self, LoadError> {
        let mut variables = Self::default();
        let mut errors = Vec::new();
        let mut names = BTreeMap::new();
        let mut graphs = alloc::vec![0];
        let mut next = 0;
        while let Some(&subgraph) = graphs.get(next) {
            next += 1;
            let mut assigned = false;
            for (number, op) in file.subgraphs[subgraph].operators.iter().enumerate() {
                let found = match op.code {
                    operator::CALL_ONCE => variables.call_once(file, subgraph, number, assigned, &mut graphs),
                    operator::VAR_HANDLE => variables.handle(file, subgraph, number, &mut names),
                    operator::READ_VARIABLE | operator::ASSIGN_VARIABLE => {
                        assigned = true;
                        variables.size(file, subgraph, number)
                    }
                    _ => Ok(()),
                };
                if let Err(reason) = found {
                    errors.push(OperatorError { subgraph, operator: number, name: op.name.clone(), reason });
                }
            }
        }
        variables.called_once = graphs.split_off(1);
        if errors.is_empty() { Ok(variables) } else { Err(LoadError::Operators(errors)) }
    }

    /// The variable that a handle stands for.
    pub(crate) fn by_handle(&self, subgraph: usize, tensor: usize) -> Option<usize> {
        self.handles.get(&(subgraph, tensor)).copied()
    }

    fn call_once(
        &mut self,
        file: &ModelFile,
        subgraph: usize,
        number: usize,
        assigned: bool,
        graphs: &mut Vec<usize>,
    ) -> Result<(), Refusal> {
        let options = file.operator(subgraph, number).builtin_options::<schema::CallOnceOptions<'_>>();
        let index = options.map_or(-1, |options| options.init_subgraph_index());
        let called = usize::try_from(index).ok().filter(|&called| called != 0 && called < file.subgraphs.len());
        let Some(called) = called else {
            return Err(Refusal(format!("it runs subgraph {index}: expected 1 to {}", file.subgraphs.len() - 1)));
        };
        if subgraph != 0 {
            return Err(Refusal("it stands in a subgraph that is itself run once: expected it in the first".into()));
        }
        if assigned {
            return Err(Refusal("it stands after a variable is read or assigned: expected it before".into()));
        }
        let graph = &file.subgraphs[called];
        if !graph.inputs.is_empty() || !graph.outputs.is_empty() {
            let (inputs, outputs) = (graph.inputs.len(), graph.outputs.len());
            return Err(Refusal(format!("subgraph {called} has {inputs} inputs and {outputs} outputs: expected none")));
        }
        if !graphs.contains(&called) {
            graphs.push(called);
        }
        Ok(())
    }

    fn handle<'a>(
        &mut self,
        file: &'a ModelFile,
        subgraph: usize,
        number: usize,
        names: &mut BTreeMap<(&'a str, &'a str), usize>,
    ) -> Result<(), Refusal> {
        let op = &file.subgraphs[subgraph].operators[number];
        let &[tensor] = op.outputs.as_slice() else {
            return Err(Refusal(format!("it has {} outputs: expected 1", op.outputs.len())));
        };
        let kind = file.subgraphs[subgraph].tensors[tensor].element_type;
        if kind != TensorType::Resource {
            return Err(Refusal(format!("its output is {kind}: expected resource")));
        }
        let options = file.operator(subgraph, number).builtin_options::<schema::VarHandleOptions<'_>>();
        let name = options.map_or(("", ""), |options| {
            (options.container().unwrap_or_default(), options.shared_name().unwrap_or_default())
        });
        let variable = *names.entry(name).or_insert(self.bytes.len());
        if variable == self.bytes.len() {
            self.bytes.push(None);
            self.fills.push(None);
        }
        self.handles.insert((subgraph, tensor), variable);
        Ok(())
    }

    /// Learns the size of a variable from the tensor that it is read into or assigned from.
    fn size(&mut self, file: &ModelFile, subgraph: usize, number: usize) -> Result<(), Refusal> {
        let graph = &file.subgraphs[subgraph];
        let op = &graph.operators[number];
        let handle = op.inputs.first().copied().flatten();
        let Some(variable) = handle.and_then(|handle| self.by_handle(subgraph, handle)) else {
            return Err(Refusal(
                "its first input is no handle of a variable: expected the output of a VAR_HANDLE".into(),
            ));
        };
        let value = if op.code == operator::READ_VARIABLE {
            op.outputs.first().copied()
        } else {
            op.inputs.get(1).copied().flatten()
        };
        let Some(index) = value else {
            return Err(Refusal("it has no tensor for the value: expected one".into()));
        };
        let value = Tensor::new(index, &graph.tensors[index])?;
        let Some(bytes) = value.kind.bytes(value.elements()) else {
            return Err(Refusal(format!("its value is {}: expected numbers", value.kind)));
        };
        if op.code == operator::ASSIGN_VARIABLE {
            let zero_point = value.zero_points.first().copied().unwrap_or(0);
            self.fills[variable].get_or_insert(zero_point as u8);
        }
        let known = *self.bytes[variable].get_or_insert(bytes);
        if known != bytes {
            return Err(Refusal(format!("its value has {bytes} bytes: expected {known} as elsewhere in the file")));
        }
        Ok(())
    }
}
