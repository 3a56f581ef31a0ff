//! Places for the items of a directed acyclic drawing: ranks from top to bottom, an order within each rank with few
//! crossings, and positions that keep an item below what it hangs on.

/// How often ranks are put in order, and items moved, downwards and upwards in turn.
const SWEEPS: usize = 8;

/// Something that is drawn.
#[derive(Debug)]
pub(super) struct Item<T> {
    /// What.
    pub(super) what: T,
    /// How wide it is.
    pub(super) width: f64,
    /// Its rank, from 0 at the top.
    pub(super) rank: usize,
    /// The middle, from the left side of the drawing.
    pub(super) x: f64,
}

/// Settles `x` of every item, so that items of a rank are `gap` apart; gives the width of the drawing. `edges` are pairs of
/// items, the upper one first.
pub(super) fn arrange<T>(items: &mut [Item<T>], edges: &[(usize, usize)], gap: f64) -> f64 {
    let mut above = vec![Vec::new(); items.len()];
    let mut below = vec![Vec::new(); items.len()];
    for &(upper, lower) in edges {
        above[lower].push(upper);
        below[upper].push(lower);
    }
    let mut ranks: Vec<Vec<usize>> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        ranks.resize_with(ranks.len().max(item.rank + 1), Vec::new);
        ranks[item.rank].push(index);
    }
    // The order comes first: the place of an item is the mean of those of its neighbours.
    let mut places = vec![0.0; items.len()];
    let number = |rank: &[usize], places: &mut [f64]| {
        rank.iter().enumerate().for_each(|(place, &item)| places[item] = place as f64);
    };
    ranks.iter().for_each(|rank| number(rank, &mut places));
    for sweep in 0..SWEEPS {
        let neighbours = if sweep.is_multiple_of(2) { &above } else { &below };
        for rank in in_turn(&mut ranks, sweep) {
            let wanted: Vec<f64> = rank.iter().map(|&i| mean(&neighbours[i], &places, places[i])).collect();
            let mut order: Vec<usize> = (0..rank.len()).collect();
            order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
            *rank = order.into_iter().map(|place| rank[place]).collect();
            number(rank, &mut places);
        }
    }
    let mut xs = vec![0.0; items.len()];
    for rank in &ranks {
        let width: f64 = rank.iter().map(|&item| items[item].width + gap).sum();
        let mut left = -width / 2.0;
        for &item in rank {
            xs[item] = left + (items[item].width + gap) / 2.0;
            left += items[item].width + gap;
        }
    }
    for sweep in 0..SWEEPS {
        let neighbours = if sweep.is_multiple_of(2) { &above } else { &below };
        for rank in in_turn(&mut ranks, sweep) {
            let wanted: Vec<f64> = rank.iter().map(|&item| mean(&neighbours[item], &xs, xs[item])).collect();
            let apart = |a: usize, b: usize| (items[rank[a]].width + items[rank[b]].width) / 2.0 + gap;
            let (mut from_left, mut from_right) = (wanted.clone(), wanted);
            for i in 1..rank.len() {
                from_left[i] = from_left[i].max(from_left[i - 1] + apart(i - 1, i));
                let i = rank.len() - 1 - i;
                from_right[i] = from_right[i].min(from_right[i + 1] - apart(i, i + 1));
            }
            for (i, &item) in rank.iter().enumerate() {
                xs[item] = f64::midpoint(from_left[i], from_right[i]);
            }
        }
    }
    let least = items.iter().zip(&xs).map(|(item, x)| x - item.width / 2.0).fold(f64::INFINITY, f64::min);
    items.iter_mut().zip(&xs).for_each(|(item, x)| item.x = x - least);
    items.iter().map(|item| item.x + item.width / 2.0).fold(0.0, f64::max)
}

/// The ranks from the top, or from the bottom.
fn in_turn(ranks: &mut [Vec<usize>], sweep: usize) -> Box<dyn Iterator<Item = &mut Vec<usize>> + '_> {
    if sweep.is_multiple_of(2) { Box::new(ranks.iter_mut()) } else { Box::new(ranks.iter_mut().rev()) }
}

/// The mean of the values of some items.
fn mean(items: &[usize], values: &[f64], otherwise: f64) -> f64 {
    if items.is_empty() {
        return otherwise;
    }
    items.iter().map(|&item| values[item]).sum::<f64>() / items.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(ranks: &[usize]) -> Vec<Item<()>> {
        ranks.iter().map(|&rank| Item { what: (), width: 10.0, rank, x: 0.0 }).collect()
    }

    #[test]
    fn a_chain_is_straight() {
        let mut chain = items(&[0, 1, 2]);
        chain[1].width = 30.0;
        assert_eq!(arrange(&mut chain, &[(0, 1), (1, 2)], 5.0), 30.0);
        assert!(chain.iter().all(|item| item.x == 15.0), "{chain:?}");
    }

    #[test]
    fn edges_that_need_not_cross_do_not_and_nothing_overlaps() {
        let mut crossed = items(&[0, 0, 1, 1]);
        arrange(&mut crossed, &[(0, 3), (1, 2)], 5.0);
        assert!((crossed[0].x < crossed[1].x) == (crossed[3].x < crossed[2].x), "{crossed:?}");
        assert!((crossed[2].x - crossed[3].x).abs() >= 15.0, "{crossed:?}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(arrange::<()>(&mut [], &[], 5.0), 0.0);
    }
}
