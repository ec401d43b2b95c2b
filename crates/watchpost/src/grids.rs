//! Keeps what one camera's eye found to differ, page by page, so that other settings can be tried on
//! it.

use tokio::sync::{mpsc, oneshot};
use watchpost_model::CameraId;
use watchpost_store::{MotionPage, Store};
use watchpost_vision::motion::grid::Page;

use crate::clock;
use crate::status::{Faults, with_sources};

/// What keeping pages needs.
pub(crate) struct Desk {
    pub(crate) camera: CameraId,
    pub(crate) store: Store,
    pub(crate) faults: Faults,
}

/// What comes to be kept.
pub(crate) enum Leaf {
    /// A page.
    Page(Page),
    /// Nothing: whoever wants to know is told that all before is kept.
    End(oneshot::Sender<()>),
}

/// Keeps pages until no more can come.
pub(crate) async fn run(desk: Desk, mut leaves: mpsc::Receiver<Leaf>) {
    let place = format!("{} motion", desk.camera);
    while let Some(leaf) = leaves.recv().await {
        let Page { start, end, levels, grid } = match leaf {
            Leaf::Page(page) => page,
            Leaf::End(kept) => {
                let _ = kept.send(()); // Whoever asked may have left.
                continue;
            }
        };
        let page = MotionPage { start, end, levels, grid };
        match desk.store.append_motion(&desk.camera, page).await {
            Ok(()) => desk.faults.clear(&place),
            Err(error) => {
                let story = with_sources(&error);
                desk.faults.set(&place, story, error.hint(), clock::now());
            }
        }
    }
}
