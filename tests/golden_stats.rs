//! Statistics against reference values: rliable 1.2.0, scipy 1.17.1 and an
//! exact enumeration.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use trpo_lab::stats::aggregate;
use trpo_lab::stats::special::{normal_cdf, student_t_quantile, student_t_sf};
use trpo_lab::stats::statistic::{Aggregates, IQM, MEAN, MEDIAN, OPTIMALITY_GAP};
use trpo_lab::stats::tolerance::tolerance_runs;
use trpo_lab::stats::{
    Difference, Estimate, Matrix, Opponents, Sample, Scale, Stratified, enumerate, moments,
    quantile,
};

fn golden<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/stats/{name}"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// From `[run][task]`.
fn matrix(runs: &[Vec<f64>]) -> Matrix {
    let task = |m| runs.iter().map(|run| run[m]).collect();
    Matrix::new(&(0..runs[0].len()).map(task).collect::<Vec<Vec<f64>>>()).unwrap()
}

/// The largest error of several numbers, which must stay below `tolerance`.
struct Errors {
    tolerance: f64,
    largest: f64,
}

impl Errors {
    fn within(tolerance: f64) -> Self {
        let largest = 0.0;
        Self { tolerance, largest }
    }

    fn check(&mut self, what: &str, found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(error <= self.tolerance, "{what}: {found}, not {expected}");
        self.largest = self.largest.max(error);
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        println!("largest error {:e} of {:e}", self.largest, self.tolerance);
    }
}

type Scores = BTreeMap<String, Vec<Vec<f64>>>;

#[derive(Deserialize)]
struct Point {
    name: String,
    scores: Scores,
    expected: BTreeMap<String, BTreeMap<String, f64>>,
    probability_of_improvement: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

fn points() -> Vec<Point> {
    golden::<Cases<Point>>("point_estimates.json").cases
}

fn scores_of(case: &str) -> Scores {
    points()
        .into_iter()
        .find(|c| c.name == case)
        .unwrap()
        .scores
}

#[test]
fn golden_stats_point_estimates() {
    let mut errors = Errors::within(1e-12);
    for case in points() {
        let matrices: BTreeMap<_, _> = case.scores.iter().map(|(k, v)| (k, matrix(v))).collect();
        for (name, expected) in &case.expected {
            let scores = &matrices[name];
            let found = Aggregates::of(scores);
            for (estimate, found) in [
                ("mean", found.get(&MEAN)),
                ("median", found.get(&MEDIAN)),
                ("iqm", found.get(&IQM)),
                ("optimality_gap", found.get(&OPTIMALITY_GAP)),
                (
                    "optimality_gap_gamma_0_5",
                    aggregate::optimality_gap(scores, 0.5),
                ),
            ] {
                let what = format!("{} {name} {estimate}", case.name);
                errors.check(&what, found, expected[estimate]);
            }
        }
        for (pair, &expected) in &case.probability_of_improvement {
            let (x, y) = pair.split_once('>').unwrap();
            let (x, y) = (&matrices[&x.to_owned()], &matrices[&y.to_owned()]);
            let found = aggregate::probability_of_improvement(x, y);
            errors.check(&format!("{} {pair}", case.name), found, expected);
        }
    }
}

#[derive(Deserialize)]
struct Profiles {
    name: String,
    tau: Vec<f64>,
    run_score: BTreeMap<String, Vec<f64>>,
    average_score: BTreeMap<String, Vec<f64>>,
}

#[test]
fn golden_stats_performance_profiles() {
    let mut errors = Errors::within(1e-12);
    for case in golden::<Cases<Profiles>>("performance_profiles.json").cases {
        for (name, runs) in scores_of(&case.name) {
            let scores = matrix(&runs);
            let found = aggregate::run_profile(&scores, &case.tau);
            let means = aggregate::task_profile(&scores, &case.tau);
            for k in 0..case.tau.len() {
                let what = format!("{} {name} at {}", case.name, case.tau[k]);
                errors.check(&what, found[k], case.run_score[&name][k]);
                errors.check(&what, means[k], case.average_score[&name][k]);
            }
        }
    }
}

#[derive(Deserialize)]
struct Ends {
    point: f64,
    lo: f64,
    hi: f64,
}

/// Each end within 5% of the width of the reference interval.
fn check_interval(what: &str, found: &Estimate, expected: &Ends) {
    let mut errors = Errors::within(0.05 * (expected.hi - expected.lo));
    errors.check(&format!("{what}, low"), found.low.unwrap(), expected.lo);
    errors.check(&format!("{what}, high"), found.high.unwrap(), expected.hi);
    Errors::within(1e-12).check(what, found.point, expected.point);
}

#[derive(Deserialize)]
struct Intervals {
    name: String,
    per_alg: BTreeMap<String, BTreeMap<String, Ends>>,
}

#[test]
fn golden_stats_bootstrap_intervals() {
    let bootstrap = Stratified::new(0);
    for case in golden::<Cases<Intervals>>("bootstrap_ci.json").cases {
        let scores = scores_of(&case.name);
        for (name, expected) in &case.per_alg {
            let scores = &matrix(&scores[name]);
            let found = bootstrap.aggregates(Sample { name, scores });
            for (estimate, found) in [
                ("mean", found.get(&MEAN)),
                ("median", found.get(&MEDIAN)),
                ("iqm", found.get(&IQM)),
                ("optimality_gap", found.get(&OPTIMALITY_GAP)),
            ] {
                let what = format!("{} {name} {estimate}", case.name);
                check_interval(&what, &found, &expected[estimate]);
            }
        }
    }
}

#[derive(Deserialize)]
struct Enumeration {
    scores: Vec<Vec<f64>>,
    n_resamples: usize,
    mean: BTreeMap<String, f64>,
    sd: BTreeMap<String, f64>,
    quantiles_linear: BTreeMap<String, BTreeMap<String, f64>>,
}

#[test]
fn golden_stats_exact_enumeration() {
    let reference: Enumeration = golden("bootstrap_exact_enumeration.json");
    let scores = matrix(&reference.scores);
    let mut errors = Errors::within(1e-12);
    let gap = |scores: &Matrix| aggregate::optimality_gap(scores, 1.0);
    type Statistic = fn(&Matrix) -> f64;
    let statistics: [(&str, Statistic); 4] = [
        ("mean", aggregate::mean),
        ("median", aggregate::median),
        ("iqm", aggregate::iqm),
        ("optimality_gap", gap),
    ];
    for (name, statistic) in statistics {
        let values = enumerate(&scores, statistic).unwrap();
        assert_eq!(values.len(), reference.n_resamples);
        let (mean, variance) = moments(&values).unwrap();
        // All resamples are there: nothing is estimated, and n divides.
        let sd = (variance * (values.len() - 1) as f64 / values.len() as f64).sqrt();
        errors.check(&format!("{name}, mean"), mean, reference.mean[name]);
        errors.check(&format!("{name}, sd"), sd, reference.sd[name]);
        for (level, &expected) in &reference.quantiles_linear[name] {
            let found = quantile(&values, level.parse().unwrap()).unwrap();
            errors.check(&format!("{name} at {level}"), found, expected);
        }
    }
}

/// The Monte-Carlo bootstrap tends to the enumeration.
#[test]
fn golden_stats_bootstrap_tends_to_the_enumeration() {
    let reference: Enumeration = golden("bootstrap_exact_enumeration.json");
    let scores = &matrix(&reference.scores);
    let mut bootstrap = Stratified::new(0);
    bootstrap.repetitions = 200_000;
    let samples = [Sample { name: "A", scores }];
    let iqms = bootstrap.resample(&samples, 1, |drawn, _, out| {
        out[0] = aggregate::iqm(&drawn[0]);
    });
    let (mean, variance) = moments(&iqms[0]).unwrap();
    let mut errors = Errors::within(1e-3);
    errors.check("mean", mean, reference.mean["iqm"]);
    errors.check("sd", variance.sqrt(), reference.sd["iqm"]);
}

/// The reference has intervals of P(X > Y) for scores that it does not hold,
/// so these are compared with every pair of resamples of two small matrices.
#[test]
fn golden_stats_improvement_tends_to_the_enumeration() {
    let x = matrix(&[vec![0.1], vec![0.5], vec![0.9], vec![0.7]]);
    let y = matrix(&[vec![0.2], vec![0.6], vec![0.5]]);
    let all = |scores: &Matrix| -> Vec<Matrix> {
        let resamples = std::cell::RefCell::new(Vec::new());
        let keep = |drawn: &Matrix| {
            resamples.borrow_mut().push(drawn.clone());
            0.0
        };
        enumerate(scores, keep).unwrap();
        resamples.into_inner()
    };
    let (all_x, all_y) = (all(&x), all(&y));
    assert_eq!((all_x.len(), all_y.len()), (256, 27));
    let pairs = || all_x.iter().flat_map(|x| all_y.iter().map(move |y| (x, y)));
    let improvement = pairs().map(|(x, y)| aggregate::probability_of_improvement(x, y));
    let exact: Vec<f64> = improvement.collect();
    let tasks: Vec<Opponents> = (0..x.tasks())
        .map(|m| Opponents {
            x: x.task(m).to_vec(),
            y: y.task(m).to_vec(),
            are_paired: false,
            scale: x.scale(&y, m),
        })
        .collect();
    // The exact distribution has jumps of a twenty-fourth, and one of them at 2.5%:
    // where 90% end there is none.
    let bootstrap = Stratified {
        confidence: 0.9,
        ..Stratified::new(0)
    };
    let found = bootstrap.improvement("X, Y", &tasks).1;
    let end = |level| quantile(&exact, level).unwrap();
    let (lo, hi, point) = (end(0.05), end(0.95), found.point);
    check_interval("P(X > Y)", &found, &Ends { point, lo, hi });
}

#[derive(Deserialize)]
struct WelchValues {
    t: f64,
    df: f64,
    ci_low: f64,
    ci_high: f64,
}

#[derive(Deserialize)]
#[allow(non_snake_case)]
struct Classical {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    welch: WelchValues,
    mannwhitney_U: f64,
    mean_ci95_t_x: [f64; 2],
    sd_x: f64,
    se_x: f64,
}

#[test]
fn golden_stats_classical_tests() {
    let mut errors = Errors::within(1e-9);
    for case in golden::<Cases<Classical>>("classical_tests.json").cases {
        let mut check = |what: &str, found, expected| {
            errors.check(&format!("{} {what}", case.name), found, expected);
        };
        let scale = Scale::of(&[&case.x, &case.y]);
        let found = Difference::independent(scale, &case.x, &case.y).unwrap();
        let interval = found.interval(0.025);
        check("t", found.point / found.error, case.welch.t);
        check("df", found.df, case.welch.df);
        check("low", interval.low, case.welch.ci_low);
        check("high", interval.high, case.welch.ci_high);
        let pairs = (case.x.len() * case.y.len()) as f64;
        let wins = aggregate::share_of_wins(&case.x, &case.y);
        check("U", wins * pairs, case.mannwhitney_U);
        let (mean, variance) = moments(&case.x).unwrap();
        let error = (variance / case.x.len() as f64).sqrt();
        check("sd", variance.sqrt(), case.sd_x);
        check("se", error, case.se_x);
        let half = student_t_quantile(0.975, (case.x.len() - 1) as f64) * error;
        check("mean, low", mean - half, case.mean_ci95_t_x[0]);
        check("mean, high", mean + half, case.mean_ci95_t_x[1]);
    }
    // Its note on tolerance intervals: alpha 0.05 and beta 0.9 need n >= 46.
    assert_eq!(tolerance_runs(0.9, 0.95), Some(46));
}

#[derive(Deserialize)]
struct Quantile {
    p: f64,
    df: f64,
    t: f64,
}

#[derive(Deserialize)]
struct Normal {
    z: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Special {
    t_ppf: Vec<Quantile>,
    t_sf: Vec<Quantile>,
    norm_cdf: Vec<Normal>,
}

#[test]
fn golden_stats_special_functions() {
    let reference: Special = golden("special_functions.json");
    let mut errors = Errors::within(1e-9);
    for Quantile { p, df, t } in reference.t_ppf {
        errors.check(&format!("t_ppf {p} {df}"), student_t_quantile(p, df), t);
    }
    for Quantile { p, df, t } in reference.t_sf {
        errors.check(&format!("t_sf {t} {df}"), student_t_sf(t, df), p);
    }
    for Normal { z, p } in reference.norm_cdf {
        errors.check(&format!("norm_cdf {z}"), normal_cdf(z), p);
    }
}

#[derive(Deserialize)]
struct Efficiency {
    /// `[run][task][step]`
    scores: Vec<Vec<Vec<f64>>>,
    iqm: Vec<f64>,
    lo: Vec<f64>,
    hi: Vec<f64>,
}

#[test]
fn golden_stats_sample_efficiency() {
    let reference: Efficiency = golden("sample_efficiency.json");
    let at = |step: usize| -> Vec<Vec<f64>> {
        let run = |run: &Vec<Vec<f64>>| run.iter().map(|task| task[step]).collect();
        reference.scores.iter().map(run).collect()
    };
    let points: Vec<Matrix> = (0..reference.iqm.len()).map(|k| matrix(&at(k))).collect();
    let curve = Stratified::new(0).iqm_curve("A", &points);
    for (k, found) in curve.iter().enumerate() {
        let expected = Ends {
            point: reference.iqm[k],
            lo: reference.lo[k],
            hi: reference.hi[k],
        };
        check_interval(&format!("IQM at point {k}"), found, &expected);
    }
}
