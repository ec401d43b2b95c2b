//! What the broker's handles and its task share: what is to stand there, and who listens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use bytes::Bytes;
use tokio::sync::{Notify, broadcast, watch};

use super::topic;
use super::trouble::Trouble;

/// How many messages wait for one listener; then the oldest goes, for the newest state counts.
const WAITING: usize = 64;
/// How many topics the recorder may have; far more than there are devices.
const TOPICS: usize = 4096;

/// A message as it came.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Bytes,
    /// That it is what the broker kept, not what somebody just said.
    pub(super) retained: bool,
}

/// How one listener stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing is known yet.
    Unknown,
    /// The broker passes on what comes.
    Heard,
    /// It does not.
    Lost(Trouble),
}

/// What comes to one listener.
#[derive(Debug)]
pub(super) struct Ears {
    pub(super) messages: broadcast::Receiver<Message>,
    pub(super) standing: watch::Receiver<Standing>,
}

/// What is to be sent next.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Filters to subscribe to.
    pub(super) listen: Vec<String>,
    /// Filters nobody listens to any more.
    pub(super) leave: Vec<String>,
    /// Topics and payloads to be retained.
    pub(super) publish: Vec<(String, String)>,
}

/// What the handles and the task share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    table: Mutex<Table>,
    /// Tells the task that there is something to do.
    pub(super) wake: Notify,
}

#[derive(Debug, Default)]
struct Table {
    retained: BTreeMap<String, State>,
    listeners: Vec<Listener>,
    /// The filters that the broker was told of on this connection.
    asked: BTreeSet<String>,
    down: Option<Trouble>,
    closing: bool,
}

#[derive(Debug)]
struct State {
    payload: String,
    sent: bool,
}

#[derive(Debug)]
struct Listener {
    filter: String,
    messages: broadcast::Sender<Message>,
    standing: watch::Sender<Standing>,
}

impl Listener {
    fn is_wanted(&self) -> bool {
        self.messages.receiver_count() > 0
    }

    fn stands(&self, standing: &Standing) {
        self.standing.send_if_modified(|now| {
            let changed = now != standing;
            if changed {
                now.clone_from(standing);
            }
            changed
        });
    }
}

impl Shared {
    /// Has `payload` stand at `topic`; whether there was room.
    pub(super) fn retain(&self, topic: String, payload: String) -> bool {
        let room = self.with(|table| {
            let room = table.retained.len() < TOPICS || table.retained.contains_key(&topic);
            if room {
                table.retained.insert(topic, State { payload, sent: false });
            }
            room
        });
        self.wake.notify_one();
        room
    }

    /// Listens to what `filter` means.
    pub(super) fn listen(&self, filter: String) -> Ears {
        let (messages, heard) = broadcast::channel(WAITING);
        let ears = self.with(|table| {
            let standing = table.down.clone().map_or(Standing::Unknown, Standing::Lost);
            let (standing, known) = watch::channel(standing);
            // How it stands now is news to whoever listens from now on.
            let mut known = known;
            known.mark_changed();
            // Asked again even if somebody listens to it: so the broker tells what it kept.
            table.asked.remove(&filter);
            table.listeners.push(Listener { filter, messages, standing });
            Ears { messages: heard, standing: known }
        });
        self.wake.notify_one();
        ears
    }

    /// The connection is to be closed.
    pub(super) fn close(&self) {
        self.with(|table| table.closing = true);
        self.wake.notify_one();
    }

    /// Whether the connection is to be closed.
    pub(super) fn is_closing(&self) -> bool {
        self.with(|table| table.closing)
    }

    /// A connection was made, on which the broker knows nothing of us.
    pub(super) fn connected(&self) {
        self.with(|table| {
            table.down = None;
            table.asked.clear();
            table.retained.values_mut().for_each(|state| state.sent = false);
        });
    }

    /// There is no connection.
    pub(super) fn disconnected(&self, trouble: &Trouble) {
        self.with(|table| {
            table.down = Some(trouble.clone());
            table.listeners.retain(Listener::is_wanted);
            let standing = Standing::Lost(trouble.clone());
            table.listeners.iter().for_each(|listener| listener.stands(&standing));
        });
    }

    /// What is to be sent next. What cannot be must be given back to [`Shared::undone`].
    pub(super) fn work(&self) -> Work {
        self.with(|table| {
            table.listeners.retain(Listener::is_wanted);
            let wanted: BTreeSet<_> =
                table.listeners.iter().map(|listener| listener.filter.clone()).collect();
            let unsent = table.retained.iter_mut().filter(|(_, state)| !state.sent);
            let work = Work {
                listen: wanted.difference(&table.asked).cloned().collect(),
                leave: table.asked.difference(&wanted).cloned().collect(),
                publish: unsent
                    .map(|(topic, state)| {
                        state.sent = true;
                        (topic.clone(), state.payload.clone())
                    })
                    .collect(),
            };
            table.asked = wanted;
            work
        })
    }

    /// That much of the work could not be done yet.
    pub(super) fn undone(&self, work: Work) {
        let Work { listen, leave, publish } = work;
        self.with(|table| {
            for filter in listen {
                table.asked.remove(&filter);
            }
            table.asked.extend(leave);
            for (topic, _) in publish {
                // It may have been replaced by now; then the new payload waits already.
                if let Some(state) = table.retained.get_mut(&topic) {
                    state.sent = false;
                }
            }
        });
    }

    /// How those who listen to exactly this filter stand.
    pub(super) fn stands(&self, filter: &str, standing: &Standing) {
        self.with(|table| {
            let listeners = table.listeners.iter().filter(|listener| listener.filter == filter);
            listeners.for_each(|listener| listener.stands(standing));
        });
    }

    /// Hands a message to all whom it concerns; never waits for them.
    pub(super) fn deliver(&self, message: &Message) {
        let mut gone = false;
        self.with(|table| {
            for listener in &table.listeners {
                if topic::matches(&listener.filter, &message.topic) {
                    gone |= listener.messages.send(message.clone()).is_err();
                }
            }
        });
        if gone {
            self.wake.notify_one();
        }
    }

    /// The only place that locks. A closure cannot `.await`, so no guard ever crosses one.
    fn with<R>(&self, work: impl FnOnce(&mut Table) -> R) -> R {
        work(&mut self.table.lock().expect("no holder of the table can panic"))
    }
}
