//! The parameter sets seen last in a stream.

use std::sync::Arc;

use crate::rbsp::{Bits, rbsp};
use crate::{Codec, Parameters};

/// The parameter sets seen last, and what they amount to.
#[derive(Debug)]
pub(crate) struct Sets {
    codec: Codec,
    /// The newest only; empty before the first.
    vps: Vec<u8>,
    /// The newest only; empty before the first.
    sps: Vec<u8>,
    /// With their numbers, 0 to 255: encoders do use several at once.
    pps: Vec<(u64, Vec<u8>)>,
    /// Whether a set came since `parameters` was made.
    changed: bool,
    parameters: Option<Arc<Parameters>>,
}

/// Longer sets do not fit into an MP4 file.
const LONGEST: usize = 65_535;

impl Sets {
    pub(crate) fn new(codec: Codec) -> Self {
        Self {
            codec,
            vps: Vec::new(),
            sps: Vec::new(),
            pps: Vec::new(),
            changed: false,
            parameters: None,
        }
    }

    /// Takes a set; does nothing if it is known, as most are repeated with each key picture.
    pub(crate) fn put(&mut self, nal: &[u8]) {
        if nal.len() > LONGEST {
            return;
        }
        match (self.codec, self.codec.nal_type(nal)) {
            (Codec::H264, Some(7)) | (Codec::H265, Some(33)) if self.sps != nal => {
                self.sps = nal.to_vec();
                self.pps.clear(); // Those belonged to the one before.
                self.changed = true;
            }
            (Codec::H264, Some(8)) => self.put_pps(nal, 1),
            (Codec::H265, Some(34)) => self.put_pps(nal, 2),
            (Codec::H265, Some(32)) => {
                self.changed |= self.vps != nal;
                self.vps = nal.to_vec();
            }
            _ => {}
        }
    }

    /// What the sets amount to; what they last did where the newest are garbled.
    pub(crate) fn parameters(&mut self) -> Option<Arc<Parameters>> {
        if self.changed {
            let pps: Vec<&[u8]> = self.pps.iter().map(|(_, nal)| &nal[..]).collect();
            if let Ok(new) = Parameters::from_sets(self.codec, &[&self.vps], &[&self.sps], &pps) {
                self.changed = false;
                if self.parameters.as_deref() != Some(&new) {
                    self.parameters = Some(Arc::new(new));
                }
            }
        }
        self.parameters.clone()
    }

    fn put_pps(&mut self, nal: &[u8], header: usize) {
        let body = nal.get(header..).unwrap_or_default();
        let Some(number) = Bits::new(rbsp(body)).golomb().filter(|number| *number < 256) else {
            return;
        };
        match self.pps.iter_mut().find(|(known, _)| *known == number) {
            Some((_, known)) if known == nal => return,
            Some((_, known)) => *known = nal.to_vec(),
            None => self.pps.push((number, nal.to_vec())),
        }
        self.changed = true;
    }
}
