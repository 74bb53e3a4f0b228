//! Steps of equal length: every one moves the policy as far, whatever it goes along.

use trpo_lab::algo::AlgorithmConfig;
use trpo_lab::algo::equal_kl::{Along, EqualKl, EqualKlSettings, TOLERANCE};
use trpo_lab::config::{CommonSettings, RunConfig};
use trpo_lab::train::train;

fn config(env: &str, along: Along, kl: f64) -> RunConfig {
    let settings = EqualKlSettings {
        kl,
        along,
        ..EqualKlSettings::default()
    };
    RunConfig {
        common: CommonSettings {
            steps: 8 * 512,
            batch: 512,
            hidden: vec![16],
            evaluation_episodes: 2,
            ..CommonSettings::default()
        },
        ..RunConfig::new(env, AlgorithmConfig::new::<EqualKl>(settings))
    }
}

/// On discrete and continuous actions, with short steps and long ones; and the steps
/// along different things are different steps.
#[test]
fn equal_kl_is_kept_within_one_percent_by_every_update() {
    for env in ["CartPole-v1", "Pendulum-v1"] {
        for kl in [0.003, 0.03] {
            let mut digests = Vec::new();
            for along in [Along::Gradient, Along::Adam, Along::Natural, Along::Ppo] {
                let record = train(&config(env, along, kl), 3);
                let outcomes = record.curve.words("outcome").unwrap();
                let found = record.curve.numbers("kl_mean").unwrap();
                assert_eq!(found.len(), 8);
                for (outcome, found) in outcomes.iter().zip(found) {
                    let ratio = found.unwrap() / kl;
                    assert_eq!(outcome, "scaled", "{env} {along:?} {kl}");
                    assert!((ratio - 1.0).abs() <= TOLERANCE, "{env} {along:?}: {ratio}");
                }
                digests.push(record.digest);
            }
            digests.sort();
            digests.dedup();
            assert_eq!(digests.len(), 4, "{env} {kl}");
        }
    }
}

/// Along the natural gradient a step of divergence delta is NPG's to second order: the
/// first, with the same batch, goes the same way.
#[test]
fn equal_kl_along_the_natural_gradient_is_rescaled_npg() {
    let record = train(&config("CartPole-v1", Along::Natural, 0.01), 5);
    let scale = record.curve.numbers("scale").unwrap()[0].unwrap();
    // NPG's own step has a divergence of nearly 0.01, less for the damping.
    assert!((1.0..1.6).contains(&scale), "{scale}");
}
