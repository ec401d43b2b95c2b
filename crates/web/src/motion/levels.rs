//! How much moved, for a timeline.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use watchpost_api as api;
use watchpost_model::{Interval, WallTime};

use crate::error::Answer;
use crate::query::Query;
use crate::routes::Site;

/// Steps in an answer at most.
const MOST: u64 = 5000;
/// Asked for at once at most: a byte a second of it is read.
const LONGEST: Duration = Duration::from_hours(31 * 24);
/// Steps that are chosen where none is asked for, or too short a one. The last makes 2976 of the
/// longest time.
const STEPS: [u64; 10] = [1, 2, 5, 10, 20, 30, 60, 120, 300, 900];

/// How much moved on a camera, step by step.
///
/// Where the time asked for has more than 5000 steps, longer ones are chosen; the answer says which.
#[utoipa::path(get, path = "/cameras/{name}/motion/levels", tag = "motion",
    params(
        ("name" = String, Path, description = "The camera's name."),
        ("from" = api::Time, Query, description = "Where the first step begins."),
        ("to" = api::Time, Query, description = "Where the last one ends, at most 31 days later."),
        ("step" = Option<String>, Query, description = "How long a step is at least, in whole seconds, such as `10s`, `2m` or `1h`; a second if left out."),
    ),
    responses(
        (status = 200, body = api::MotionLevels),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn levels(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<api::MotionLevels>> {
    let camera = site.camera(&name)?;
    let query = Query::read(query.as_deref(), &["from", "to", "step"])?;
    let interval = query.closed_interval(LONGEST)?;
    let step = query.length("step", Duration::from_secs(1)..=Duration::from_hours(24))?;
    let step = step_of(interval, step.map_or(1, |step| step.as_secs()));
    let known = site.app.store.motion_levels(&camera.name, interval).await?;
    let levels = in_steps(interval, step, &known);
    Ok(Json(api::MotionLevels { start: site.time(interval.start()), step, levels }))
}

/// `least` seconds, or more if these were too many steps.
fn step_of(interval: Interval, least: u64) -> u64 {
    let fits = |step: &u64| steps(interval, *step) <= MOST;
    let longer = || STEPS.into_iter().find(|step| *step > least && fits(step));
    if fits(&least) { least } else { longer().unwrap_or(STEPS[STEPS.len() - 1]) }
}

/// How many steps of so many seconds there are; the last may reach beyond the end.
fn steps(interval: Interval, step: u64) -> u64 {
    let length = interval.length();
    (length.as_secs() + u64::from(length.subsec_nanos() > 0)).div_ceil(step)
}

/// The most within each step, of levels that stand a second apart from some moments on.
fn in_steps(interval: Interval, step: u64, known: &[(WallTime, Vec<u8>)]) -> Vec<Option<u8>> {
    let count = usize::try_from(steps(interval, step)).unwrap_or(usize::MAX);
    let mut levels = vec![None; count];
    for (start, seconds) in known {
        let mut at = *start;
        for &level in seconds {
            let into = at.since(interval.start()).map(|since| since.as_secs() / step);
            let slot = into.and_then(|into| levels.get_mut(usize::try_from(into).ok()?));
            if let Some(slot) = slot {
                *slot = (*slot).max(Some(level));
            }
            at = at + Duration::from_secs(1);
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> WallTime {
        WallTime::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_step_has_the_most_of_its_seconds_or_nothing() {
        let known = [(at(8), vec![9, 1, 2, 3]), (at(14) + Duration::from_millis(900), vec![7, 4])];
        let interval = Interval::new(at(10), at(17));
        let seconds = [Some(2), Some(3), None, None, Some(7), Some(4), None];
        assert_eq!(in_steps(interval, 1, &known), seconds);
        assert_eq!(in_steps(interval, 3, &known), [Some(3), Some(7), None]);
        assert_eq!(in_steps(interval, 900, &known), [Some(7)]);
        assert_eq!(in_steps(Interval::new(at(10), at(10)), 1, &known), []);
    }

    #[test]
    fn steps_grow_until_they_are_few_enough() {
        let step = |hours: i64, least| step_of(Interval::new(at(0), at(hours * 3600)), least);
        for (hours, least, chosen) in [
            (1, 1, 1),
            (24, 1, 20),
            (24, 15, 20),
            (24, 18, 18),
            (31 * 24, 1, 900),
            (1, 86_400, 86_400),
        ] {
            assert_eq!(step(hours, least), chosen, "{hours} h by {least} s");
        }
        assert!(steps(Interval::new(at(0), at(0) + LONGEST), STEPS[STEPS.len() - 1]) <= MOST);
    }
}
