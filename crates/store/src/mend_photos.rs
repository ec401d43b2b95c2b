//! What is done for photos at open.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use watchpost_media::jpeg;
use watchpost_model::{ByteSize, CameraId, EventId, WallTime};

use crate::files::blocking;
use crate::findings::{Finding, Findings};
use crate::photos::Photo;
use crate::repair::{Entry, RowState, Seen, entries};
use crate::{CatalogError, FileError, Store, stamp};

/// What stands before the picture itself fits in this; EXIF alone may take a quarter of it.
const HEAD: u64 = 256 << 10;

/// Makes the rows of photos and the files of `seen` agree.
pub(crate) async fn mend_photos(
    store: &Store,
    seen: &Seen,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let mut known = BTreeSet::new();
    // The whole table.
    let query = "SELECT id, camera, path, state FROM photo ORDER BY id";
    for Entry { id, path: relative, state } in entries(&store.inner.catalog.writer, query).await? {
        let path = store.inner.path(&relative);
        let Some(camera) = seen.photos.get(&relative) else {
            // A camera's folder that could not be listed says nothing about what is in it.
            let gone = path.clone();
            if blocking(move || matches!(gone.try_exists(), Ok(false))).await {
                store.delete_photo_row(id).await?;
                if state == RowState::Closed {
                    findings.push(Finding::PhotoGone { path });
                }
            }
            known.insert(relative);
            continue;
        };
        if state == RowState::Open {
            let file = path.clone();
            match blocking(move || look(&file)).await {
                Ok(Looked::Ours(found)) => {
                    let photo = Photo { id, ..found.photo(camera, &relative) };
                    store.close_photo(&photo).await?;
                }
                Ok(Looked::Foreign) => store.delete_photo_row(id).await?,
                Err(error) => findings.push(Finding::Failed(error)),
            }
        }
        known.insert(relative);
    }
    for (relative, camera) in seen.photos.iter().filter(|(path, _)| !known.contains(*path)) {
        adopt(store, camera, relative, findings).await?;
    }
    Ok(())
}

/// Enters a photo that the catalog does not know. Other pictures are left alone without a word: it
/// is an owner's right to put some there.
async fn adopt(
    store: &Store,
    camera: &CameraId,
    relative: &str,
    findings: &mut Findings,
) -> Result<(), CatalogError> {
    let path = store.inner.path(relative);
    let file = path.clone();
    match blocking(move || look(&file)).await {
        Ok(Looked::Ours(found)) => {
            if store.insert_photo(&found.photo(camera, relative), "closed").await?.is_some() {
                findings.push(if found.whole {
                    Finding::PhotoAdopted { path }
                } else {
                    Finding::PhotoDamaged { path }
                });
            }
        }
        Ok(Looked::Foreign) => {}
        Err(error) => findings.push(Finding::Failed(error)),
    }
    Ok(())
}

/// What a file says of itself.
pub(crate) enum Looked {
    /// It is a photo of ours.
    Ours(Found),
    /// It is something else, or nothing any more.
    Foreign,
}

/// A photo of ours.
pub(crate) struct Found {
    taken: WallTime,
    event: Option<EventId>,
    width: u16,
    height: u16,
    bytes: ByteSize,
    /// Whether it is there to its end.
    pub(crate) whole: bool,
}

impl Found {
    fn photo(&self, camera: &CameraId, relative: &str) -> Photo {
        Photo {
            id: 0,
            camera: camera.clone(),
            taken: self.taken,
            event: self.event.clone(),
            width: self.width,
            height: self.height,
            bytes: self.bytes,
            file: relative.to_owned(),
        }
    }
}

/// Reads the head and the end of a file. Blocks.
pub(crate) fn look(path: &Path) -> Result<Looked, FileError> {
    let mut head = Vec::new();
    let mut tail = [0; 2];
    let mut read = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.by_ref().take(HEAD).read_to_end(&mut head)?;
        if length >= 2 {
            file.seek(SeekFrom::End(-2))?;
            file.read_exact(&mut tail)?;
        }
        Ok::<u64, io::Error>(length)
    };
    let length = match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Looked::Foreign),
        read => read.map_err(FileError::at(path))?,
    };
    let (Some((taken, event)), Some((width, height))) = (stamp::read(&head), jpeg::size(&head))
    else {
        return Ok(Looked::Foreign);
    };
    let (bytes, whole) = (ByteSize::from_bytes(length), stamp::is_whole(&tail));
    Ok(Looked::Ours(Found { taken, event, width, height, bytes, whole }))
}
