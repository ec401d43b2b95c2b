//! What happened.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use watchpost_api as api;
use watchpost_model::{Ailment, Ended, Event, EventId, Interval, Trigger, WallTime};
use watchpost_store::{EventFilter, EventRecord, SnapshotKind};

use crate::ailing;
use crate::clip::{self, Asker, Stretch, Wish};
use crate::error::{Answer, Problem};
use crate::objects::{classes, recognition};
use crate::query::Query;
use crate::routes::Site;
use crate::updates::Change;

/// How long after it was deleted an event can be brought back: less than the program waits before it
/// removes it for good.
const RESTORABLE: Duration = Duration::from_secs(55);

/// Events on a page, unless asked otherwise, and at most.
const USUAL: u32 = 60;
const MOST: u32 = 200;
/// Characters of a zone or a text to look for; a zone's name has 64 at most.
const LONGEST_TEXT: usize = 200;

impl Site {
    /// The event of that name as the API tells it.
    pub(crate) async fn event(&self, id: &EventId) -> Answer<api::Event> {
        let record = self.app.store.event(id).await?;
        Ok(self.tell_event(&record.ok_or_else(|| Problem::no_event(id))?))
    }

    pub(crate) fn tell_event(&self, record: &EventRecord) -> api::Event {
        // No `..`: whoever adds a field must decide here whether to tell it.
        let EventRecord { event, has_snapshot, photos, objects, recognition: looked } = record;
        let Event { id, camera, start, triggered, end, triggers, sensors, kept } = event;
        let until = end.map_or_else(self.app.clock, |(end, _)| end);
        api::Event {
            id: id.to_string(),
            camera: camera.to_string(),
            start: self.time(*start),
            triggered: self.time(*triggered),
            end: end.map(|(end, _)| self.time(end)),
            ended: end.map(|(_, why)| match why {
                Ended::Quiet => api::Ended::Quiet,
                Ended::Cut => api::Ended::Cut,
                Ended::Stopped => api::Ended::Stopped,
                Ended::Interrupted => api::Ended::Interrupted,
            }),
            kinds: kinds(triggers),
            sensors: sensors.iter().map(ToString::to_string).collect(),
            kept: *kept,
            snapshot: *has_snapshot,
            duration: until.since_or_zero(*start).as_secs_f64(),
            pre_roll: triggered.since_or_zero(*start).as_secs_f64(),
            photos: *photos,
            objects: classes(objects),
            recognition: recognition(*looked),
        }
    }

    /// Open pages are told; without any there is nobody to tell.
    pub(crate) fn announce(&self, change: Change) {
        drop(self.app.changes.send(change));
    }
}

fn kinds(triggers: &BTreeSet<Trigger>) -> Vec<api::Kind> {
    let kind = |trigger: &Trigger| match trigger {
        Trigger::Motion => api::Kind::Motion,
        Trigger::Object => api::Kind::Object,
        Trigger::Sensor => api::Kind::Sensor,
        Trigger::Mqtt => api::Kind::Mqtt,
        Trigger::Manual => api::Kind::Manual,
        Trigger::Ailment(ailment) => match ailment {
            Ailment::NoPictures => api::Kind::NoPictures,
            Ailment::Frozen => api::Kind::Frozen,
            Ailment::Black => api::Kind::Black,
            Ailment::White => api::Kind::White,
            Ailment::Covered => api::Kind::Covered,
            Ailment::Defocused => api::Kind::Defocused,
            Ailment::Moved => api::Kind::Moved,
            Ailment::Slow => api::Kind::Slow,
        },
    };
    triggers.iter().map(kind).collect()
}

/// What cannot name an event names none.
pub(crate) fn id(text: &str) -> Answer<EventId> {
    text.parse().map_err(|_| Problem::no_event(&text))
}

/// Events, newest first, page by page.
#[utoipa::path(get, path = "/events", tag = "events",
    params(
        ("camera" = Option<Vec<String>>, Query, description = "Only of this camera; may be repeated."),
        ("from" = Option<api::Time>, Query, description = "Only those that reach past this moment."),
        ("to" = Option<api::Time>, Query, description = "Only those that begin before this moment."),
        ("kind" = Option<String>, Query, description = "Only those triggered by this: a kind of `Event`, or `ailment` for whatever was wrong with the camera."),
        ("kept" = Option<bool>, Query, description = "Only those that are kept for good, or are not."),
        ("sensor" = Option<String>, Query, description = "Only those for which the sensor of this name fired."),
        ("label" = Option<Vec<String>>, Query, description = "Only those with an object of this class; may be repeated, and one of them will do."),
        ("zone" = Option<String>, Query, description = "Only those with an object that has been in this zone; with `label`, one of that class."),
        ("text" = Option<String>, Query, description = "Only those in which each of these words occurs, in part at least: in the camera's name, a kind, a sensor's name, or a label, zone, line or deed of an object."),
        ("cursor" = Option<String>, Query, description = "What the page before said as `next`."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "Events on a page; 60 if left out."),
    ),
    responses((status = 200, body = api::Events), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
) -> Answer<Json<api::Events>> {
    let allowed = [
        "camera", "from", "to", "kind", "sensor", "kept", "label", "zone", "text", "cursor",
        "limit",
    ];
    let query = Query::read(query.as_deref(), &allowed)?;
    let cursor = query.one("cursor")?;
    let of_one = Trigger::ALL.map(|trigger| (trigger.word(), Asked::Of(trigger)));
    let words: Vec<_> = of_one.into_iter().chain([("ailment", Asked::OfAnyAilment)]).collect();
    let mut filter = EventFilter {
        cameras: query.cameras(&site.camera_names().iter())?,
        interval: query.interval()?,
        trigger: None,
        sensor: query.device("sensor")?,
        kept: query.flag("kept")?,
        labels: query.labels()?,
        zone: query.text("zone", LONGEST_TEXT)?,
        text: query.text("text", LONGEST_TEXT)?,
        after: None,
        limit: query.number("limit", 1..=MOST)?.unwrap_or(USUAL),
    };
    match query.word("kind", &words)? {
        Some(Asked::OfAnyAilment) => {
            let ailing::Page { events, next, total } = ailing::page(&site, filter, cursor).await?;
            let events = events.iter().map(|event| site.tell_event(event)).collect();
            return Ok(Json(api::Events { events, next, total }));
        }
        Some(Asked::Of(trigger)) => filter.trigger = Some(trigger),
        None => {}
    }
    filter.after = cursor.map(str::parse).transpose().map_err(|_| Problem::no_cursor())?;
    let page = site.app.store.events(&filter).await?;
    Ok(Json(api::Events {
        events: page.events.iter().map(|event| site.tell_event(event)).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        total: page.total,
    }))
}

/// What `kind` may ask for.
#[derive(Clone, Copy)]
enum Asked {
    Of(Trigger),
    OfAnyAilment,
}

/// One event.
#[utoipa::path(get, path = "/events/{id}", tag = "events",
    params(("id" = String, Path, description = "The event's name.")),
    responses((status = 200, body = api::Event), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::Event>> {
    Ok(Json(site.event(&id(&name)?).await?))
}

/// Keeps an event for good, or no longer.
#[utoipa::path(patch, path = "/events/{id}", tag = "events", request_body = api::EventChange,
    params(("id" = String, Path, description = "The event's name.")),
    responses(
        (status = 200, body = api::Event),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn change(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    change: Result<Json<api::EventChange>, JsonRejection>,
) -> Answer<Json<api::Event>> {
    let (id, Json(api::EventChange { kept })) = (id(&name)?, change?);
    if !site.app.store.set_kept(&id, kept).await? {
        return Err(Problem::no_event(&id));
    }
    let event = site.event(&id).await?;
    site.announce(Change::Event(id));
    Ok(Json(event))
}

/// Deletes an event: hidden at once, gone for good after a minute.
#[utoipa::path(delete, path = "/events/{id}", tag = "events",
    params(("id" = String, Path, description = "The event's name.")),
    responses((status = 204), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn delete(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<StatusCode> {
    let id = id(&name)?;
    if !site.app.store.delete_event(&id, (site.app.clock)()).await? {
        return Err(Problem::no_event(&id));
    }
    site.announce(Change::Deleted(id));
    Ok(StatusCode::NO_CONTENT)
}

/// Brings back an event that was deleted less than a minute ago.
#[utoipa::path(post, path = "/events/{id}/restore", tag = "events",
    params(("id" = String, Path, description = "The event's name.")),
    responses((status = 200, body = api::Event), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn restore(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::Event>> {
    let id = id(&name)?;
    if !site.app.store.restore_event(&id, (site.app.clock)() - RESTORABLE).await? {
        return Err(Problem::no_event(&id));
    }
    let event = site.event(&id).await?;
    site.announce(Change::Event(id));
    Ok(Json(event))
}

/// An event's footage as one MP4. Takes `Range`.
///
/// While the event goes on, each answer has more in it than the one before; a player, which asks
/// range by range, wants `to`.
#[utoipa::path(get, path = "/events/{id}/clip.mp4", tag = "events",
    params(
        ("id" = String, Path, description = "The event's name."),
        ("to" = Option<api::Time>, Query, description = "Nothing from this moment on, so that every range is of the same file while the event goes on; its end, or now, if left out or later than that."),
        ("download" = Option<bool>, Query, description = "As a file to keep, with a name; yes if left out with `text=burnt`."),
        ("text" = Option<String>, Query, description = "`burnt`: encoded anew, with name and time in the picture, without ranges."),
        ("encode" = Option<String>, Query, description = "`h264`: encoded anew, for what cannot play it as it was recorded, without ranges."),
    ),
    responses(
        (status = 200, content_type = "video/mp4", body = Vec<u8>),
        (status = 206, content_type = "video/mp4", body = Vec<u8>),
        (status = 404, body = api::ErrorBody, description = "No such event, or no footage of it."),
        (status = 416, body = api::ErrorBody),
        (status = 503, body = api::ErrorBody, description = "Too many clips are being played or encoded, or nothing here can encode."),
    ))]
pub(crate) async fn clip(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    asker: Asker,
) -> Answer<Response> {
    let [download, text, encode] = clip::KEYS;
    let query = Query::read(query.as_deref(), &["to", download, text, encode])?;
    let (to, wish) = (query.time("to")?, Wish::asked(&query)?);
    let stretch = footage_of(&site, &name, to).await?;
    clip::serve(&site, stretch, wish, &asker).await
}

/// What is said to an event's footage: camera and local time, and what the camera's sensors and lights
/// said, anew each second.
///
/// As `WebVTT`, along the time line of its clip.
#[utoipa::path(get, path = "/events/{id}/text.vtt", tag = "events",
    params(
        ("id" = String, Path, description = "The event's name."),
        ("to" = Option<api::Time>, Query, description = "As for the clip."),
    ),
    responses(
        (status = 200, content_type = "text/vtt", body = String),
        (status = 404, body = api::ErrorBody, description = "No such event, or no footage of it."),
        (status = 503, body = api::ErrorBody, description = "Too many clips are being played."),
    ))]
pub(crate) async fn text(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let to = Query::read(query.as_deref(), &["to"])?.time("to")?;
    let stretch = footage_of(&site, &name, to).await?;
    clip::serve_text(&site, stretch, &headers).await
}

/// While the event goes on, what there is so far; nothing from `to` on.
async fn footage_of(site: &Site, name: &str, to: Option<WallTime>) -> Answer<Stretch> {
    let id = id(name)?;
    let record = site.app.store.event(&id).await?.ok_or_else(|| Problem::no_event(&id))?;
    let Event { camera, start, end, .. } = record.event;
    let end = end.map_or_else(site.app.clock, |(end, _)| end);
    let interval = Interval::new(start, to.map_or(end, |to| to.min(end)));
    Ok(Stretch { camera, interval })
}

/// An event's photo.
#[utoipa::path(get, path = "/events/{id}/snapshot.jpg", tag = "events",
    params(
        ("id" = String, Path, description = "The event's name."),
        ("kind" = Option<String>, Query, description = "`marked` (what moved is outlined; the default), `clean` or `thumb` (small)."),
    ),
    responses(
        (status = 200, content_type = "image/jpeg", body = Vec<u8>),
        (status = 404, body = api::ErrorBody, description = "No such event, or no photo of it."),
    ))]
pub(crate) async fn snapshot(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Response> {
    let kinds = SnapshotKind::ALL.map(|kind| (kind.word(), kind));
    let query = Query::read(query.as_deref(), &["kind"])?;
    let kind = query.word("kind", &kinds)?.unwrap_or(SnapshotKind::Marked);
    let id = id(&name)?;
    let none = || Problem::NotFound(format!("There is no photo of an event {id}."));
    let jpeg = site.app.store.snapshot(&id, kind).await?.ok_or_else(none)?;
    Ok(clip::photo(jpeg, &headers))
}
