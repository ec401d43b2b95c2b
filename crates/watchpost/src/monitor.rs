//! Owns the switch: whether motion makes events.

use tokio::sync::{mpsc, oneshot, watch};
use watchpost_store::{CatalogError, Flag, Store};
use watchpost_web::{Power, SetPower, State};

use crate::clock;
use crate::status::with_sources;

/// The switch's name in the catalog.
const FLAG: &str = "monitoring";

/// How the switch stood when the program last ran; on, if it never did.
///
/// # Errors
///
/// If the catalog cannot be read.
pub(crate) async fn last_state(store: &Store) -> Result<State, CatalogError> {
    let state = |flag: Flag| {
        let Flag { on, since, by } = flag;
        State { power: if on { Power::On } else { Power::Off }, since, by }
    };
    let first = || State { power: Power::On, since: clock::now(), by: None };
    Ok(store.flag(FLAG).await?.map_or_else(first, state))
}

/// A sensor switches monitoring.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) power: Power,
    /// By whom, as people read it.
    pub(crate) by: String,
}

/// Fulfils wishes and orders until nobody is left to have any. A wish is kept before it is answered, so
/// that the switch stands the same after a restart.
pub(crate) async fn run(
    store: Store,
    mut wishes: mpsc::Receiver<SetPower>,
    mut orders: mpsc::Receiver<Order>,
    state: watch::Sender<State>,
) {
    loop {
        let SetPower { power, by, reply } = tokio::select! {
            Some(wish) = wishes.recv() => wish,
            Some(Order { power, by }) = orders.recv() => {
                // A sensor waits for no answer.
                SetPower { power, by, reply: oneshot::channel().0 }
            }
            else => return,
        };
        if state.borrow().power == power {
            let _ = reply.send(Ok(state.borrow().clone())); // The asker may have left.
            continue;
        }
        let new = State { power, since: clock::now(), by: Some(by) };
        let flag = Flag { on: power == Power::On, since: new.since, by: new.by.clone() };
        let answer = match store.set_flag(FLAG, &flag).await {
            Ok(()) => {
                let by = new.by.as_deref().unwrap_or_default();
                tracing::info!(by, "monitoring is {}", if flag.on { "on" } else { "off" });
                state.send_replace(new.clone());
                Ok(new)
            }
            Err(error) => {
                let why = with_sources(&error);
                tracing::error!(by = new.by, "monitoring cannot be switched: {why}");
                Err(why)
            }
        };
        let _ = reply.send(answer); // The asker may have left.
    }
}
