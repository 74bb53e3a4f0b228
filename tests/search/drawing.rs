//! What settings are drawn.

use trpo_lab::search::Search;

use super::{TEXT, parse};

#[test]
fn draws_depend_on_the_seed_and_the_variant_and_on_nothing_else() {
    let values = |search: &Search, variant: &str| {
        let found = search
            .variants
            .iter()
            .find(|known| known.name == variant)
            .unwrap();
        let settings = found.settings.iter().map(|setting| setting.values.clone());
        settings.collect::<Vec<_>>()
    };
    let one = parse(TEXT).unwrap();
    // NPG first, and nothing else changed.
    let (head, variants) = TEXT.split_once("[variant.trpo]").unwrap();
    let (trpo, npg) = variants.split_once("[variant.npg]").unwrap();
    let other = parse(&format!("{head}[variant.npg]{npg}\n[variant.trpo]{trpo}")).unwrap();
    for variant in ["trpo", "npg"] {
        assert_eq!(values(&one, variant), values(&other, variant));
    }
    assert_ne!(values(&one, "trpo")[1][0].1, values(&one, "npg")[1][0].1);
    let reseeded = parse(&TEXT.replace("seed = 3", "seed = 4")).unwrap();
    assert_eq!(values(&one, "trpo")[0], values(&reseeded, "trpo")[0]);
    assert_ne!(values(&one, "trpo")[1], values(&reseeded, "trpo")[1]);
    // Setting 0 is what the file and the defaults give.
    let first = &values(&one, "trpo")[0];
    let expected = [("trpo.delta", "0.01"), ("critic.learning_rate", "0.001")];
    assert_eq!(
        *first,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    // More settings begin with the same ones.
    let more = parse(&TEXT.replace("settings = 3", "settings = 6")).unwrap();
    assert_eq!(values(&more, "npg")[..3], values(&one, "npg"));
    for setting in values(&more, "trpo") {
        let delta: f64 = setting[0].1.parse().unwrap();
        assert!((0.003..=0.1).contains(&delta));
    }
}

#[test]
fn dearer_settings_are_drawn_again_and_whole_numbers_are_whole() {
    let keys = "critic.epochs = { log = [1, 60] }\ntrpo.cg_iterations = { uniform = [1, 40] }\n";
    let text = TEXT
        .replace("[search.keys]\n", &format!("[search.keys]\n{keys}"))
        .replace("settings = 3", "settings = 12");
    let search = parse(&text).unwrap();
    let trpo = &search.variants[0];
    // 1 epoch, the gradient, 10 iterations and x^T F x.
    assert_eq!(trpo.settings[0].cost, 13.0);
    for setting in &trpo.settings {
        assert!(setting.cost <= 26.0, "{setting:?}");
        let of = |key: &str| {
            let value = setting.values.iter().find(|(known, _)| known == key);
            value.unwrap().1.parse::<u32>().unwrap()
        };
        assert!((1..=60).contains(&of("critic.epochs")));
        assert_eq!(
            setting.cost,
            f64::from(of("critic.epochs") + of("trpo.cg_iterations") + 2)
        );
    }
}
