//! The task that holds the connection to the broker.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, FuturesUnordered};
use futures::{FutureExt, StreamExt};
use rumqttc::{
    AsyncClient, ConnectionError, Event, Packet, PublishOptions, QoS, SubscribeNoticeError,
};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use watchpost_model::Fraction;
use watchpost_model::config::Mqtt;
use watchpost_watch::backoff::Backoff;

use super::Link;
use super::connect::{OFFLINE, ONLINE, connect, status_topic};
use super::shared::{Message, Shared, Standing, Work};
use super::trouble::{self, Expulsions, Trouble};

/// The wait after the first failure.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The connection to one broker, made again and again.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) settings: Mqtt,
    pub(super) shared: Arc<Shared>,
    pub(super) link: watch::Sender<Link>,
}

/// What the library tells.
type Events = BoxStream<'static, Result<Event, ConnectionError>>;
/// What the broker answers to a subscription.
type Answer = (String, Result<(), SubscribeNoticeError>);
/// The subscriptions that it has not answered yet.
type Asked = FuturesUnordered<BoxFuture<'static, Answer>>;

/// How a connection ended.
enum End {
    /// As it was to be.
    Closed,
    /// By this error.
    Broken(ConnectionError),
}

impl Session {
    /// Connects, and connects again, until the broker is to be closed.
    pub(super) async fn run(self) {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let mut expulsions = Expulsions::default();
        loop {
            let entered = tokio::select! {
                entered = self.enter() => entered,
                () = self.closing() => break,
            };
            let trouble = match entered {
                Err(trouble) => trouble,
                Ok((client, events)) => {
                    let since = Instant::now();
                    let End::Broken(error) = self.serve(&client, events).await else { break };
                    let stood = since.elapsed();
                    if stood >= Expulsions::STEADY {
                        backoff.succeeded();
                    }
                    let expelled =
                        trouble::hung_up(&error) && expulsions.hung_up(Instant::now(), stood);
                    if expelled {
                        trouble::id_taken(&self.settings)
                    } else {
                        trouble::lost(&self.settings, &error)
                    }
                }
            };
            self.down(&trouble);
            tokio::select! {
                () = sleep(backoff.failed(Fraction::clamped(rand::random()))) => {}
                () = self.closing() => break,
            }
        }
        self.link.send_replace(Link::Down {
            cause: "the connection was closed".to_owned(),
            hint: "it is made again when the recorder starts".to_owned(),
        });
    }

    /// Connects and logs in.
    async fn enter(&self) -> Result<(AsyncClient, Events), Trouble> {
        let (client, events) = connect(&self.settings).await?;
        // The library may not be broken off in the middle of a step; the stream keeps an unfinished one.
        let mut events = stream::unfold(events, async |mut events| {
            let event = events.poll().await;
            Some((event, events))
        })
        .boxed();
        match events.next().await {
            Some(Ok(Event::Incoming(Packet::ConnAck(_)))) => Ok((client, events)),
            Some(Err(error)) => Err(trouble::not_let_in(&self.settings, &error)),
            // The library's first word is one of these two.
            Some(Ok(_)) | None => {
                Err(trouble::not_let_in(&self.settings, &ConnectionError::RequestsDone))
            }
        }
    }

    /// Holds a connection until it ends.
    async fn serve(&self, client: &AsyncClient, mut events: Events) -> End {
        self.shared.connected();
        let mut asked = Asked::new();
        // The channel of a new connection is empty.
        client.try_publish(status_topic(&self.settings), ONLINE, retained()).ok();
        let mut behind = !self.send(client, &mut asked);
        self.up();
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Ok(Event::Incoming(Packet::Publish(publish)))) => {
                        // The standard wants UTF-8; another topic is none that anybody listens to.
                        if let Ok(topic) = String::from_utf8(publish.topic.to_vec()) {
                            let (payload, retained) = (publish.payload, publish.retain);
                            self.shared.deliver(&Message { topic, payload, retained });
                        }
                        if !behind { continue }
                    }
                    Some(Ok(_)) => if !behind { continue },
                    Some(Err(error)) => return End::Broken(error),
                    None => return End::Broken(ConnectionError::RequestsDone),
                },
                Some((filter, answer)) = asked.next() => {
                    self.answered(&filter, &answer);
                    continue;
                }
                () = self.shared.wake.notified() => {}
            }
            if self.shared.is_closing() {
                return leave(&self.settings, client, events).await;
            }
            behind = !self.send(client, &mut asked);
        }
    }

    /// Sends what there is to send; `false` if the library's queue is full, and some is left.
    fn send(&self, client: &AsyncClient, asked: &mut Asked) -> bool {
        let Work { listen, leave, publish } = self.shared.work();
        let mut left = Work::default();
        for filter in listen {
            match client.try_subscribe_tracked(filter.clone(), QoS::AtLeastOnce) {
                Ok(notice) => asked
                    .push(async move { (filter, notice.wait_completion_async().await) }.boxed()),
                Err(rumqttc::ClientError::InvalidRequest(_)) => {
                    let trouble = Trouble::new(
                        format!("{filter:?} is not a topic of MQTT"),
                        "mend the sensor's topic: '+' stands for one whole level, '#' only at the end",
                    );
                    self.shared.stands(&filter, &Standing::Lost(trouble));
                }
                Err(_) => left.listen.push(filter),
            }
        }
        for filter in leave {
            if client.try_unsubscribe(filter.clone()).is_err() {
                left.leave.push(filter);
            }
        }
        for (topic, payload) in publish {
            if client.try_publish(topic.clone(), payload.clone(), retained()).is_err() {
                left.publish.push((topic, payload));
            }
        }
        let done = left.listen.is_empty() && left.leave.is_empty() && left.publish.is_empty();
        if !done {
            self.shared.undone(left);
        }
        done
    }

    fn answered(&self, filter: &str, answer: &Result<(), SubscribeNoticeError>) {
        let standing = match answer {
            Ok(()) => Standing::Heard,
            Err(SubscribeNoticeError::V4SubAckFailure(_)) => {
                let place = trouble::place(&self.settings);
                Standing::Lost(Trouble::new(
                    format!("{place} does not let this client listen to {filter:?}"),
                    "allow its user to read that topic in the broker's access list",
                ))
            }
            // The connection broke; that is told elsewhere.
            Err(_) => return,
        };
        self.shared.stands(filter, &standing);
    }

    /// Comes back when the broker is to be closed.
    async fn closing(&self) {
        while !self.shared.is_closing() {
            self.shared.wake.notified().await;
        }
    }

    fn up(&self) {
        tracing::info!("MQTT: connected to {}", trouble::place(&self.settings));
        self.link.send_replace(Link::Up);
    }

    fn down(&self, trouble: &Trouble) {
        self.shared.disconnected(trouble);
        let Trouble { cause, hint } = trouble.clone();
        let down = Link::Down { cause, hint };
        self.link.send_if_modified(|link| {
            let changed = *link != down;
            if changed {
                tracing::warn!("MQTT: {} ({})", trouble.cause, trouble.hint);
                *link = down;
            }
            changed
        });
    }
}

/// Says that the recorder goes, and waits until the broker has read it.
async fn leave(settings: &Mqtt, client: &AsyncClient, events: Events) -> End {
    let mut events = pin!(events);
    let mut said = false;
    while !said {
        said = client.try_publish(status_topic(settings), OFFLINE, retained()).is_ok()
            && client.try_disconnect().is_ok();
        // Where the queue was full, each event makes room.
        if !said && !matches!(events.next().await, Some(Ok(_))) {
            return End::Closed;
        }
    }
    while let Some(Ok(_)) = events.next().await {}
    End::Closed
}

fn retained() -> PublishOptions {
    PublishOptions::at_least_once().retained()
}
