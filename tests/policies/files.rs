//! The format: what is refused, and what is read for ever.

use std::collections::HashMap;
use std::path::Path;

use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};
use trpo_lab::env::Action;
use trpo_lab::exec::Exec;
use trpo_lab::saved::{Damage, SavedPolicy};

use super::{finished, ppo, trpo};

const GOLDEN: &str = "tests/golden/policies";

fn bytes() -> Vec<u8> {
    finished(&trpo("CartPole-v1"), 1)
        .policy
        .unwrap()
        .to_bytes()
        .unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    SavedPolicy::from_bytes(bytes).unwrap_err().to_string()
}

/// A file of every version of the format is read, and means what it meant.
#[test]
fn files_of_every_version_are_read_for_ever() {
    let path = Path::new(GOLDEN).join("version-1.safetensors");
    if std::env::var_os("TRPO_LAB_WRITE").is_some() && !path.exists() {
        let policy = finished(&ppo("Pendulum-v1"), 1).policy.unwrap();
        std::fs::create_dir_all(GOLDEN).unwrap();
        std::fs::write(&path, policy.to_bytes().unwrap()).unwrap();
    }
    let policy = SavedPolicy::read(&path).unwrap();
    assert_eq!(policy.about.format, 1);
    assert_eq!(policy.to_bytes().unwrap(), std::fs::read(&path).unwrap());
    assert_eq!(
        (&*policy.about.config.env, policy.about.seed),
        ("Pendulum-v1", 1)
    );
    let mut agent = policy.agent(&Exec::default());
    let Action::Continuous(&[action]) = agent.act(&[0.6, -0.8, 0.5]).unwrap() else {
        panic!("an action of Pendulum has one component");
    };
    assert_eq!(action.to_bits(), ACTION, "{action}");
}

/// What that policy does there, in bits.
const ACTION: u32 = 1_031_438_944;

#[test]
fn a_newer_format_a_foreign_file_and_a_cut_one_are_told_apart() {
    let good = bytes();
    let text = String::from_utf8_lossy(&good).into_owned();
    assert!(text.contains(r#"{\"format\":1,"#));
    let newer = replaced(&good, br#"\"format\":1,"#, br#"\"format\":2,"#);
    assert!(refusal(&newer).contains("its format has version 2, this program reads up to 1"));
    let seed = replaced(&good, br#"\"seed\":1,"#, br#"\"seed\":7,"#);
    assert!(matches!(
        SavedPolicy::from_bytes(&seed),
        Err(Damage::Changed)
    ));
    let unknown = replaced(&good, br#"\"seed\":1,"#, br#"\"sead\":1,"#);
    assert!(refusal(&unknown).contains("what it says of its run cannot be read"));

    let numbers = [0u8; 8];
    let view = TensorView::new(Dtype::F32, vec![2], &numbers).unwrap();
    let foreign = safetensors::serialize([("layers.0.weight", &view)], None).unwrap();
    assert!(matches!(
        SavedPolicy::from_bytes(&foreign),
        Err(Damage::Foreign)
    ));
    assert!(refusal(b"not a policy at all").contains("safetensors"));
    for end in (0..good.len()).step_by(97) {
        assert!(
            SavedPolicy::from_bytes(&good[..end]).is_err(),
            "cut at {end}"
        );
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from);
    let at = at.expect("it stands in the file");
    let mut all = bytes.to_vec();
    all[at..at + to.len()].copy_from_slice(to);
    all
}

/// Sound files of tensors that are no policy: with one tensor changed or left out.
#[test]
fn tensors_that_make_no_policy_are_refused_by_name() {
    let good = bytes();
    let (_, header) = safetensors::SafeTensors::read_metadata(&good).unwrap();
    let metadata: HashMap<String, String> = header.metadata().clone().unwrap();
    let file = safetensors::SafeTensors::deserialize(&good).unwrap();
    for name in file.names() {
        let others = file
            .tensors()
            .into_iter()
            .filter(|(other, _)| other != name);
        let cut = safetensors::serialize(others, Some(metadata.clone())).unwrap();
        assert!(
            matches!(SavedPolicy::from_bytes(&cut), Err(Damage::Changed)),
            "without {name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A changed byte is noticed wherever it is, but for spaces in the header.
    #[test]
    fn no_changed_byte_goes_unnoticed(place in 0usize..100_000, to in any::<u8>()) {
        let good = cached();
        let mut bad = good.to_vec();
        let place = place % bad.len();
        prop_assume!(bad[place] != to);
        bad[place] = to;
        if let Ok(read) = SavedPolicy::from_bytes(&bad) {
            prop_assert_eq!(&read.to_bytes().unwrap()[..], good, "byte {}", place);
        }
    }

    /// Bytes that are no file give an error, and no panic.
    #[test]
    fn no_bytes_give_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), keep in 0usize..600) {
        let _ = SavedPolicy::from_bytes(&bytes);
        let mut mixed = cached()[..keep.min(cached().len())].to_vec();
        mixed.extend(bytes);
        let _ = SavedPolicy::from_bytes(&mixed);
    }
}

fn cached() -> &'static [u8] {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(bytes)
}
