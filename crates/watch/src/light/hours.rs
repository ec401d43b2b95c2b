//! When the hours of a day begin and end.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use watchpost_model::WallTime;

/// Whether `now` lies in the hours from `from` on up to but without `to`, by the clock of `zone`, and when
/// that changes next. Over midnight if `from` is later; all day if they are the same.
///
/// Each day has its hours once: where the clock is put back and a time comes twice, the first one counts;
/// where it is put forward, a time that is left out comes as much later.
pub(super) fn at(
    now: WallTime,
    (from, to): (Time, Time),
    zone: &TimeZone,
) -> (bool, Option<WallTime>) {
    if from == to {
        return (true, None);
    }
    let today = zone.to_datetime(now.timestamp()).date();
    // Those of yesterday may go on, and those of today be over.
    let days = [-1, 0, 1].map(|days| hours_of(today, days.days(), (from, to), zone));
    let days = || days.iter().flatten();
    let within = days().any(|(begin, end)| *begin <= now && now < *end);
    let turn = days().flat_map(|(begin, end)| [*begin, *end]).filter(|turn| *turn > now).min();
    (within, turn)
}

/// The hours that begin `after` that day; `None` beyond the years that the calendar knows.
fn hours_of(
    day: Date,
    after: Span,
    (from, to): (Time, Time),
    zone: &TimeZone,
) -> Option<(WallTime, WallTime)> {
    let first = day.checked_add(after).ok()?;
    let last = if from < to { first } else { first.tomorrow().ok()? };
    let moment = |day: Date, time: Time| {
        let moment = zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().ok()?;
        Some(WallTime::from(moment))
    };
    Some((moment(first, from)?, moment(last, to)?))
}
