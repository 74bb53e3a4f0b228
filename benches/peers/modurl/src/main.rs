//! The worker of ModuRL: its PPO on its own CartPole.
//!
//! Its argument is the case, as JSON; every line of its input is a seed. It answers in lines of
//! JSON: first with what it is, then with the seconds of every measurement.

use std::error::Error;
use std::io::BufRead;
use std::time::Instant;

use candle_core::{DType, Device};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, VarBuilder, VarMap, func};
use modurl::parameter_schedule::ConstantSchedule;
use modurl::prelude::*;
use modurl_gym::classic_control::cartpole::CartPoleV1;
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let case = std::env::args().nth(1).ok_or("the case is missing")?;
    let case: Value = serde_json::from_str(&case)?;
    println!("{{}}");
    for seed in std::io::stdin().lock().lines() {
        println!("{{\"seconds\": {}}}", train(&case, seed?.parse()?)?);
    }
    Ok(())
}

fn number(case: &Value, name: &str) -> Result<usize> {
    let number = case[name].as_u64().ok_or("a number is missing")?;
    Ok(number as usize)
}

/// Seconds of one training, from the first update to the last.
fn train(case: &Value, seed: u64) -> Result<f64> {
    let device = Device::Cpu;
    // Candle's CPU draws from a generator of its own, which cannot be seeded.
    let _ = device.set_seed(seed);
    let (copies, steps) = (number(case, "copies")?, number(case, "steps")?);
    let peer = &case["peer"];
    let tasks = (0..copies).map(|_| CartPoleV1::builder().device(&device).build());
    let mut tasks: VectorizedGymWrapper<_> = tasks
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| format!("{error:?}"))?
        .into();

    let learning_rate = peer["learning_rate"].as_f64().ok_or("no learning rate")?;
    let network = |outputs: usize| -> Result<(MLP, AdamW)> {
        let variables = VarMap::new();
        let network = MLP::builder()
            .input_size(4)
            .output_size(outputs)
            .vb(VarBuilder::from_varmap(&variables, DType::F32, &device))
            .hidden_layer_sizes(vec![64, 64])
            .activation(func(|x| x.tanh()))
            .build()?;
        let settings = ParamsAdamW {
            lr: learning_rate,
            weight_decay: 0.0,
            eps: 1e-5,
            ..ParamsAdamW::default()
        };
        Ok((network, AdamW::new(variables.all_vars(), settings)?))
    };
    let (actor, actor_optimizer) = network(2)?;
    let (critic, critic_optimizer) = network(1)?;
    let networks = PPONetworkInfo::Separate(
        SeparatePPONetwork::builder()
            .actor_network(ProbabilisticPolicyModel::<CategoricalDistribution>::new(actor))
            .critic_network(critic)
            .actor_optimizer(actor_optimizer)
            .critic_optimizer(critic_optimizer)
            .build(),
    );
    let mut agent = PPOAgent::builder()
        .action_space(tasks.action_space())
        .network_info(networks)
        .clip_range(ConstantSchedule::new(0.2))
        .ent_coef(0.0)
        .batch_size(number(case, "batch")?)
        .mini_batch_size(number(peer, "minibatch")?)
        .num_epochs(number(peer, "epochs")?)
        .training_horizon(steps)
        .device(device.clone())
        .build()?;
    let start = Instant::now();
    agent.learn(&mut tasks, steps).map_err(|error| format!("{error:?}"))?;
    Ok(start.elapsed().as_secs_f64())
}
