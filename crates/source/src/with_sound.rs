//! What a stream is together with its sound, where the pictures and the sound come by separate ways.

use std::sync::Arc;

use watchpost_media::{Kind, Parameters, SoundFormat};

/// The parameters of pictures, with those of the sound added.
///
/// They change at key pictures alone, where a new file can begin: when the sound breaks off, the
/// pictures up to the next key still belong to a file with sound.
#[derive(Debug, Default)]
pub(crate) struct WithSound(Option<Known>);

#[derive(Debug)]
struct Known {
    pictures: Arc<Parameters>,
    whole: Arc<Parameters>,
}

impl WithSound {
    /// For a picture of this kind, with the parameters `pictures`, beside sound of `format` or none. One
    /// and the same as long as nothing changes, so that nobody opens a new file for it.
    pub(crate) fn of(
        &mut self,
        pictures: &Arc<Parameters>,
        format: Option<&SoundFormat>,
        kind: Kind,
    ) -> Arc<Parameters> {
        let format = match (&self.0, kind) {
            (Some(known), Kind::Delta) => known.whole.sound().cloned(),
            _ => format.cloned(),
        };
        if let Some(known) = &self.0
            && known.pictures == *pictures
            && known.whole.sound() == format.as_ref()
        {
            return Arc::clone(&known.whole);
        }
        let whole = Arc::new(Parameters::clone(pictures).with_sound(format));
        self.0 = Some(Known { pictures: Arc::clone(pictures), whole: Arc::clone(&whole) });
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_that_breaks_off_changes_nothing_before_the_next_key() {
        let pictures = Arc::new(Parameters::mjpeg(640, 360).unwrap());
        let aac = SoundFormat::aac(&[0x15, 0x88]).unwrap(); // 8 kHz, one channel
        let mut with_sound = WithSound::default();
        let first = with_sound.of(&pictures, Some(&aac), Kind::Key);
        assert_eq!(first.sound(), Some(&aac));
        for format in [Some(&aac), None, None] {
            let next = with_sound.of(&pictures, format, Kind::Delta);
            assert!(Arc::ptr_eq(&next, &first));
        }
        let key = with_sound.of(&pictures, None, Kind::Key);
        assert_eq!(key.sound(), None);
        for kind in [Kind::Delta, Kind::Key] {
            assert!(Arc::ptr_eq(&with_sound.of(&pictures, None, kind), &key));
        }
    }

    #[test]
    fn other_pictures_are_told_at_once() {
        let mut with_sound = WithSound::default();
        for width in [640, 800] {
            let pictures = Arc::new(Parameters::mjpeg(width, 360).unwrap());
            assert_eq!(with_sound.of(&pictures, None, Kind::Delta).width(), width);
        }
    }
}
