//! Which causes of an outage were told already.

use std::time::Duration;

use tokio::time::Instant;

use super::Loss;

/// A cause that comes back after another was told is told again, but only after this long: two that
/// take turns must not fill the log.
const AGAIN: Duration = Duration::from_mins(1);
/// More causes than there are.
const MOST: usize = 16;

/// What was told since all was well, newest last.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    told: Vec<(String, Instant)>,
}

impl Outage {
    /// The loss, if it is worth telling.
    pub(crate) fn tell(&mut self, loss: Loss, now: Instant) -> Option<Loss> {
        if self.told.last().is_some_and(|(cause, _)| *cause == loss.cause) {
            return None;
        }
        if let Some(before) = self.told.iter().position(|(cause, _)| *cause == loss.cause) {
            if now < self.told[before].1 + AGAIN {
                return None;
            }
            self.told.remove(before);
        }
        if self.told.len() >= MOST {
            self.told.remove(0);
        }
        self.told.push((loss.cause.clone(), now));
        Some(loss)
    }

    /// All is well.
    pub(crate) fn over(&mut self) {
        self.told.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(cause: &str) -> Loss {
        Loss { cause: cause.into(), hint: String::new() }
    }

    #[test]
    fn a_cause_is_told_once_and_anew_after_all_was_well() {
        let now = Instant::now();
        let mut outage = Outage::default();
        assert_eq!(outage.tell(loss("gone"), now), Some(loss("gone")));
        assert_eq!(outage.tell(loss("gone"), now + Duration::from_hours(1)), None);
        outage.over();
        assert_eq!(outage.tell(loss("gone"), now), Some(loss("gone")));
    }

    #[test]
    fn causes_that_take_turns_are_told_once_a_minute() {
        let now = Instant::now();
        let mut outage = Outage::default();
        assert!(outage.tell(loss("gone"), now).is_some());
        assert!(outage.tell(loss("garbage"), now).is_some());
        assert!(outage.tell(loss("gone"), now + Duration::from_secs(59)).is_none());
        assert!(outage.tell(loss("garbage"), now + Duration::from_secs(59)).is_none());
        assert!(outage.tell(loss("gone"), now + Duration::from_mins(1)).is_some());
    }

    #[test]
    fn endless_causes_take_no_endless_room() {
        let mut outage = Outage::default();
        for number in 0..1_000 {
            assert!(outage.tell(loss(&number.to_string()), Instant::now()).is_some());
        }
        assert_eq!(outage.told.len(), MOST);
    }
}
