//! Events of cameras that something was wrong with, whatever it was.
//!
//! The store lists the events of one trigger at a time; here those of all ailments are put together.
//! There are few of them: all are looked at for each page.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;

use watchpost_model::{Ailment, EventId, Trigger, WallTime};
use watchpost_store::{EventFilter, EventRecord};

use crate::error::{Answer, Problem};
use crate::routes::Site;

/// The most the store gives at once.
const AT_ONCE: u32 = 1000;

/// One page of them.
#[derive(Debug)]
pub(crate) struct Page {
    /// Newest first.
    pub(crate) events: Vec<EventRecord>,
    /// Where the next page begins, or `None` if this is the last.
    pub(crate) next: Option<String>,
    /// How many there are on all pages.
    pub(crate) total: u64,
}

/// By which events are sorted: newest start first; by name, last first, where starts are equal.
type Place = (Reverse<WallTime>, Reverse<EventId>);

/// The page after `cursor`, which is what the page before said as `next`, of what `filter` leaves
/// but for its trigger.
pub(crate) async fn page(site: &Site, filter: EventFilter, cursor: Option<&str>) -> Answer<Page> {
    let after = cursor.map(place).transpose()?;
    let mut all: BTreeMap<Place, EventRecord> = BTreeMap::new();
    for ailment in Ailment::ALL {
        let trigger = Some(Trigger::Ailment(ailment));
        let mut part = EventFilter { trigger, after: None, limit: AT_ONCE, ..filter.clone() };
        loop {
            let found = site.app.store.events(&part).await?;
            for record in found.events {
                let event = &record.event;
                all.insert((Reverse(event.start), Reverse(event.id.clone())), record);
            }
            match found.next {
                Some(next) => part.after = Some(next),
                None => break,
            }
        }
    }
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = all.range((begin, Bound::Unbounded));
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let events: Vec<EventRecord> =
        rest.by_ref().take(limit).map(|(_, record)| record.clone()).collect();
    let next = rest.next().and_then(|_| {
        let last = &events.last()?.event;
        Some(format!("{}_{}", last.start.as_micros(), last.id))
    });
    Ok(Page { events, next, total })
}

/// The place that a cursor tells.
fn place(cursor: &str) -> Answer<Place> {
    let read = || {
        let (start, id) = cursor.split_once('_')?;
        let start = WallTime::from_micros(start.parse().ok()?);
        Some((Reverse(start), Reverse(id.parse().ok()?)))
    };
    read().ok_or_else(Problem::no_cursor)
}
