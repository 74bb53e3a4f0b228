//! `trpo-lab play`: episodes of a policy as pictures.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use crate::exec::Exec;
use crate::experiment::disk;
use crate::figures::Format;
use crate::figures::film::{self, Moment};
use crate::format::list;
use crate::lab::Lab;
use crate::saved::SavedPolicy;
use crate::say;
use crate::train::{Seen, watch_saved};

/// Draw episodes of a policy: as a GIF, or as moments in a row for a paper.
///
/// The episodes are the first of the run's own evaluation. Drawn are CartPole, Acrobot,
/// Pendulum and MountainCar.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  trpo-lab play results/train/policies/CartPole-v1/trpo-0a1b2c3d/seed-0.safetensors --gif cart.gif
  trpo-lab play seed-0.safetensors --strip swing-up.svg --frames 10")]
pub struct Args {
    /// The file of the policy.
    #[arg(value_name = "POLICY")]
    policy: PathBuf,
    /// A GIF that repeats.
    #[arg(long, value_name = "FILE", required_unless_present = "strip")]
    gif: Option<PathBuf>,
    /// Moments of the first episode in a row; its name ends in .svg, .png or .pdf.
    #[arg(long, value_name = "FILE")]
    strip: Option<PathBuf>,
    /// Episodes in the GIF.
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    episodes: u32,
    /// Moments in the row.
    #[arg(long, value_name = "N", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(2..=24))]
    frames: u32,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let policy = SavedPolicy::read(&args.policy)?;
    let task = &policy.about.config.env;
    let known = film::drawable();
    if !known.contains(&task.as_str()) {
        let known = list(&known);
        return Err(CliError::Usage(format!(
            "{}: a policy of {task}, which cannot be drawn; {known} can",
            args.policy.display()
        )));
    }
    let format = args.strip.as_deref().map(format_of).transpose()?;
    let exec = Exec::from(lab.kernel());
    let episodes = watch_saved(lab, &policy, args.episodes, &exec)?;
    let episodes: Vec<Vec<Moment>> = episodes.into_iter().map(moments).collect();
    if let Some(path) = &args.gif {
        let comment = format!("trpo-lab, record {}", policy.about.record);
        disk::write(path, &film::gif(task, &episodes, &comment)?)?;
        say!("{}", path.display());
    }
    if let Some((path, format)) = args.strip.as_ref().zip(format) {
        let moments = spread(&episodes[0], args.frames as usize);
        disk::write(path, &film::strip(task, &moments, format)?)?;
        say!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn moments(seen: Seen) -> Vec<Moment> {
    let mut total = 0.0;
    let mut rewards = seen.rewards.into_iter();
    let observations = seen.observations.into_iter().enumerate();
    let moment = |(step, observation)| {
        let moment = Moment {
            observation,
            step,
            total,
        };
        total += rewards.next().unwrap_or(0.0);
        moment
    };
    observations.map(moment).collect()
}

/// So many of them, the first and the last among them, evenly apart.
fn spread(all: &[Moment], count: usize) -> Vec<Moment> {
    let last = all.len() - 1;
    let count = count.min(all.len()).max(2);
    let places = (0..count).map(|i| i * last / (count - 1));
    places.map(|place| all[place].clone()).collect()
}

fn format_of(path: &Path) -> Result<Format, CliError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let known = Format::ALL.iter().find(|(end, _)| *end == extension);
    known.map(|(_, format)| *format).ok_or_else(|| {
        CliError::Usage(format!(
            "--strip {}: the name must end in .svg, .png or .pdf",
            path.display()
        ))
    })
}
