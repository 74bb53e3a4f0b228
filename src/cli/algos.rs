//! `trpo-lab algos`: algorithms and their keys.

use std::io::{self, Write};
use std::process::ExitCode;

use super::CliError;
use crate::algo::critic::CriticSettings;
use crate::config::CommonSettings;
use crate::lab::Lab;
use crate::settings::KeyDoc;

/// List the algorithms, and the keys that they share, with defaults and
/// meanings.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this algorithm.
    #[arg(value_name = "ALGORITHM")]
    name: Option<String>,
}

pub(super) fn run(lab: &Lab, args: &Args) -> Result<ExitCode, CliError> {
    let shown = match &args.name {
        Some(name) => vec![lab.find_algorithm(name)?],
        None => lab.algorithms().to_vec(),
    };
    let mut out = crate::console::stdout();
    for kind in shown {
        let name = kind.name();
        writeln!(out, "{name}: {}\n", kind.summary())?;
        print_keys(&mut out, &format!("{name}."), &kind.keys())?;
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
        match doc.default.as_str() {
            // There is no default to write down; the meaning says what counts.
            "null" => writeln!(out, "  {prefix}{}", doc.key)?,
            default => writeln!(out, "  {prefix}{} = {default}", doc.key)?,
        }
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
