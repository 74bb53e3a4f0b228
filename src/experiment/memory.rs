//! Whether runs fit into the memory of this machine.

use std::fs;
use std::path::Path;

use super::work::Run;
use crate::footprint::Footprint;
use crate::lab::Lab;

/// Runs that would take more memory than there is.
#[derive(Debug, thiserror::Error)]
#[error(
    "{label} would take about {} of memory{}, and this machine gives {}; make {} smaller{}",
    shown(*bytes),
    if *jobs > 1 { format!(", with the {} runs beside it {}", jobs - 1, shown(*together)) } else { String::new() },
    shown(*limit),
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or "),
    if *jobs > 1 && bytes <= limit { ", or give fewer --jobs" } else { "" }
)]
pub struct TooLarge {
    /// The run that takes most.
    label: String,
    /// What it takes, in bytes.
    bytes: u64,
    /// What those that are made at a time take, in bytes.
    together: u64,
    /// How many these are.
    jobs: usize,
    /// What there is, in bytes.
    limit: u64,
    /// What makes it large.
    keys: Vec<&'static str>,
}

/// Refuses `runs` of which those made at a time, at most `jobs`, take more
/// memory than this machine has.
pub fn check<'a>(
    lab: &Lab,
    runs: impl Iterator<Item = &'a Run<'a>>,
    jobs: usize,
) -> Result<(), TooLarge> {
    match limit() {
        Some(limit) => check_against(lab, limit, runs, jobs),
        None => Ok(()),
    }
}

fn check_against<'a>(
    lab: &Lab,
    limit: u64,
    runs: impl Iterator<Item = &'a Run<'a>>,
    jobs: usize,
) -> Result<(), TooLarge> {
    let mut sizes: Vec<(&Run<'_>, Footprint)> = runs
        .filter_map(|run| Some((run, footprint(lab, run)?)))
        .collect();
    // The worst that can happen: the largest at the same time.
    sizes.sort_by_key(|(_, footprint)| std::cmp::Reverse(footprint.total()));
    sizes.truncate(jobs);
    let together = sizes.iter().fold(0u64, |sum, (_, footprint)| {
        sum.saturating_add(footprint.total())
    });
    match sizes.first() {
        Some((run, footprint)) if together > limit => Err(TooLarge {
            label: run.label(),
            bytes: footprint.total(),
            together,
            jobs: sizes.len(),
            limit,
            keys: footprint.keys(),
        }),
        _ => Ok(()),
    }
}

/// What a run takes; `None` where its task does not exist, which is said when
/// it is made.
fn footprint(lab: &Lab, run: &Run<'_>) -> Option<Footprint> {
    let task = lab.task_of(run.config).ok()?;
    let spec = task.spec();
    Some(
        run.config
            .footprint(spec.observation_dim, spec.actions.width()),
    )
}

/// The memory that a process may take, in bytes: all that the machine has (what
/// others use of it now may be free in an hour), or less where its control group
/// has less; `None` where the system does not tell.
fn limit() -> Option<u64> {
    limit_below(Path::new("/"))
}

/// [`limit`] with `root` in place of `/`.
fn limit_below(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let groups = groups.lines().filter_map(|line| group_limit(root, line));
    machine(root).into_iter().chain(groups).min()
}

/// `MemTotal:       24576000 kB`
fn machine(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

/// The least limit of a control group and of those above it, from its line of
/// `/proc/self/cgroup`: `0::/group` (version 2) or `4:memory:/group` (version
/// 1). Inside a container the group may stand at the root instead.
fn group_limit(root: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, group) = (parts.next()?, parts.next()?);
    let (mount, file) = if controllers.is_empty() {
        ("sys/fs/cgroup", "memory.max")
    } else if controllers.split(',').any(|name| name == "memory") {
        ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
    } else {
        return None;
    };
    let mount = root.join(mount);
    let group = Path::new(group.trim_start_matches('/'));
    // No limit is written as `max`, or as a number larger than any machine.
    let read = |folder: &Path| -> Option<u64> {
        let text = fs::read_to_string(mount.join(folder).join(file)).ok()?;
        text.trim().parse().ok()
    };
    group.ancestors().filter_map(read).min()
}

/// `23.5 GB`
fn shown(bytes: u64) -> String {
    let mut amount = bytes as f64;
    let mut unit = "bytes";
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if amount < 1000.0 {
            break;
        }
        (amount, unit) = (amount / 1000.0, larger);
    }
    match unit {
        "bytes" => format!("{amount} {unit}"),
        _ => format!("{amount:.1} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algo::AlgorithmConfig;
    use crate::config::RunConfig;

    /// A machine with 1,000 kB and these files.
    fn limit_with(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        let meminfo = ("proc/meminfo", "MemFree: 1 kB\nMemTotal:    1000 kB\n");
        for (name, text) in files.iter().chain([&meminfo]) {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        limit_below(root.path())
    }

    #[test]
    fn the_least_of_machine_and_control_groups_is_the_limit() {
        assert_eq!(limit_with(&[]), Some(1_024_000));
        let second = ("proc/self/cgroup", "0::/a/b\n");
        let unlimited = ("sys/fs/cgroup/a/b/memory.max", "max\n");
        let above = ("sys/fs/cgroup/a/memory.max", "500000\n");
        let root = ("sys/fs/cgroup/memory.max", "400000\n");
        assert_eq!(limit_with(&[second, unlimited]), Some(1_024_000));
        assert_eq!(limit_with(&[second, unlimited, above]), Some(500_000));
        assert_eq!(limit_with(&[second, root]), Some(400_000));
        let first = ("proc/self/cgroup", "5:cpu:/x\n4:memory,hugetlb:/a\n0::/\n");
        let own = ("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "300000\n");
        let none = (
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
            "9223372036854771712\n",
        );
        assert_eq!(limit_with(&[first, own, none]), Some(300_000));
        assert_eq!(limit_with(&[first, none]), Some(1_024_000));
        assert_eq!(limit_below(Path::new("/nowhere")), None);
    }

    #[test]
    fn runs_that_fit_alone_may_not_fit_together() {
        let algorithm = AlgorithmConfig::new::<crate::algo::ppo::Ppo>(Default::default());
        let config = RunConfig::new("CartPole-v1", algorithm);
        let runs = [0, 1, 2].map(|seed| Run {
            variant: "ppo",
            config: &config,
            seed,
        });
        let lab = Lab::standard();
        let alone = footprint(&lab, &runs[0]).unwrap().total();
        let check = |limit, jobs| check_against(&lab, limit, runs.iter(), jobs);
        assert!(check(2 * alone, 2).is_ok());
        let message = check(2 * alone, 8).unwrap_err().to_string();
        assert!(message.contains("with the 2 runs beside it"), "{message}");
        assert!(message.ends_with("or give fewer --jobs"), "{message}");
        let message = check(alone - 1, 1).unwrap_err().to_string();
        assert!(message.contains("make `batch`"), "{message}");
        assert!(!message.contains("jobs"), "{message}");
    }

    #[test]
    fn amounts_read_well() {
        let amounts = [999, 1000, 25_260_000_000, u64::MAX].map(shown);
        assert_eq!(amounts, ["999 bytes", "1.0 kB", "25.3 GB", "18.4 EB"]);
    }
}
