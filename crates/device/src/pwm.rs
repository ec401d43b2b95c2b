//! Servos on the kernel's PWM.

mod channel; // a channel of a PWM chip
mod fault; //   why it is not to be had

use std::time::Duration;

use watchpost_model::config::{Drive, Servo as Settings};

use self::channel::{Channel, Sysfs};

pub use self::fault::ServoError;

/// What drives a servo. Sends no pulse before the first [`Servo::stand`], and none after it was dropped:
/// then the servo is slack, and stays where nothing pushes it.
///
/// If the program dies without dropping it (`kill -9`, a crash), the chip goes on with the pulse that it
/// sent last, and the servo holds its angle; the next [`Servo::open`] ends that.
#[derive(Debug)]
pub struct Servo {
    pulses: Pulses,
    /// `None`: it is played.
    channel: Option<Channel>,
}

impl Servo {
    /// Takes the channel; sends no pulse yet. May take a second: the files of a channel belong to the
    /// group that may write them only after a while.
    ///
    /// # Errors
    ///
    /// Why it is not to be had.
    pub fn open(settings: &Settings) -> Result<Self, ServoError> {
        let pulses = Pulses { min: settings.min_pulse, max: settings.max_pulse };
        let channel = match &settings.drive {
            Drive::Pwm { chip, channel } => Some(Channel::take(Box::new(Sysfs), chip, *channel)?),
            Drive::Sim => None,
        };
        Ok(Self { pulses, channel })
    }

    /// Sends the pulse of `angle`, 0 to 180 degrees, from now on. What lies beyond is moved into that.
    ///
    /// # Errors
    ///
    /// Why not. A channel whose chip went away does not come back by itself: it is to be opened again.
    /// What is not a number is refused.
    pub fn stand(&mut self, angle: f32) -> Result<(), ServoError> {
        let pulse = self.pulses.of(angle).ok_or_else(fault::no_angle)?;
        match &mut self.channel {
            Some(channel) => channel.send(pulse),
            None => Ok(()),
        }
    }

    /// Sends no pulse any more.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn rest(&mut self) -> Result<(), ServoError> {
        match &mut self.channel {
            Some(channel) => channel.rest(),
            None => Ok(()),
        }
    }
}

/// The pulses at both ends.
#[derive(Clone, Copy, Debug)]
struct Pulses {
    min: Duration,
    max: Duration,
}

impl Pulses {
    /// The pulse of `angle` in degrees, or `None` if that is not a number.
    fn of(self, angle: f32) -> Option<Duration> {
        if angle.is_nan() {
            return None;
        }
        let share = f64::from(angle.clamp(0.0, 180.0)) / 180.0;
        Some((self.min + self.max.saturating_sub(self.min).mul_f64(share)).min(self.max))
    }
}

#[cfg(test)]
mod tests;
