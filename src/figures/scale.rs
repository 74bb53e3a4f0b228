//! Scales of axes and the round values at which they are marked.

use crate::format;

/// From values to the length of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// Evenly divided, over all `values` and a margin; from 0 to 1 without any.
    pub fn linear(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = range(values).unwrap_or((0.0, 1.0));
        let margin = match 0.04 * (high - low) {
            none if none <= 0.0 => 0.1 * high.abs().max(1.0),
            some => some,
        };
        Self::exactly(low - margin, high + margin)
    }

    /// Evenly divided from `low` to `high`.
    pub fn exactly(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            log: false,
        }
    }

    /// Divided by decades, over the positive ones of `values` and a margin, at
    /// most seven decades below the largest.
    pub fn log(values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|&value| value > 0.0);
        let (low, high) = range(positive).unwrap_or((0.1, 1.0));
        Self {
            low: low.max(high * 1e-7) / 1.4,
            high: high * 1.4,
            log: true,
        }
    }

    /// Divided by decades, over all positive `values` and a margin of a fourth
    /// of a decade.
    pub fn log_around(values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|&value| value > 0.0);
        let (low, high) = range(positive).unwrap_or((0.1, 1.0));
        Self {
            low: low / 1.8,
            high: high * 1.8,
            log: true,
        }
    }

    /// The same division from `low` to `high`.
    pub fn between(self, low: f64, high: f64) -> Self {
        // A logarithmic scale has no 0.
        let low = if self.log && low <= 0.0 {
            self.low.min(high / 10.0)
        } else {
            low
        };
        Self { low, high, ..self }
    }

    /// A scale over all of this and of `other`.
    pub fn joined(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            ..self
        }
    }

    /// Its ends, and whether it is divided by decades.
    pub fn ends(self) -> (f64, f64, bool) {
        (self.low, self.high, self.log)
    }

    /// Position of `value`, 0 at the lower end and 1 at the upper. On a
    /// logarithmic scale what is not above the lower end is at it.
    pub fn position(&self, value: f64) -> f64 {
        match self.log {
            true => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        }
    }

    /// About `target` round values inside the scale, with their names.
    pub fn ticks(&self, target: usize, name: Name) -> Vec<(f64, String)> {
        if self.log {
            return self.log_ticks(target);
        }
        let rough = (self.high - self.low) / target.max(1) as f64;
        let decade = 10f64.powf(rough.log10().floor());
        let off = |step: f64| (step / rough).ln().abs();
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .map(|factor| factor * decade)
            .into_iter()
            .min_by(|a, b| off(*a).total_cmp(&off(*b)))
            .unwrap_or(decade);
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        let tick = |k| {
            let value = k as f64 * step;
            (value, name.of(value, step))
        };
        // One mark says nothing of the distance to another.
        if first >= last && target < 16 {
            return self.ticks(2 * target.max(1), name);
        }
        (first..=last).map(tick).collect()
    }

    /// The decades, or every second, third ..., about `target` of them; less than
    /// two are divided at 2 and 5.
    fn log_ticks(&self, target: usize) -> Vec<(f64, String)> {
        let (first, last) = (
            self.low.log10().floor() as i32,
            self.high.log10().ceil() as i32,
        );
        let inside = |value: &f64| (self.low..=self.high).contains(value);
        let decades: Vec<i32> = (first..=last).filter(|&k| inside(&10f64.powi(k))).collect();
        if decades.len() < 2 {
            return (first..=last)
                .flat_map(|k| [1.0, 2.0, 5.0].map(|factor| factor * 10f64.powi(k)))
                .filter(inside)
                .map(|value| (value, format!("{}", (value * 1e12).round() / 1e12)))
                .collect();
        }
        let every = decades.len().div_ceil((target + 1).min(5)) as i32;
        let kept = decades.into_iter().filter(|k| k.rem_euclid(every) == 0);
        kept.map(|k| (10f64.powi(k), power_of_ten(k))).collect()
    }
}

/// Smallest and largest of the finite values.
fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |found, value| match found {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// How the values of ticks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// 250k, 1M.
    Steps,
    /// 1,500.
    Number,
    /// 20%.
    Percent,
}

impl Name {
    /// `value` on an axis that is marked every `step`.
    pub fn of(self, value: f64, step: f64) -> String {
        // As many decimals as multiples of `step` need.
        let plain = |value: f64, step: f64| {
            let decimals = (0..9).find(|&decimals| {
                let scaled = step.abs() * 10f64.powi(decimals);
                (scaled - scaled.round()).abs() < 1e-6 * scaled
            });
            format::number(value, decimals.unwrap_or(0) as usize)
        };
        let short = |value: f64| plain(value, value);
        match self {
            Self::Number => plain(value, step),
            Self::Percent => plain(100.0 * value, 100.0 * step) + "%",
            Self::Steps if value == 0.0 => "0".to_owned(),
            Self::Steps if value.abs() >= 1e6 => short(value / 1e6) + "M",
            Self::Steps if value.abs() >= 1e3 => short(value / 1e3) + "k",
            Self::Steps => short(value),
        }
    }
}

impl Name {
    /// `1M`, or `1M to 3M`: the range of some values.
    pub fn between(self, values: &[f64]) -> String {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(0.0, f64::max);
        match low < high {
            true => format!("{} to {}", self.of(low, low), self.of(high, high)),
            false => self.of(high, high),
        }
    }
}

/// `10` with the exponent as superscript glyphs.
fn power_of_ten(exponent: i32) -> String {
    let raised = |glyph| match glyph {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        // The others follow one another.
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    };
    "10".chars()
        .chain(exponent.to_string().chars().map(raised))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scale: Scale, target: usize, name: Name) -> Vec<String> {
        scale
            .ticks(target, name)
            .into_iter()
            .map(|tick| tick.1)
            .collect()
    }

    #[test]
    fn ticks_are_round_and_named_as_people_read_them() {
        let steps = Scale::exactly(0.0, 1_000_000.0);
        assert_eq!(
            names(steps, 4, Name::Steps),
            ["0", "250k", "500k", "750k", "1M"]
        );
        let steps = Scale::exactly(0.0, 2_000_000.0);
        assert_eq!(
            names(steps, 4, Name::Steps),
            ["0", "500k", "1M", "1.5M", "2M"]
        );
        let returns = Scale::exactly(-1600.0, -90.0);
        assert_eq!(
            names(returns, 3, Name::Number),
            ["−1,500", "−1,000", "−500"]
        );
        let small = Scale::exactly(0.0, 0.06);
        assert_eq!(
            names(small, 3, Name::Number),
            ["0.00", "0.02", "0.04", "0.06"]
        );
        assert_eq!(
            names(Scale::exactly(0.978, 1.022), 2, Name::Number),
            ["0.98", "1.00", "1.02"]
        );
        assert_eq!(
            names(Scale::exactly(0.0, 1.0), 2, Name::Percent),
            ["0%", "50%", "100%"]
        );
    }

    #[test]
    fn logarithmic_ticks_are_decades_or_parts_of_one() {
        let wide = Scale::log([2e-5, 0.5]);
        assert_eq!(
            names(wide, 4, Name::Number),
            ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹"]
        );
        let narrow = Scale::log([0.006, 0.03]);
        assert_eq!(names(narrow, 4, Name::Number), ["0.005", "0.01", "0.02"]);
    }

    #[test]
    fn zero_lies_at_the_lower_end_of_a_logarithmic_scale() {
        let scale = Scale::log([0.0, 0.001, 0.1]);
        assert_eq!(scale.position(0.0), 0.0);
        assert!(scale.position(0.001) > 0.0 && scale.position(0.1) < 1.0);
    }

    #[test]
    fn scales_of_nothing_and_of_one_value_have_a_length() {
        for scale in [
            Scale::linear([]),
            Scale::linear([5.0]),
            Scale::log([0.0]),
            Scale::log([2.0]),
        ] {
            assert!(scale.high > scale.low, "{scale:?}");
            assert!(!scale.ticks(3, Name::Number).is_empty(), "{scale:?}");
        }
    }
}
