//! What is done for motion files at open.

use std::collections::BTreeSet;

use watchpost_model::{ByteSize, CameraId};

use crate::files::blocking;
use crate::findings::{Finding, Findings};
use crate::motion_file::{self, Mended, Origin};
use crate::repair::{Entry, RowState, Seen, entries};
use crate::{CatalogError, Store};

/// Makes the rows of motion files and the files of `seen` agree.
pub(crate) async fn mend_motion(
    store: &Store,
    seen: &Seen,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let mut known = BTreeSet::new();
    // The whole table.
    let query = "SELECT id, camera, path, state FROM motion ORDER BY id";
    for Entry { id, path: relative, state } in entries(&store.inner.catalog.writer, query).await? {
        let path = store.inner.path(&relative);
        if !seen.motion.contains_key(&relative) {
            // A camera's folder that could not be listed says nothing about what is in it.
            let gone = path.clone();
            if blocking(move || matches!(gone.try_exists(), Ok(false))).await {
                store.delete_motion_row(id).await?;
                if state == RowState::Closed {
                    findings.push(Finding::MotionGone { path });
                }
            }
        } else if state == RowState::Open {
            close(store, id, &relative, findings).await?;
        }
        known.insert(relative);
    }
    for (relative, camera) in seen.motion.iter().filter(|(path, _)| !known.contains(*path)) {
        adopt(store, camera, relative, findings).await?;
    }
    Ok(())
}

/// Closes a file that was being written. That it was is no news: only what was lost is told.
async fn close(
    store: &Store,
    id: i64,
    relative: &str,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let path = store.inner.path(relative);
    let file = path.clone();
    match blocking(move || motion_file::mend(&file, Origin::Ours)).await {
        Ok(Mended::Reads { interval, bytes, cut, lost }) => {
            store.close_motion(id, interval, bytes).await?;
            if cut > ByteSize::ZERO {
                findings.push(Finding::MotionCut { path: path.clone(), cut });
            }
            if lost > ByteSize::ZERO {
                findings.push(Finding::MotionDamaged { path, lost });
            }
        }
        Ok(Mended::Empty) => {
            store.delete_motion_row(id).await?;
            findings.push(Finding::MotionEmpty { path });
        }
        Ok(Mended::Foreign) => {
            store.delete_motion_row(id).await?;
            findings.push(Finding::NoMotion { path });
        }
        Ok(Mended::Gone) => store.delete_motion_row(id).await?,
        Err(error) => findings.push(Finding::Failed(error)),
    }
    Ok(())
}

/// Enters a file that the catalog does not know.
async fn adopt(
    store: &Store,
    camera: &CameraId,
    relative: &str,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let path = store.inner.path(relative);
    let file = path.clone();
    match blocking(move || motion_file::mend(&file, Origin::Unknown)).await {
        Ok(Mended::Reads { interval, bytes, cut, lost }) => {
            store.insert_motion(camera, relative, interval, bytes).await?;
            findings.push(Finding::MotionAdopted { path: path.clone(), cut });
            if lost > ByteSize::ZERO {
                findings.push(Finding::MotionDamaged { path, lost });
            }
        }
        Ok(Mended::Empty) => findings.push(Finding::MotionEmpty { path }),
        Ok(Mended::Foreign) => findings.push(Finding::NoMotion { path }),
        Ok(Mended::Gone) => {}
        Err(error) => findings.push(Finding::Failed(error)),
    }
    Ok(())
}
