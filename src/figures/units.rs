//! Units of print.

/// Points in an inch.
pub(super) const INCH: f64 = 72.0;

/// Points of a width in millimetres.
pub(super) fn millimetres(width: f64) -> f64 {
    width / 25.4 * INCH
}
