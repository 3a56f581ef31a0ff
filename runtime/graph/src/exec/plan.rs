//! Which buffer each port is written into.
//!
//! A buffer serves one port after another: it is free again when the last stage that reads its port has run. Buffers are only
//! shared between ports of one element type. A port that is wanted after the run keeps its buffer for itself.

use runeblocks_core::ElementType;

use crate::graph::{Graph, PortId};

/// The buffers of a graph.
#[derive(Debug)]
pub(super) struct Plan {
    /// The element type of each buffer.
    pub(super) buffers: Vec<ElementType>,
    /// The buffer of each port of each stage.
    pub(super) ports: Vec<Vec<usize>>,
}

impl Plan {
    /// Assigns buffers; the ports of `kept` have theirs for themselves.
    pub(super) fn new(graph: &Graph, kept: &[PortId]) -> Self {
        let types = graph.nodes().iter().map(|n| n.outputs().iter().map(|p| p.facts.element_type).collect()).collect();
        let inputs: Vec<Vec<PortId>> =
            graph.nodes().iter().map(|n| n.inputs().iter().map(|i| i.from).collect()).collect();
        assign(types, &inputs, kept)
    }

    /// The buffer of a port.
    pub(super) fn buffer(&self, port: PortId) -> usize {
        self.ports[port.node][port.port]
    }
}

fn assign(types: Vec<Vec<ElementType>>, inputs: &[Vec<PortId>], kept: &[PortId]) -> Plan {
    // The stage after which a port is not read any more.
    let mut last: Vec<Vec<usize>> = types.iter().enumerate().map(|(node, ports)| vec![node; ports.len()]).collect();
    for (node, inputs) in inputs.iter().enumerate() {
        inputs.iter().for_each(|from| last[from.node][from.port] = node);
    }
    let mut plan = Plan { buffers: Vec::new(), ports: Vec::new() };
    let mut free: Vec<usize> = Vec::new();
    for (node, types) in types.into_iter().enumerate() {
        let ports = types.into_iter().enumerate().map(|(port, element_type)| {
            let is_kept = kept.contains(&PortId { node, port });
            let found = free.iter().rposition(|b| !is_kept && plan.buffers[*b] == element_type);
            found.map(|at| free.remove(at)).unwrap_or_else(|| {
                plan.buffers.push(element_type);
                plan.buffers.len() - 1
            })
        });
        let ports = ports.collect();
        plan.ports.push(ports);
        let mut done: Vec<PortId> = inputs[node].clone();
        done.extend((0..last[node].len()).map(|port| PortId { node, port }));
        done.sort_unstable();
        done.dedup();
        done.retain(|p| last[p.node][p.port] == node && !kept.contains(p));
        free.extend(done.iter().map(|p| plan.ports[p.node][p.port]));
    }
    plan
}

#[cfg(test)]
mod tests {
    use ElementType::{F32, I16};
    use proptest::prelude::*;

    use super::*;

    fn port(node: usize) -> PortId {
        PortId { node, port: 0 }
    }

    #[test]
    fn a_chain_of_one_type_needs_two_buffers() {
        let inputs: Vec<Vec<PortId>> =
            (0..6).map(|i: usize| i.checked_sub(1).map(port).into_iter().collect()).collect();
        let plan = assign(vec![vec![F32]; 6], &inputs, &[port(5)]);
        // The last one is wanted after the run, so it has one for itself.
        assert_eq!(plan.ports, [[0], [1], [0], [1], [0], [2]]);
    }

    #[test]
    fn a_buffer_lives_until_its_last_reader() {
        // 0 feeds 1 and 3; 1 feeds 2; 2 feeds 3.
        let inputs = [vec![], vec![port(0)], vec![port(1)], vec![port(0), port(2)]];
        let plan = assign(vec![vec![F32]; 4], &inputs, &[]);
        assert_eq!(plan.ports, [[0], [1], [2], [1]]);
    }

    #[test]
    fn types_do_not_mix_and_unread_ports_are_free_at_once() {
        let inputs = [vec![], vec![port(0)], vec![port(1)]];
        let plan = assign(vec![vec![I16, I16], vec![F32], vec![I16]], &inputs, &[]);
        assert_eq!(plan.ports, [vec![0, 1], vec![2], vec![0]]);
    }

    proptest! {
        /// Replays a run on random graphs: every stage finds in its inputs' buffers what their stages left there.
        #[test]
        fn nobody_overwrites_what_is_still_read(
            sources in proptest::collection::vec(proptest::collection::vec((any::<usize>(), 0usize..2), 0..4), 1..20),
            kept in proptest::collection::vec((any::<usize>(), 0usize..2), 0..4),
        ) {
            let count = sources.len();
            let types: Vec<Vec<ElementType>> = (0..count).map(|i| if i % 3 == 0 { vec![F32, I16] } else { vec![F32, F32] }).collect();
            let inputs: Vec<Vec<PortId>> = sources.iter().enumerate()
                .map(|(i, s)| s.iter().filter(|_| i > 0).map(|(n, port)| PortId { node: n % i, port: *port }).collect())
                .collect();
            let kept: Vec<PortId> = kept.iter().map(|(n, port)| PortId { node: n % count, port: *port }).collect();
            let plan = assign(types.clone(), &inputs, &kept);
            let mut holds = vec![None; plan.buffers.len()];
            for node in 0..count {
                for from in &inputs[node] {
                    prop_assert_eq!(holds[plan.buffer(*from)], Some(*from));
                }
                for (port, element_type) in types[node].iter().enumerate() {
                    let id = PortId { node, port };
                    let buffer = plan.buffer(id);
                    prop_assert_eq!(plan.buffers[buffer], *element_type);
                    prop_assert!(inputs[node].iter().all(|from| plan.buffer(*from) != buffer), "written while it is read");
                    holds[buffer] = Some(id);
                }
            }
            for port in kept {
                prop_assert_eq!(holds[plan.buffer(port)], Some(port));
            }
        }
    }
}
