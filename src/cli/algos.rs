//! `trpo-lab algos`: algorithms and their keys.

use std::io::{self, Write};
use std::process::ExitCode;

use super::CliError;
use crate::algo::AlgorithmConfig;
use crate::algo::critic::CriticSettings;
use crate::config::CommonSettings;
use crate::settings::KeyDoc;

/// List the algorithms, and the keys that they share, with defaults and
/// meanings.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this algorithm.
    #[arg(value_name = "ALGORITHM")]
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, CliError> {
    let algorithms = AlgorithmConfig::documentation();
    let wanted = |name: &str| args.name.as_ref().is_none_or(|wanted| wanted == name);
    if !algorithms.iter().any(|(name, ..)| wanted(name)) {
        let known = AlgorithmConfig::NAMES.join(", ");
        let name = args.name.as_deref().unwrap_or_default();
        let message = format!("there is no algorithm `{name}`; there are {known}");
        return Err(CliError::Usage(message));
    }
    let mut out = crate::console::stdout();
    for (name, summary, keys) in algorithms {
        if wanted(name) {
            writeln!(out, "{name}: {summary}\n")?;
            print_keys(&mut out, &format!("{name}."), &keys)?;
        }
    }
    if args.name.is_none() {
        writeln!(out, "Keys that every algorithm shares\n")?;
        print_keys(&mut out, "", &CommonSettings::documentation())?;
        print_keys(&mut out, "critic.", &CriticSettings::documentation())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Every key with its default, its meaning below.
fn print_keys(out: &mut impl Write, prefix: &str, keys: &[KeyDoc]) -> io::Result<()> {
    for doc in keys {
        writeln!(out, "  {prefix}{} = {}", doc.key, doc.default)?;
        let mut line = String::from("     ");
        for word in doc.meaning.split_whitespace() {
            if line.len() + word.len() > 78 {
                writeln!(out, "{line}")?;
                line = String::from("     ");
            }
            line.push(' ');
            line.push_str(word);
        }
        writeln!(out, "{line}\n")?;
    }
    Ok(())
}
