//! `watchpost model test`: what a detector sees in pictures and video files, every so often or where the
//! recorder would look.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use watchpost_decode::{Outline, Photo, Slot, Worker as Decoder, WorkerError};
use watchpost_detect::remote::Remote;
use watchpost_detect::{Detector, ModelFile, Shown, Wants, Worker};
use watchpost_media::{Kind, Parameters, Picture, jpeg};
use watchpost_model::config::DetectorKind;
use watchpost_model::config::detector::usual_classes;
use watchpost_model::{Fraction, Label, MotionSettings, Object, Region, WallTime};
use watchpost_source::{Reading, SourceError};
use watchpost_vision::motion;
use watchpost_vision::objects::gaze::{Gaze, Plan};
use watchpost_vision::objects::overlap;
use watchpost_vision::objects::tracker::{Look, Tracker};

use super::best::Best;
use super::{ModelError, tell};
use crate::detect::FAINT;
use crate::frames::{Format, FramesError};
use crate::see;

/// Files have no wall clock; theirs begins here.
const EPOCH: WallTime = WallTime::from_micros(0);

/// The longest JPEG that is looked at, in bytes.
const LONGEST: u64 = 64 << 20;

/// Pictures of videos are at most so wide and high, in pixels.
const ROOM: (u16, u16) = (1280, 1280);

/// What is asked.
pub(crate) struct Question {
    /// Who looks.
    pub(crate) detector: DetectorKind,
    /// What for; all it knows if empty.
    pub(crate) classes: Vec<Label>,
    /// From which score on.
    pub(crate) min_score: Fraction,
    /// The most frames a second.
    pub(crate) per_second: u8,
    /// Which of them.
    pub(crate) when: When,
    pub(crate) format: Format,
    /// Where pictures with boxes go, if anywhere.
    pub(crate) pictures: Option<PathBuf>,
}

/// Which frames are looked at, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// The whole of each that is due.
    Always,
    /// Those, and the parts of them, that the recorder would look at; what is found is followed.
    ByMotion,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) object: Object,
    /// Its number, and whether it stays where it is, if it is followed.
    pub(super) track: Option<(u32, bool)>,
}

/// A frame that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Looked {
    /// Since the first picture of the file.
    pub(super) at: Duration,
    /// Best first.
    pub(super) seen: Vec<Seen>,
    /// How many parts of it were looked at, and how long that took.
    pub(super) looks: u32,
    pub(super) took: Duration,
}

/// Looks through `files` and writes to `out` what is seen in them, frame by frame.
///
/// # Errors
///
/// At the first file that cannot be looked through, and when the detector fails.
pub(crate) async fn test(
    question: &Question,
    files: &[PathBuf],
    out: &mut impl Write,
) -> Result<(), ModelError> {
    if let Some(folder) = &question.pictures {
        let unwritten = |source| ModelError::File { path: folder.clone(), source };
        fs::create_dir_all(folder).map_err(unwritten)?;
    }
    let mut detector = open(question).await?;
    let mut written = Vec::new();
    for path in files {
        let undecoded = |source| FramesError::Decode { path: path.clone(), source };
        let decoder = Decoder::start().map_err(undecoded)?;
        let best = question.pictures.as_ref().map(|_| Best::default());
        let cost = Cost::default();
        let detector = &mut *detector;
        let mut sitting = Sitting { question, detector, decoder, path, best, cost };
        match still(path)? {
            Some(jpeg) => sitting.still(jpeg, out).await?,
            None => sitting.film(out).await?,
        }
        let Sitting { decoder, best, cost, .. } = sitting;
        decoder.finish().await;
        if question.format == Format::Text {
            writeln!(out, "{}: {cost}", path.display())?;
        }
        if let (Some(folder), Some(best)) = (&question.pictures, best) {
            for file in best.write(folder, path, &mut written)? {
                if question.format == Format::Text {
                    writeln!(out, "  {}", file.display())?;
                }
            }
        }
    }
    Ok(())
}

async fn open(question: &Question) -> Result<Box<dyn Detector>, ModelError> {
    let faint = question.least();
    Ok(match &question.detector {
        DetectorKind::Model(model) => {
            let worker = Worker::start(&ModelFile::read(model)?, model, faint.get()).await?;
            if let Some(note) = &worker.card().note {
                tracing::debug!("{note}");
            }
            Box::new(worker)
        }
        DetectorKind::Remote(remote) => Box::new(Remote::new(remote.clone()).with_min_score(faint)),
    })
}

impl Question {
    /// The least score that is of any use: what is followed may be seen less surely for a moment.
    fn least(&self) -> Fraction {
        match self.when {
            When::Always => self.min_score,
            When::ByMotion => Fraction::clamped(self.min_score.get() * FAINT),
        }
    }

    fn wants(&self, object: &Object) -> bool {
        let is_wanted = self.classes.is_empty() || self.classes.contains(&object.label);
        is_wanted && object.score >= self.least()
    }
}

/// The JPEG in the file, if it is one and no film of them.
fn still(path: &Path) -> Result<Option<Bytes>, ModelError> {
    let unread = |source| ModelError::Read { path: path.to_owned(), source };
    let is_film = path.extension().is_some_and(|ending| ending == "mjpeg" || ending == "mjpg");
    let mut file = File::open(path).map_err(unread)?;
    let mut data = Vec::new();
    (&mut file).take(2).read_to_end(&mut data).map_err(unread)?;
    if is_film || data != [0xff, 0xd8] {
        return Ok(None);
    }
    file.take(LONGEST).read_to_end(&mut data).map_err(unread)?;
    Ok(Some(data.into()))
}

/// How long looks took.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    frames: u32,
    looks: u32,
    time: Duration,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Cost { frames, looks, time } = self;
        match time.checked_div(*looks) {
            Some(each) => {
                let each = each.as_secs_f64() * 1_000.0;
                write!(f, "frames looked at: {frames}, {each:.0} ms a look")
            }
            None => write!(f, "frames looked at: {frames}"),
        }
    }
}

/// One file before one detector.
struct Sitting<'a> {
    question: &'a Question,
    detector: &'a mut dyn Detector,
    decoder: Decoder,
    path: &'a Path,
    /// The pictures to write.
    best: Option<Best>,
    cost: Cost,
}

impl Sitting<'_> {
    async fn still(&mut self, jpeg: Bytes, out: &mut impl Write) -> Result<(), ModelError> {
        let unshown = || ModelError::Picture { path: self.path.to_owned() };
        let (width, height) = jpeg::size(&jpeg).ok_or_else(unshown)?;
        let parameters = Arc::new(Parameters::mjpeg(width, height).map_err(|_| unshown())?);
        let picture = Picture {
            parameters: Arc::clone(&parameters),
            data: jpeg,
            kind: Kind::Key,
            time: EPOCH,
            shown_after: Duration::ZERO,
            sound: Vec::new(),
        };
        self.decoder.open(Slot::Follow, &parameters).await.map_err(|e| self.undecoded(e))?;
        let decoded = self.decoder.decode(Slot::Follow, &picture, None).await;
        if decoded.map_err(|error| self.undecoded(error))?.is_none() {
            return Err(ModelError::Picture { path: self.path.to_owned() });
        }
        let found = self.look(&[Region::ALL]).await?;
        let Cost { looks, time, .. } = self.cost;
        let looked = Looked { at: Duration::ZERO, seen: untracked(found), looks, took: time };
        self.tell(&looked, None, out).await
    }

    async fn film(&mut self, out: &mut impl Write) -> Result<(), ModelError> {
        let path = self.path;
        let unread = |source: SourceError| FramesError::Source { path: path.to_owned(), source };
        let mut reading = Reading::open(path.to_owned()).await.map_err(unread)?;
        let mut following = match self.question.when {
            When::Always => None,
            When::ByMotion => Some(Following::new(self.question, self.detector)),
        };
        let per_second = match &following {
            None => self.question.per_second,
            Some(_) => MotionSettings::FRAMES_PER_SECOND,
        };
        let mut rhythm = see::Rhythm::new(per_second);
        let mut opened = None;
        while let Some(arrival) = reading.next().await.map_err(unread)? {
            let picture = Picture {
                parameters: arrival.parameters,
                data: arrival.data,
                kind: arrival.kind,
                time: EPOCH + arrival.elapsed,
                shown_after: arrival.shown_after,
                sound: Vec::new(), // Nobody listens.
            };
            if opened.as_ref() != Some(&picture.parameters) {
                let opening = self.decoder.open(Slot::Follow, &picture.parameters).await;
                opening.map_err(|error| self.undecoded(error))?;
                opened = Some(Arc::clone(&picture.parameters));
            }
            let due = rhythm.is_due(picture.time);
            let grey = (due && following.is_some()).then(|| see::grey_size(&picture.parameters));
            let decoded = self.decoder.decode(Slot::Follow, &picture, grey).await;
            let decoded = decoded.map_err(|error| self.undecoded(error))?;
            let Some(decoded) = decoded.filter(|_| due) else { continue };
            let at = decoded.time.since_or_zero(EPOCH);
            let size = (picture.parameters.width(), picture.parameters.height());
            let before = self.cost;
            let seen = match (&mut following, &decoded.grey) {
                (None, _) => untracked(self.look(&[Region::ALL]).await?),
                (Some(following), Some(frame)) => {
                    let moves = following.motion.step(frame, at);
                    let regions = following.regions(at, &moves, size);
                    if regions.is_empty() {
                        continue;
                    }
                    let found = self.look(&regions).await?;
                    let look = Look { regions: &regions, moving: &moves.regions() };
                    following.tracker.step(at, look, found);
                    following.seen()
                }
                (Some(_), None) => continue,
            };
            let (looks, took) =
                (self.cost.looks - before.looks, self.cost.time.saturating_sub(before.time));
            self.tell(&Looked { at, seen, looks, took }, Some(ROOM), out).await?;
        }
        Ok(())
    }

    /// What is found in these parts of the frame that was decoded last; best first.
    async fn look(&mut self, regions: &[Region]) -> Result<Vec<Object>, ModelError> {
        let mut looks = Vec::with_capacity(regions.len());
        for region in regions {
            let Some(shown) = self.shown(*region).await? else { continue };
            let began = Instant::now();
            let found = self.detector.look(shown).await?;
            self.cost.time += began.elapsed();
            self.cost.looks += 1;
            let found = found.into_iter().filter(|object| self.question.wants(object));
            let place = |object: Object| Object { region: region.place(&object.region), ..object };
            looks.push((*region, found.map(place).collect()));
        }
        self.cost.frames += 1;
        let mut found = overlap::join(looks);
        found.sort_by(|one, other| other.score.get().total_cmp(&one.score.get()));
        Ok(found)
    }

    async fn shown(&mut self, region: Region) -> Result<Option<Shown>, ModelError> {
        match self.detector.wants() {
            Wants::Pixels { width, height } => {
                let pixels = self.decoder.pixels(Slot::Follow, region, width, height).await;
                Ok(pixels.map_err(|error| self.undecoded(error))?.map(Shown::Pixels))
            }
            Wants::Jpeg { size } => {
                let jpeg = self.photo(Some((size, size)), Vec::new()).await?;
                Ok(jpeg.map(Shown::Jpeg))
            }
        }
    }

    /// Tells what was seen in a frame, and takes the picture of it if that is among the best.
    async fn tell(
        &mut self,
        looked: &Looked,
        room: Option<(u16, u16)>,
        out: &mut impl Write,
    ) -> Result<(), ModelError> {
        tell::looked(self.path, looked, self.question.format, out)?;
        let score = looked.seen.first().map(|seen| seen.object.score);
        let Some(score) = score.filter(|score| self.best.iter().any(|best| best.wants(*score)))
        else {
            return Ok(());
        };
        let outlined = looked.seen.iter().map(|Seen { object, .. }| Outline {
            region: object.region,
            caption: Some(tell::object(object)),
        });
        let jpeg = self.photo(room, outlined.collect()).await?;
        if let (Some(best), Some(jpeg)) = (&mut self.best, jpeg) {
            // A film has many.
            best.take(score, room.map(|_| looked.at), jpeg);
        }
        Ok(())
    }

    async fn photo(
        &mut self,
        fit: Option<(u16, u16)>,
        outlined: Vec<Outline>,
    ) -> Result<Option<Bytes>, ModelError> {
        let photo = Photo { width: None, fit, quality: 85, crop: None, outlined, text: None };
        let jpeg = self.decoder.photo(Slot::Follow, photo).await;
        jpeg.map_err(|error| self.undecoded(error))
    }

    fn undecoded(&self, source: WorkerError) -> ModelError {
        FramesError::Decode { path: self.path.to_owned(), source }.into()
    }
}

fn untracked(found: Vec<Object>) -> Vec<Seen> {
    found.into_iter().map(|object| Seen { object, track: None }).collect()
}

/// What a camera's eye has to follow who moves.
struct Following {
    motion: motion::Detector,
    tracker: Tracker,
    /// Made for pictures of a size.
    gaze: Option<((u16, u16), Gaze)>,
    wants: Wants,
    looks_per_second: u8,
}

impl Following {
    fn new(question: &Question, detector: &dyn Detector) -> Self {
        let known = match (question.classes.as_slice(), detector.labels()) {
            ([], Some(all)) => all.to_vec(),
            ([], None) => usual_classes().map(|(label, _)| label).to_vec(),
            (classes, _) => classes.to_vec(),
        };
        let least = known.into_iter().map(|label| (label, question.min_score));
        Self {
            motion: motion::Detector::new(MotionSettings::default()),
            tracker: Tracker::new(least.collect::<BTreeMap<_, _>>()),
            gaze: None,
            wants: detector.wants(),
            looks_per_second: question.per_second,
        }
    }

    /// Where the recorder would look in a frame of this size.
    fn regions(
        &mut self,
        at: Duration,
        moves: &motion::Motion,
        picture: (u16, u16),
    ) -> Vec<Region> {
        let (whole, input) = match self.wants {
            Wants::Pixels { width, height } => (false, (width, height)),
            Wants::Jpeg { size } => (true, (size, size)),
        };
        let looks_per_second = self.looks_per_second;
        let plan = Plan { looks_per_second, interval: None, whole, input, picture };
        let known = self.gaze.take().filter(|(size, _)| *size == picture);
        let (_, gaze) = self.gaze.insert(known.unwrap_or_else(|| (picture, Gaze::new(plan))));
        gaze.step(at, moves, self.tracker.tracks())
    }

    /// Those that the last look found and that are told of; best first.
    fn seen(&self) -> Vec<Seen> {
        let tracks = self.tracker.tracks().iter().filter(|track| track.confirmed && track.seen);
        let seen = tracks.map(|track| Seen {
            object: Object {
                label: track.label.clone(),
                score: track.score,
                region: track.region,
                sharpness: track.sharpness,
            },
            track: Some((track.number, track.still)),
        });
        let mut seen: Vec<Seen> = seen.collect();
        seen.sort_by(|one, other| other.object.score.get().total_cmp(&one.object.score.get()));
        seen
    }
}
