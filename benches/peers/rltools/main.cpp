// The worker of RLtools: PPO on its own pendulum, in the shape of its own benchmark.
//
// Every line of its input is a seed; it answers in lines of JSON, first with what it is, then
// with the seconds of every measurement. ACTIVATION, BLAS and the sizes are given when it is
// compiled, since its networks have theirs in types.

#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include <rl_tools/operations/cpu_mux.h>
#include <rl_tools/rl/environments/pendulum/operations_cpu.h>
#include <rl_tools/nn/optimizers/adam/instance/operations_generic.h>
// Chooses the layers with BLAS; where it is left out they are there without, ten times slower.
#include <rl_tools/nn/operations_cpu_mux.h>
#include <rl_tools/nn/layers/standardize/operations_generic.h>
#include <rl_tools/nn_models/mlp_unconditional_stddev/operations_generic.h>
#include <rl_tools/nn_models/mlp/operations_generic.h>
#include <rl_tools/nn_models/sequential/operations_generic.h>
#include <rl_tools/nn/optimizers/adam/operations_generic.h>
#include <rl_tools/rl/algorithms/ppo/loop/core/config.h>
#include <rl_tools/rl/algorithms/ppo/loop/core/operations_generic.h>

namespace rlt = rl_tools;

using Device = rlt::devices::DEVICE_FACTORY<>;
static_assert(Device::DEVICE_ID == rlt::devices::DeviceId::CPU_OPENBLAS ||
                  Device::DEVICE_ID == rlt::devices::DeviceId::CPU_MKL,
              "the layers must use BLAS");
using Rng = Device::SPEC::RANDOM::ENGINE<>;
using Index = Device::index_t;
using Numbers = rlt::numeric_types::Policy<float>;
using Task = rlt::rl::environments::Pendulum<
    rlt::rl::environments::pendulum::Specification<float, Index>>;

constexpr Index UPDATES = STEPS / (COPIES * HORIZON);

struct Settings : rlt::rl::algorithms::ppo::loop::core::DefaultParameters<Numbers, Index, Task> {
    static constexpr Index STEP_LIMIT = UPDATES;
    static constexpr auto ACTOR_ACTIVATION_FUNCTION =
        rlt::nn::activation_functions::ActivationFunction::ACTIVATION;
    static constexpr auto CRITIC_ACTIVATION_FUNCTION = ACTOR_ACTIVATION_FUNCTION;
    static constexpr Index EPISODE_STEP_LIMIT = 200;
    static constexpr Index N_ENVIRONMENTS = COPIES;
    static constexpr Index ON_POLICY_RUNNER_STEPS_PER_ENV = HORIZON;
    static constexpr Index DATASET_SIZE = COPIES * HORIZON;
    static constexpr Index BATCH_SIZE = MINIBATCH;
    struct PPO_PARAMETERS
        : rlt::rl::algorithms::ppo::DefaultParameters<Numbers, Index, MINIBATCH> {
        static constexpr float ACTION_ENTROPY_COEFFICIENT = 0;
        static constexpr Index N_EPOCHS = EPOCHS;
    };
    struct OPTIMIZER_PARAMETERS
        : rlt::nn::optimizers::adam::DEFAULT_PARAMETERS_TENSORFLOW<Numbers> {
        static constexpr float ALPHA = 3e-4;
    };
};

using Config = rlt::rl::algorithms::ppo::loop::core::Config<Numbers, Index, Rng, Task, Settings>;

/// Seconds of one training, from the first update to the last.
double train(Device& device, Index seed) {
    auto state = std::make_unique<Config::State<Config>>();
    rlt::malloc(device, *state);
    rlt::init(device, *state, seed);
    const auto start = std::chrono::steady_clock::now();
    for (Index update = 0; update < UPDATES; update++) {
        rlt::step(device, *state);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    rlt::free(device, *state);
    return seconds.count();
}

int main() {
    Device device;
    rlt::init(device);
    std::cout << "{}" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << "{\"seconds\": " << train(device, std::stoul(line)) << "}" << std::endl;
    }
}
