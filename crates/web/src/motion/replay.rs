//! What would have happened if something else had counted as motion.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use watchpost_api as api;
use watchpost_model::{CameraId, Fraction, Interval, Region, WallTime};
use watchpost_store::Footage;

use super::keys::{self, area};
use super::{Replayed, WouldBe};
use crate::clip;
use crate::error::{Answer, Problem};
use crate::query::Query;
use crate::routes::{API, Site};

/// Asked for at once at most.
const LONGEST: Duration = Duration::from_hours(7 * 24);
/// Boxes drawn into a picture at most.
const MOST_BOXES: usize = 32;

/// What would have happened on a camera under other settings: which events would not be there, and
/// which would be there besides. Changes nothing.
#[utoipa::path(post, path = "/cameras/{name}/motion/replay", tag = "motion", request_body = api::Replay,
    params(("name" = String, Path, description = "The camera's name.")),
    responses(
        (status = 200, body = api::Replayed),
        (status = 400, body = api::ErrorBody, description = "Which keys cannot be so, and what they can be; or the time is too long."),
        (status = 403, body = api::ErrorBody, description = "A viewer may not."),
        (status = 404, body = api::ErrorBody),
        (status = 413, body = api::ErrorBody),
        (status = 429, body = api::ErrorBody, description = "Another is being worked out for this camera."),
        (status = 503, body = api::ErrorBody, description = "It took longer than 15 s, or motion detection does not answer."),
    ))]
pub(crate) async fn replay(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    body: Result<Json<api::Replay>, JsonRejection>,
) -> Answer<Json<api::Replayed>> {
    let camera = site.camera(&name)?;
    let Json(api::Replay { from, to, settings }) = body?;
    let interval = interval(&from, &to)?;
    let held = camera.motion.settings().await?.now;
    let settings = keys::check(keys::changed(&held, settings))?;
    let replayed = camera.motion.replay(interval, settings).await?;
    let footage = site.app.store.footage(Some(&camera.name), interval).await?;
    Ok(Json(site.tell_replayed(&camera.name, replayed, &footage)))
}

fn interval(from: &api::Time, to: &api::Time) -> Answer<Interval> {
    let moment = |key, api::Time(text): &api::Time| {
        text.parse::<WallTime>().map_err(|_| {
            let hint = "Write it as RFC 3339, such as 2026-11-21T14:32:05+01:00.";
            Problem::invalid(format!("{key} cannot be {text:?}."), hint)
        })
    };
    let (from, to) = (moment("from", from)?, moment("to", to)?);
    if from >= to {
        return Err(Problem::invalid("from does not lie before to.", "Give the earlier as from."));
    }
    let interval = Interval::new(from, to);
    if interval.length() > LONGEST {
        let hint = format!("Ask for at most {} days at once.", LONGEST.as_secs() / 86_400);
        return Err(Problem::invalid("from and to lie too far apart.", hint));
    }
    Ok(interval)
}

impl Site {
    fn tell_replayed(
        &self,
        camera: &CameraId,
        replayed: Replayed,
        footage: &[Footage],
    ) -> api::Replayed {
        let Replayed { covered, would, vanishing } = replayed;
        let staying = would.iter().filter_map(|would| would.existing.as_ref());
        let staying = staying.collect::<BTreeSet<_>>().len();
        let appearing = would.iter().filter(|would| would.existing.is_none()).map(|would| {
            let WouldBe { start, triggered, end, best, regions, existing: _ } = would;
            let footage = footage.iter().any(|footage| footage.interval.contains(*best));
            api::Appearing {
                start: self.time(*start),
                triggered: self.time(*triggered),
                end: self.time(*end),
                best: self.time(*best),
                regions: regions.iter().copied().map(area).collect(),
                footage,
                picture: footage.then(|| frame_of(camera, *best, regions)),
            }
        });
        api::Replayed {
            covered: covered.as_secs_f64(),
            events: vanishing.len() + staying,
            would: would.len(),
            staying,
            appearing: appearing.collect(),
            vanishing: vanishing.iter().map(|event| self.tell_event(event)).collect(),
        }
    }
}

/// Where [`frame`] is asked for this. In UTC, whose text has nothing in it to be encoded, and to the
/// microsecond, so that it is this picture and not the one before.
fn frame_of(camera: &CameraId, at: WallTime, regions: &[Region]) -> String {
    let mut address = format!("{API}/cameras/{camera}/frame.jpg?at={}", at.timestamp());
    for region in regions.iter().take(MOST_BOXES) {
        let api::Area([x, y, width, height]) = area(*region);
        write!(address, "&box={x},{y},{width},{height}").expect("a String takes everything");
    }
    address
}

/// A picture of the recordings.
///
/// The one that was shown at that moment, as large as it was recorded.
#[utoipa::path(get, path = "/cameras/{name}/frame.jpg", tag = "recordings",
    params(
        ("name" = String, Path, description = "The camera's name."),
        ("at" = api::Time, Query, description = "The moment."),
        ("box" = Option<Vec<String>>, Query, description = "To be outlined: left edge, upper edge, width and height as shares of the picture, such as `0.25,0.5,0.1,0.3`; may be repeated, 32 times at most."),
    ),
    responses(
        (status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody, description = "No such camera, or no footage of that moment."),
        (status = 503, body = api::ErrorBody, description = "It cannot be decoded now, and why."),
    ))]
pub(crate) async fn frame(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let camera = site.camera(&name)?;
    let query = Query::read(query.as_deref(), &["at", "box"])?;
    let missing = || Problem::invalid("at is missing.", "Give a moment, as RFC 3339.");
    let at = query.time("at")?.ok_or_else(missing)?;
    let regions = query.all("box").map(region).collect::<Answer<Vec<_>>>()?;
    if regions.len() > MOST_BOXES {
        let hint = format!("Give at most {MOST_BOXES}.");
        return Err(Problem::invalid("These are too many boxes.", hint));
    }
    let jpeg = camera.motion.frame(at, regions).await?;
    Ok(clip::photo(jpeg, &headers))
}

/// The box that is written so.
fn region(text: &str) -> Answer<Region> {
    let numbers = text.split(',').map(|number| number.trim().parse().ok().and_then(Fraction::new));
    let shares: Option<Vec<Fraction>> = numbers.collect();
    let sum = |edge: Fraction, length: Fraction| Fraction::clamped(edge.get() + length.get());
    match shares.as_deref() {
        Some(&[left, top, width, height]) => {
            Ok(Region { left, top, right: sum(left, width), bottom: sum(top, height) })
        }
        _ => Err(Problem::invalid(
            format!("box cannot be {text:?}."),
            "Give left edge, upper edge, width and height, each from 0 to 1, as 0.25,0.5,0.1,0.3.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_read_as_it_is_told() {
        let [left, top, right, bottom] = [0.25, 0.5, 0.4, 1.0].map(Fraction::clamped);
        let door = "door".parse().unwrap();
        let at = WallTime::from_micros(1_795_267_925_250_001);
        let address = frame_of(&door, at, &[Region { left, top, right, bottom }]);
        let told =
            "/api/v1/cameras/door/frame.jpg?at=2026-11-21T13:32:05.250001Z&box=0.25,0.5,0.15,0.5";
        assert_eq!(address, told);
        let read = region(address.split_once("box=").unwrap().1).unwrap();
        assert!((read.right.get() - 0.4).abs() < 1e-6 && read.bottom == Fraction::ALL, "{read:?}");
        for text in ["", "1,2,3,4", "0.1,0.1,0.1", "0.1,0.1,0.1,0.1,0.1", "a,b,c,d", "nan,0,0,0"] {
            assert!(region(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_week_is_the_longest_and_no_time_the_shortest() {
        let ask = |from: &str, to: &str| {
            interval(&api::Time(from.to_owned()), &api::Time(to.to_owned())).is_ok()
        };
        assert!(ask("2026-11-21T00:00:00Z", "2026-11-28T01:00:00+01:00"));
        assert!(!ask("2026-11-21T00:00:00Z", "2026-11-28T00:00:01Z"));
        assert!(!ask("2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"));
        assert!(!ask("2026-11-21T00:00:00Z", "tomorrow"));
    }
}
