//! What is done between the updates and evaluations of a run: clock, progress, checkpoints, and
//! the wish to stop.

use std::fmt::Display;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::checkpoint;
use super::interrupt::{Standing, UnderWay};
use super::progress::RunProgress;
use super::provenance::Stopwatch;
use super::work::{Run, Shared};
use crate::train::{Observer, Part, Trainer};

/// An update or an evaluation that took longer than this may keep whoever wants to stop waiting:
/// a checkpoint is kept in memory while the next one is made.
const LONG_UPDATE: Duration = Duration::from_secs(1);

/// Watches one run: clock, progress, checkpoints, and the wish to stop.
pub(super) struct Watch<'a> {
    shared: &'a Shared<'a>,
    run: &'a Run<'a>,
    stopwatch: Stopwatch,
    progress: RunProgress<'a>,
    under_way: &'a UnderWay<'a>,
    /// Whether the last update was long; so until there is one.
    is_update_long: bool,
    /// Whether the last evaluation while training was long; so until there is one.
    is_point_long: bool,
    /// When the last update or evaluation ended.
    boundary: Instant,
    /// When the last checkpoint was written.
    saved: Instant,
    /// Whether it was said that there can be none.
    has_complained: bool,
}

impl<'a> Watch<'a> {
    /// A watch over a run that begins or goes on now.
    pub fn new(
        shared: &'a Shared<'a>,
        run: &'a Run<'a>,
        under_way: &'a UnderWay<'a>,
        progress: RunProgress<'a>,
    ) -> Self {
        Self {
            shared,
            run,
            stopwatch: Stopwatch::start(),
            progress,
            under_way,
            is_update_long: true,
            is_point_long: true,
            boundary: Instant::now(),
            saved: Instant::now(),
            has_complained: false,
        }
    }

    /// What was measured, and the progress that is to be finished.
    pub fn end(self) -> (Stopwatch, RunProgress<'a>) {
        (self.stopwatch, self.progress)
    }

    /// Puts down the state of the run at a boundary, where it must be: on disk,
    /// or in memory because nobody knows how long what follows will take.
    fn put_down(&mut self, trainer: &Trainer, is_for_disk: bool, is_long: bool) {
        if !is_for_disk && !is_long {
            self.under_way.at_boundary(|| Standing::InTheRun);
            return;
        }
        let complain = |error: &dyn Display| {
            // Without it the run begins anew after an interruption: no result
            // is lost.
            let note = &self.shared.progress;
            note.note(&format!("{}: no checkpoint: {error}", self.run.label()));
        };
        let bytes = match checkpoint::encode(trainer) {
            Ok(bytes) => bytes,
            Err(error) => {
                // Of environments of Gymnasium it was said before the run.
                let was_said = trainer.task().gymnasium().is_some();
                if !std::mem::replace(&mut self.has_complained, true) && !was_said {
                    complain(&error);
                }
                self.under_way.at_boundary(|| Standing::OnDisk);
                return;
            }
        };
        if !is_for_disk {
            self.under_way.at_boundary(|| Standing::InMemory(bytes));
            return;
        }
        self.saved = Instant::now();
        let (env, variant, seed) = self.run.place();
        let path = self.shared.store.checkpoint_path(env, variant, seed);
        self.under_way.at_boundary(|| {
            if let Err(error) = checkpoint::write(&path, &bytes) {
                complain(&error);
            }
            Standing::OnDisk
        });
    }
}

impl Observer for Watch<'_> {
    fn begin(&mut self, part: Part) {
        self.stopwatch.begin(part);
    }

    fn updated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        self.progress.set(trainer.steps());
        self.is_update_long = self.boundary.elapsed() > LONG_UPDATE;
        self.at_boundary(trainer)
    }

    fn evaluated(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        if let Some(point) = trainer.points().last() {
            self.progress.say_evaluation(point.evaluation.mean_return());
        }
        self.is_point_long = self.boundary.elapsed() > LONG_UPDATE;
        self.at_boundary(trainer)
    }
}

impl Watch<'_> {
    /// An update or an evaluation has been made.
    fn at_boundary(&mut self, trainer: &Trainer) -> ControlFlow<()> {
        self.stopwatch.rest();
        // Nothing is left to do that could be stopped, or take long.
        if trainer.has_ended_early() {
            return ControlFlow::Continue(());
        }
        let stop = self.shared.interrupt.is_asked();
        let is_for_disk = stop || self.saved.elapsed() >= self.shared.checkpoint_every;
        // What comes next may be either. After the last update comes the evaluation,
        // however long that is.
        let has_points = trainer.config().points() > 0;
        let is_long = self.is_update_long || (has_points && self.is_point_long);
        let is_long = is_long || trainer.is_finished();
        let since = Instant::now();
        self.put_down(trainer, is_for_disk, is_long);
        self.stopwatch.kept(since.elapsed());
        self.boundary = Instant::now();
        if stop {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
