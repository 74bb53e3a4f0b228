//! Batches of whole episodes with Monte-Carlo returns, as Schulman et al. (2015) take
//! them: no critic, no bootstrap.

use super::batch::Batch;
use super::collector::Episode;
use crate::env::vector::VecEnv;
use crate::env::{Actions, EnvFailed};
use crate::policy::Actor;
use crate::policy::normalise::ObservationNormaliser;
use crate::rng::Rng;

/// Whole episodes of several copies, copy by copy, each in the order of its steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WholeEpisodes {
    /// As the environment gave them, \[rows\]\[dim\].
    pub raw_observations: Vec<f64>,
    /// As the policy saw them, \[rows\]\[dim\].
    pub observations: Vec<f32>,
    /// As the policy chose them, unclipped, \[rows\]\[action width\].
    pub actions: Vec<f32>,
    /// Parameters of the distributions that they were drawn from, \[rows\]\[params\].
    pub params: Vec<f32>,
    /// Raw, \[rows\].
    pub rewards: Vec<f64>,
    /// Whether the step was the last of its episode, \[rows\].
    pub ended: Vec<bool>,
    /// The episodes, in the order in which they ended; `end_step` counts the steps of
    /// all copies.
    pub episodes: Vec<Episode>,
}

impl WholeEpisodes {
    /// Plays episodes in every copy of `envs`, which stand at their beginnings, until
    /// `steps` steps are made in all. No episode begins from then on; those that are
    /// under way are played to their end. Actions are drawn from `streams`, one for each
    /// copy.
    ///
    /// # Errors
    /// If the task fails.
    pub fn play(
        envs: &mut VecEnv,
        actor: &mut Actor<f32>,
        normaliser: &ObservationNormaliser,
        streams: &mut [Rng],
        steps: usize,
    ) -> Result<Self, EnvFailed> {
        let (count, dim) = (envs.copies(), envs.spec().observation_dim);
        let mut actions = Actions::new(&envs.spec().actions, count);
        let width = actions.width();
        let mut shown = vec![0.0; count * dim];
        let mut copies = vec![Self::default(); count];
        let mut returns = vec![(0.0, 0); count];
        let mut episodes = Vec::new();
        let mut running: Vec<usize> = (0..count).collect();
        let mut made = 0;
        while !running.is_empty() {
            normaliser.apply(envs.observations(), &mut shown);
            actions.choose(|chosen| actor.sample(&shown, streams, chosen));
            let params = actor.params().len() / count;
            for &i in &running {
                let copy = &mut copies[i];
                let raw = &envs.observations()[i * dim..][..dim];
                copy.raw_observations.extend_from_slice(raw);
                copy.observations
                    .extend_from_slice(&shown[i * dim..][..dim]);
                copy.actions
                    .extend_from_slice(&actions.chosen()[i * width..][..width]);
                copy.params
                    .extend_from_slice(&actor.params()[i * params..][..params]);
            }
            envs.step_all(&actions)?;
            made += running.len();
            running.retain(|&i| {
                let outcome = envs.outcomes()[i];
                copies[i].rewards.push(outcome.reward);
                copies[i].ended.push(outcome.ended());
                let (return_, length) = &mut returns[i];
                *return_ += outcome.reward;
                *length += 1;
                if !outcome.ended() {
                    return true;
                }
                episodes.push(Episode {
                    end_step: made as u64,
                    return_: std::mem::take(return_),
                    length: std::mem::take(length),
                    fault: outcome.fault,
                });
                let rests = made >= steps;
                actions.set_rests(i, rests);
                !rests
            });
        }
        let mut whole = copies
            .into_iter()
            .reduce(Self::followed_by)
            .unwrap_or_default();
        whole.episodes = episodes;
        Ok(whole)
    }

    fn followed_by(mut self, mut next: Self) -> Self {
        self.raw_observations.append(&mut next.raw_observations);
        self.observations.append(&mut next.observations);
        self.actions.append(&mut next.actions);
        self.params.append(&mut next.params);
        self.rewards.append(&mut next.rewards);
        self.ended.append(&mut next.ended);
        self
    }

    /// Q of every step: sum of gamma^t r_t from there to the end of its episode,
    /// whether a rule of the task or the time limit ended it.
    pub fn returns(&self, gamma: f64) -> Vec<f64> {
        let mut q = vec![0.0; self.rewards.len()];
        let mut following = 0.0;
        for row in (0..q.len()).rev() {
            let carried = if self.ended[row] { 0.0 } else { following };
            following = self.rewards[row] + gamma * carried;
            q[row] = following;
        }
        q
    }

    /// The batch that a policy step learns from: Q stands for advantages and targets;
    /// there is no critic, and its values are 0. Rewards are multiplied by `reward_factor`.
    pub fn batch(&self, gamma: f64, reward_factor: f64) -> Batch<f32> {
        let q = self.returns(gamma).into_iter();
        let q: Vec<f32> = q.map(|q| (q * reward_factor) as f32).collect();
        Batch {
            observations: self.observations.clone(),
            actions: self.actions.clone(),
            old_params: self.params.clone(),
            values: vec![0.0; q.len()],
            targets: q.clone(),
            advantages: q,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::registry::standard;
    use crate::exec::Exec;
    use crate::rng::{Purpose, Streams};

    fn played(env: &str, copies: u32, steps: usize) -> WholeEpisodes {
        let task = standard(env).unwrap();
        let streams = Streams::new(1, env);
        let of = |purpose| (0..copies).map(|i| streams.stream(purpose, i)).collect();
        let mut envs = VecEnv::with_streams(&task, of(Purpose::Trial)).unwrap();
        let (dim, space) = (task.spec().observation_dim, &task.spec().actions);
        let theta = vec![0.0; (dim + 1) * 2];
        let mut actor = Actor::new(dim, space, &[], &theta[..], &Exec::default());
        let mut draws: Vec<Rng> = of(Purpose::TrialAction);
        let normaliser = ObservationNormaliser::new(dim, false);
        WholeEpisodes::play(&mut envs, &mut actor, &normaliser, &mut draws, steps).unwrap()
    }

    #[test]
    fn episodes_are_played_out_and_none_begins_after_the_batch() {
        let whole = played("CartPole-v1", 3, 100);
        let rows = whole.rewards.len();
        assert_eq!(
            rows,
            whole
                .episodes
                .iter()
                .map(|e| e.length as usize)
                .sum::<usize>()
        );
        assert_eq!(
            whole.ended.iter().filter(|ended| **ended).count(),
            whole.episodes.len()
        );
        assert!(rows >= 100, "{rows}");
        // Those that began last were under way when the batch was full: none is longer
        // than what was left of it and the steps after it.
        let last = whole.episodes.last().unwrap();
        assert_eq!(last.end_step as usize, rows);
        let begun = last.end_step as i64 - 3 * i64::from(last.length);
        assert!(begun < 100, "an episode began after the batch was full");
        assert_eq!(whole.observations.len(), rows * 4);
    }

    #[test]
    fn returns_are_discounted_sums_to_the_end_of_the_episode() {
        let whole = WholeEpisodes {
            rewards: vec![1.0, 2.0, 4.0, 8.0, 16.0],
            ended: vec![false, false, true, false, true],
            ..WholeEpisodes::default()
        };
        assert_eq!(whole.returns(0.5), [3.0, 4.0, 4.0, 16.0, 16.0]);
        let batch = whole.batch(0.5, 2.0);
        assert_eq!(batch.targets, [6.0, 8.0, 8.0, 32.0, 32.0]);
        assert_eq!(batch.advantages, batch.targets);
        assert_eq!(batch.values, [0.0; 5]);
    }
}
