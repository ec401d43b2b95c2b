//! What is seen in the frames.

use std::time::Duration;

use watchpost_model::WallTime;
use watchpost_vision::Grey;
use watchpost_vision::motion::grid::Page;
use watchpost_vision::motion::{Evidence, Lack, Motion, Verdict};
use watchpost_vision::stir::Sight;
use watchpost_web::{Detection, Moving};

use super::objects::Objects;
use super::{Eye, Seen};
use crate::grids::Leaf;
use crate::health::Sign;

/// What the eye finds wrong with its pictures is told this often, and when it changes.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// How long after its last motion a camera counts as quiet, for the page.
const QUIET: Duration = Duration::from_secs(1);

impl Eye {
    /// The time since the first frame.
    pub(super) fn elapsed(&self, at: WallTime) -> Duration {
        self.began.map_or(Duration::ZERO, |began| at.since_or_zero(began))
    }

    /// Looks for motion in one frame. One that is not newer than the last was seen before.
    pub(super) fn judge(&mut self, frame: &Grey, at: WallTime) {
        if self.seen.is_some_and(|seen| at <= seen) {
            return;
        }
        self.seen = Some(at);
        self.began.get_or_insert(at);
        let elapsed = self.elapsed(at);
        if self.desk.examines {
            self.examine(frame, at, elapsed);
        }
        if !self.watches() {
            return;
        }
        let motion = self.step(frame, elapsed);
        self.vigil.looked(self.sight(&motion), elapsed);
        let page = self.detector.evidence().and_then(|seen| {
            if self.vigil.is_asleep() {
                return self.grid.step(&seen.blank(), &motion, at);
            }
            self.grid.step(seen, &motion, at)
        });
        if let Some(page) = page {
            self.keep(page);
        }
        if self.desk.meter.is_watched() {
            self.show(&motion, at);
        }
        if let Some(objects) = &mut self.objects {
            objects.moved(&motion);
        }
        if motion.is_moving() {
            self.moved = Some(at);
            let known = self.objects.as_ref().is_some_and(Objects::knows);
            self.tell(Seen::Motion { at, motion, known });
        }
        let moving = self.moved.is_some_and(|moved| at.since_or_zero(moved) < QUIET);
        self.desk.board.detection(if moving { Detection::Motion } else { Detection::Watching });
    }

    /// What moves in one frame. Asleep frames are too far apart to tell, and what is new in one has woken
    /// the eye before it comes here.
    fn step(&mut self, frame: &Grey, elapsed: Duration) -> Motion {
        if self.vigil.is_asleep() {
            self.detector.learn(frame, elapsed);
            return Motion::none();
        }
        self.detector.step(frame, elapsed)
    }

    /// What the last frame showed: what lacks only time or travel may yet move.
    fn sight(&self, motion: &Motion) -> Sight {
        let may_move =
            |verdict: &Verdict| matches!(verdict, Verdict::Stays(Lack::Time | Lack::Travel));
        let verdicts = self.detector.judge().verdicts();
        if motion.is_moving() {
            Sight::Motion
        } else if verdicts.iter().any(|(_, verdict)| may_move(verdict)) {
            Sight::Doubt
        } else {
            Sight::Nothing
        }
    }

    /// Looks for what is wrong with the camera in one frame.
    fn examine(&mut self, frame: &Grey, at: WallTime, elapsed: Duration) {
        let looks = self.examiner.step(frame, elapsed);
        let news = looks != self.looks;
        if news || at.since_or_zero(self.looks_told) >= LOOKS_EVERY || at < self.looks_told {
            // What finds no room is told again in a second.
            if self.desk.signs.try_send(Sign::Looks(looks.clone(), at)).is_ok() {
                self.looks = looks;
                self.looks_told = at;
            }
        }
    }

    /// When the decisions are behind, the next frame tells the same story.
    pub(super) fn tell(&self, seen: Seen) {
        if self.desk.seen.try_send(seen).is_err() {
            tracing::debug!(camera = %self.desk.camera, "the decisions are behind");
        }
    }

    /// Shows what moves to those who watch.
    fn show(&self, motion: &Motion, at: WallTime) {
        let night = self.detector.evidence().is_some_and(Evidence::is_night);
        let objects = self.objects.as_ref().map(Objects::live).unwrap_or_default();
        let level = motion.area.get().sqrt() * 255.0;
        let level = (0..=u8::MAX).rev().find(|step| f32::from(*step) <= level).unwrap_or(0);
        self.desk.meter.show(Moving { at, level, boxes: motion.regions(), objects, night });
    }

    /// Ends the page of the motion grid that is being filled.
    pub(super) fn end_page(&mut self) {
        if let Some(page) = self.grid.finish() {
            self.keep(page);
        }
    }

    fn keep(&self, page: Page) {
        if self.desk.pages.try_send(Leaf::Page(page)).is_err() {
            let camera = &self.desk.camera;
            tracing::warn!(%camera, "a page of the motion grid is lost: the disk is too slow");
        }
    }
}
