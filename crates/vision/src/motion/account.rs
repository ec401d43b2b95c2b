//! What the mechanisms made of a frame, for who asks why something was reported or was not.

use watchpost_model::Fraction;

use super::evidence::State;
use crate::cast::real;

/// Grey levels by which a pixel differs at all.
const DIFFERS: f32 = 7.0;

/// What the mechanisms made of one frame, or of several in the mean: shares of the picture.
///
/// Each takes its share out of what the one before left, the way the frame goes; a mechanism can
/// also bring something out (light taken away shows what it hid), which counts as nothing taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Account {
    /// What is known of the background; of several frames, of the last.
    pub state: State,
    /// Whether the picture is one of night; of several frames, whether the last is.
    pub is_night: bool,
    /// Differed from the background by 7 grey levels or more, before anything was taken out.
    pub differed: Fraction,
    /// Taken out as a change of light.
    pub light: Fraction,
    /// Taken out as a shift of the whole picture.
    pub shift: Fraction,
    /// Taken out as noise, or because its structure did not change.
    pub noise: Fraction,
    /// Taken out because it comes and goes all the time.
    pub restless: Fraction,
    /// Left at the standard sensitivity, to be judged.
    pub left: Fraction,
}

impl Account {
    fn new() -> Self {
        let [differed, light, shift, noise, restless, left] = [Fraction::NONE; 6];
        let (state, is_night) = (State::Anew, false);
        Self { state, is_night, differed, light, shift, noise, restless, left }
    }
}

/// Draws up the account of one frame after another.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    account: Account,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { account: Account::new() }
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// Takes the differences of a new frame, in grey levels.
    pub(super) fn begin(&mut self, differences: &[f32]) {
        let differed = share_of(differences, beyond);
        self.account = Account { differed, left: differed, ..Account::new() };
    }

    /// Takes the differences without what the light explains.
    pub(super) fn light(&mut self, differences: &[f32]) {
        self.account.light = self.leave(share_of(differences, beyond));
    }

    /// Takes the differences without what a shift explains, too.
    pub(super) fn shift(&mut self, differences: &[f32]) {
        self.account.shift = self.leave(share_of(differences, beyond));
    }

    /// Takes what differs by more than its noise, 1 for each pixel that does, else 0.
    pub(super) fn noise(&mut self, differs: &[u8]) {
        self.account.noise = self.leave(share_of(differs, |differs| *differs != 0));
    }

    /// Takes what of that is not restless.
    pub(super) fn restless(&mut self, differs: &[u8]) {
        self.account.restless = self.leave(share_of(differs, |differs| *differs != 0));
    }

    pub(super) fn end(&mut self, state: State, is_night: bool) {
        (self.account.state, self.account.is_night) = (state, is_night);
    }

    /// What was taken out if so much is left.
    fn leave(&mut self, left: Fraction) -> Fraction {
        let taken = Fraction::clamped(self.account.left.get() - left.get());
        self.account.left = left;
        taken
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "called on what a slice holds")]
fn beyond(difference: &f32) -> bool {
    difference.abs() >= DIFFERS
}

fn share_of<T>(plane: &[T], counts: impl Fn(&T) -> bool) -> Fraction {
    let count = plane.iter().filter(|value| counts(value)).count();
    Fraction::clamped(real(count) / real(plane.len().max(1)))
}

/// The mean of several accounts, such as those of a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    frames: usize,
    /// The sums of the shares, in their order.
    sums: [f32; 6],
    last: Option<Account>,
}

impl Mean {
    /// Takes in the account of one more frame.
    pub fn add(&mut self, account: &Account) {
        let Account { differed, light, shift, noise, restless, left, state: _, is_night: _ } =
            account;
        let shares = [differed, light, shift, noise, restless, left];
        for (sum, share) in self.sums.iter_mut().zip(shares) {
            *sum += share.get();
        }
        self.frames += 1;
        self.last = Some(*account);
    }

    /// How many accounts were taken in.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Their mean, `None` of none.
    #[must_use]
    pub fn get(&self) -> Option<Account> {
        let Account { state, is_night, .. } = self.last?;
        let [differed, light, shift, noise, restless, left] =
            self.sums.map(|sum| Fraction::clamped(sum / real(self.frames)));
        Some(Account { state, is_night, differed, light, shift, noise, restless, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mechanism_is_told_by_what_it_takes_out() {
        let mut tally = Tally::new();
        tally.begin(&[0.0, 9.0, -9.0, 9.0, 30.0, 30.0, 6.9, 30.0]);
        tally.light(&[0.0, 9.0, -9.0, 9.0, 30.0, 0.0, 0.0, 30.0]);
        tally.shift(&[0.0, 0.0, 0.0, 9.0, 30.0, 0.0, 0.0, 30.0]);
        tally.noise(&[0, 0, 0, 0, 1, 0, 0, 1]);
        tally.restless(&[0, 0, 0, 0, 1, 0, 0, 0]);
        tally.end(State::Known, true);
        let account = *tally.account();
        let sixteenths = |share: Fraction| crate::cast::floor(share.get() * 16.0);
        let Account { differed, light, shift, noise, restless, left, .. } = account;
        let told = [differed, light, shift, noise, restless, left].map(sixteenths);
        assert_eq!(told, [12, 2, 4, 2, 2, 2]);
        assert_eq!((account.state, account.is_night), (State::Known, true));

        let mut mean = Mean::default();
        assert_eq!(mean.get(), None);
        tally.begin(&[0.0; 8]);
        mean.add(&account);
        mean.add(tally.account());
        let mean = mean.get().unwrap();
        assert_eq!((sixteenths(mean.differed), sixteenths(mean.left)), (6, 1));
        assert_eq!(mean.state, State::Anew, "of the last");
    }
}
