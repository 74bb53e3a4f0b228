//! Minibatches.

use crate::rng::Rng;

/// The numbers 0 .. `rows` in random order, to be cut into minibatches of
/// `size`; the last and smaller one is kept. One minibatch of all rows is left
/// in order.
pub fn shuffled_minibatches(rows: usize, size: usize, stream: &mut Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    if size < rows {
        stream.shuffle(&mut order);
    }
    order
}
