//! Who was in an event, how often who came, and who is asked.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use watchpost_api as api;
use watchpost_model::{Deed, DeedKind, Label, Recognition, Side, Sighting, WallTime};
use watchpost_store::{Counts, InZone, OverLine, Recognised, Words};

use crate::error::{Answer, Problem};
use crate::events;
use crate::query::Query;
use crate::routes::Site;

/// Counts are asked for at most so long at once.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Whether objects can be recognised, for all cameras.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum DetectorStatus {
    /// There is no detector.
    #[default]
    Off,
    /// It has not answered yet.
    Starting {
        /// Since when.
        since: WallTime,
        /// The file of its model, or the host of the service.
        name: String,
    },
    /// It answers.
    Ready(DetectorCard),
    /// It does not answer: what is in the pictures is unknown.
    Failing {
        /// Since when.
        since: WallTime,
        /// The file of its model, or the host of the service.
        name: String,
        /// Why.
        cause: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

/// A detector that answers.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorCard {
    /// Since when.
    pub since: WallTime,
    /// The file of its model, or the host of the service.
    pub name: String,
    /// What runs the model.
    pub engine: Option<String>,
    /// The kind of the model's outputs.
    pub layout: Option<String>,
    /// Width and height of the model's input in pixels.
    pub input: Option<(u16, u16)>,
    /// The classes it knows, if it says so.
    pub labels: Option<Vec<Label>>,
    /// How long a look took of late.
    pub look: Option<Duration>,
    /// What else its owner should know.
    pub note: Option<String>,
}

impl Site {
    /// The detector as the API tells it.
    pub(crate) fn detector(&self) -> api::Detector {
        let off = api::Detector {
            state: api::DetectorState::Off,
            since: None,
            name: None,
            engine: None,
            layout: None,
            input: None,
            labels: None,
            look_ms: None,
            note: None,
            cause: None,
            hint: None,
        };
        match self.app.detector.borrow().clone() {
            DetectorStatus::Off => off,
            DetectorStatus::Starting { since, name } => api::Detector {
                state: api::DetectorState::Starting,
                since: Some(self.time(since)),
                name: Some(name),
                ..off
            },
            DetectorStatus::Ready(card) => {
                let DetectorCard { since, name, engine, layout, input, labels, look, note } = card;
                let words = |labels: Vec<Label>| labels.iter().map(Label::to_string).collect();
                api::Detector {
                    state: api::DetectorState::Ready,
                    since: Some(self.time(since)),
                    name: Some(name),
                    engine,
                    layout,
                    input: input.map(|(width, height)| [width, height]),
                    labels: labels.map(words),
                    look_ms: look.map(|look| (look.as_secs_f64() * 1e4).round() / 10.0),
                    note,
                    ..off
                }
            }
            DetectorStatus::Failing { since, name, cause, hint } => api::Detector {
                state: api::DetectorState::Failing,
                since: Some(self.time(since)),
                name: Some(name),
                cause: Some(cause),
                hint,
                ..off
            },
        }
    }

    fn tell_sighting(&self, sighting: Sighting) -> api::Sighting {
        let Sighting { number, label, score, first, last, zones, deeds } = sighting;
        api::Sighting {
            number,
            label: label.to_string(),
            score: score.get(),
            first: self.time(first),
            last: self.time(last),
            zones: zones.into_iter().collect(),
            deeds: deeds.into_iter().map(|deed| self.tell_deed(deed)).collect(),
        }
    }

    fn tell_deed(&self, Deed { at, kind }: Deed) -> api::Deed {
        let (kind, zone, line, side) = match kind {
            DeedKind::Entered(zone) => (api::DeedKind::Entered, Some(zone), None, None),
            DeedKind::Left(zone) => (api::DeedKind::Left, Some(zone), None, None),
            DeedKind::Loitered(zone) => (api::DeedKind::Loitered, Some(zone), None, None),
            DeedKind::Crossed(line, side) => {
                let side = match side {
                    Side::Left => api::Side::Left,
                    Side::Right => api::Side::Right,
                };
                (api::DeedKind::Crossed, None, Some(line), Some(side))
            }
        };
        api::Deed { at: self.time(at), kind, zone, line, side }
    }
}

/// The classes of an event as the API tells them.
pub(crate) fn classes(objects: &[Recognised]) -> Vec<api::EventObject> {
    let class = |Recognised { label, score, count }: &Recognised| api::EventObject {
        label: label.to_string(),
        score: score.get(),
        count: *count,
    };
    objects.iter().map(class).collect()
}

/// What the API calls it.
pub(crate) fn recognition(recognition: Recognition) -> api::Recognition {
    match recognition {
        Recognition::Off => api::Recognition::Off,
        Recognition::Known => api::Recognition::Known,
        Recognition::Unknown => api::Recognition::Unknown,
    }
}

/// What was recognised in an event, object by object.
///
/// While the event goes on, what was until now.
#[utoipa::path(get, path = "/events/{id}/objects", tag = "events",
    params(("id" = String, Path, description = "The event's name.")),
    responses((status = 200, body = api::Sightings), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn of_event(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Answer<Json<api::Sightings>> {
    let id = events::id(&name)?;
    if site.app.store.event(&id).await?.is_none() {
        return Err(Problem::no_event(&id));
    }
    let (sightings, looked) = site.app.store.sightings(&id).await?;
    let objects = sightings.into_iter().map(|sighting| site.tell_sighting(sighting)).collect();
    Ok(Json(api::Sightings { recognition: recognition(looked), objects }))
}

/// The classes and zones that events can be found by: those that objects of events there are have.
#[utoipa::path(get, path = "/events/words", tag = "events",
    responses((status = 200, body = api::Words)))]
pub(crate) async fn words(State(site): State<Arc<Site>>) -> Answer<Json<api::Words>> {
    let Words { labels, zones } = site.app.store.words().await?;
    Ok(Json(api::Words { labels: labels.iter().map(Label::to_string).collect(), zones }))
}

/// How many objects came, and what they did in zones and over lines.
///
/// An object that was in two events, for one went on after the other, counts in each.
#[utoipa::path(get, path = "/cameras/{name}/counts", tag = "cameras",
    params(
        ("name" = String, Path, description = "The camera's name."),
        ("from" = api::Time, Query, description = "From this moment on."),
        ("to" = api::Time, Query, description = "Up to this moment, at most 366 days later."),
    ),
    responses(
        (status = 200, body = api::Counts),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn counts(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<api::Counts>> {
    let camera = site.camera(&name)?;
    let query = Query::read(query.as_deref(), &["from", "to"])?;
    let interval = query.closed_interval(LONGEST)?;
    let Counts { objects, zones, lines } = site.app.store.counts(&camera.name, interval).await?;
    let objects = objects
        .iter()
        .map(|(label, count)| api::ObjectCount { label: label.to_string(), count: *count });
    let zones = zones.into_iter().map(|((zone, label), count)| {
        let InZone { entered, left, loitered } = count;
        api::ZoneCount { zone, label: label.to_string(), entered, left, loitered }
    });
    let lines = lines.into_iter().map(|((line, label), count)| {
        let OverLine { left, right } = count;
        api::LineCount { line, label: label.to_string(), left, right }
    });
    Ok(Json(api::Counts {
        from: site.time(interval.start()),
        to: site.time(interval.end()),
        objects: objects.collect(),
        zones: zones.collect(),
        lines: lines.collect(),
    }))
}

/// Who recognises objects, and whether that works.
#[utoipa::path(get, path = "/detector", tag = "status",
    responses((status = 200, body = api::Detector)))]
pub(crate) async fn detector(State(site): State<Arc<Site>>) -> Json<api::Detector> {
    Json(site.detector())
}
