//! What a minibatch takes from the allocator is what dfdx's tape and the loss need for its rows:
//! neither parameters nor activations, which are kept from one to the next.
#![allow(unsafe_code)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{Problem, problem, workloads};
use trpo_lab::algo::critic::{Critic, CriticSettings};
use trpo_lab::algo::on_policy::OnPolicy;
use trpo_lab::algo::ppo::{Ppo, PpoSettings};
use trpo_lab::algo::{Kind, PolicyStep};
use trpo_lab::rng::Streams;

struct Counting;

thread_local! {
    /// Requests, and bytes of them.
    static COUNT: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

// SAFETY: what it is asked for it asks of the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set((COUNT.get().0 + 1, COUNT.get().1 + layout.size()));
        // SAFETY: the caller keeps to what `alloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROWS: usize = 2048;
const MINIBATCH: usize = 64;

/// Requests and bytes of a minibatch: of two epochs more, over their minibatches.
fn each(work: impl Fn(usize)) -> (usize, usize) {
    let of_epochs = |epochs| {
        let before = COUNT.get();
        work(epochs);
        let after = COUNT.get();
        (after.0 - before.0, after.1 - before.1)
    };
    of_epochs(1);
    let (few, many) = (of_epochs(2), of_epochs(4));
    let minibatches = 2 * ROWS / MINIBATCH;
    (
        (many.0 - few.0) / minibatches,
        (many.1 - few.1) / minibatches,
    )
}

fn of_policy(width: usize) -> (usize, usize) {
    let [(_, mut shape), _] = workloads();
    shape.hidden = vec![width, width];
    let Problem { policy, mut batch } = problem::<f32>(&shape, ROWS, 0);
    batch.old_params = policy.network().outputs(&batch.observations);
    let streams = Streams::new(0, "allocations");
    each(|epochs| {
        let settings = PpoSettings {
            epochs,
            minibatch: MINIBATCH,
            ..PpoSettings::default()
        };
        let mut policy = policy.clone();
        let OnPolicy(mut ppo) = Ppo::new(&settings, policy.theta().len(), &streams);
        ppo.policy_step(&mut policy, &batch, 0.0)
            .expect("finite data");
    })
}

fn of_critic(width: usize) -> (usize, usize) {
    let [(_, shape), _] = workloads();
    let Problem { batch, .. } = problem::<f32>(&shape, ROWS, 0);
    let streams = Streams::new(0, "allocations");
    each(|epochs| {
        let settings = CriticSettings {
            epochs,
            minibatch: MINIBATCH,
            ..CriticSettings::default()
        };
        let dim = batch.observation_dim();
        Critic::new(&settings, dim, &[width, width], &streams).fit(&batch, 0.0);
    })
}

#[test]
fn what_a_minibatch_allocates_is_small_and_does_not_grow_with_the_network() {
    for (name, of) in [
        ("policy", of_policy as fn(usize) -> _),
        ("critic", of_critic),
    ] {
        let (small, large) = (of(16), of(128));
        eprintln!(
            "{name}: {} requests, {} bytes a minibatch",
            small.0, small.1
        );
        assert_eq!(small, large, "{name}");
        // Outputs and their gradient on the tape, and what the loss makes of them.
        assert!(small.0 <= 40 && small.1 <= 8192, "{name}: {small:?}");
    }
}
