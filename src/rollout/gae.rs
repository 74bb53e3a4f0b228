//! Generalised advantage estimation (Schulman et al. 2016).

/// A batch as the estimator sees it, every slice \[steps\]\[copies\].
#[derive(Debug, Clone, Copy)]
pub struct Trajectories<'a> {
    /// r, as the critic is to see them.
    pub rewards: &'a [f64],
    /// V(s).
    pub values: &'a [f64],
    /// V(s') of the true next observation, from before any reset.
    pub next_values: &'a [f64],
    /// Whether the task ended by its own rules: then the next value is 0.
    pub terminated: &'a [bool],
    /// Whether the episode was cut by the time limit: the next value counts,
    /// but the trace ends.
    pub truncated: &'a [bool],
    /// Copies of the environment.
    pub copies: usize,
}

/// A_t = d_t + gamma lambda (1 - done_t) A_{t+1}, with
/// d_t = r_t + gamma (1 - terminated_t) V(s'_t) - V(s_t).
///
/// The trace ends where an episode ends and at the end of the batch; where a
/// step is both terminated and truncated, terminated wins.
pub fn advantages(batch: Trajectories<'_>, gamma: f64, lambda: f64) -> Vec<f64> {
    let mut advantages = vec![0.0; batch.rewards.len()];
    for copy in 0..batch.copies {
        let mut following = 0.0;
        for index in (copy..batch.rewards.len()).step_by(batch.copies).rev() {
            let terminated = batch.terminated[index];
            let done = terminated || batch.truncated[index];
            let next = if terminated {
                0.0
            } else {
                batch.next_values[index]
            };
            let d = batch.rewards[index] + gamma * next - batch.values[index];
            let carried = if done { 0.0 } else { following };
            following = d + gamma * lambda * carried;
            advantages[index] = following;
        }
    }
    advantages
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three steps of two copies, worked by hand with gamma = 1/2, lambda = 1/2.
    /// Copy 0 meets every ending; copy 1 has none but the end of the batch.
    fn by_hand(terminated: [bool; 3], truncated: [bool; 3]) -> Vec<f64> {
        let both = |flags: [bool; 3]| [flags[0], false, flags[1], false, flags[2], false];
        advantages(
            Trajectories {
                rewards: &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0],
                values: &[4.0, 0.0, 8.0, 0.0, 12.0, 0.0],
                next_values: &[8.0, 0.0, 12.0, 0.0, 16.0, 40.0],
                terminated: &both(terminated),
                truncated: &both(truncated),
                copies: 2,
            },
            0.5,
            0.5,
        )
    }

    const NO: [bool; 3] = [false; 3];
    const SECOND: [bool; 3] = [false, true, false];

    #[test]
    fn ordinary_steps_and_the_end_of_the_batch() {
        // d = 1+4-4, 2+6-8, 3+8-12 = 1, 0, -1; the last bootstraps from 16.
        let a = by_hand(NO, NO);
        assert_eq!([a[0], a[2], a[4]], [1.0 + 0.25 * -0.25, -0.25, -1.0]);
        // Copy 1: d = 10, 20, 30 + 20.
        assert_eq!([a[1], a[3], a[5]], [10.0 + 0.25 * 32.5, 20.0 + 12.5, 50.0]);
    }

    #[test]
    fn terminated_has_no_next_value_and_ends_the_trace() {
        let a = by_hand(SECOND, NO);
        assert_eq!([a[0], a[2], a[4]], [1.0 + 0.25 * -6.0, 2.0 - 8.0, -1.0]);
    }

    #[test]
    fn truncated_bootstraps_and_ends_the_trace() {
        let a = by_hand(NO, SECOND);
        assert_eq!([a[0], a[2], a[4]], [1.0, 2.0 + 6.0 - 8.0, -1.0]);
    }

    #[test]
    fn terminated_wins_over_truncated() {
        assert_eq!(by_hand(SECOND, SECOND), by_hand(SECOND, NO));
    }

    #[test]
    fn the_other_copy_is_not_touched() {
        let other = |a: Vec<f64>| [a[1], a[3], a[5]];
        assert_eq!(other(by_hand(SECOND, NO)), other(by_hand(NO, NO)));
        assert_eq!(other(by_hand(NO, SECOND)), other(by_hand(NO, NO)));
    }

    #[test]
    fn an_end_at_the_last_step_of_the_batch() {
        let last = [false, false, true];
        assert_eq!(by_hand(last, NO)[4], 3.0 - 12.0);
        assert_eq!(by_hand(NO, last)[4], 3.0 + 8.0 - 12.0);
    }
}
