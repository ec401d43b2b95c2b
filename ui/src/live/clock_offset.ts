// How far the recorder's clock is ahead of ours, from pings: the quickest answer of the last few is the
// most honest one.

interface Sample {
  roundTrip: number;
  offset: number;
}

const REMEMBERED = 8;

export class ClockOffset {
  private samples: Sample[] = [];

  /** `sent` and `received` by our clock, `theirs` by the recorder's; all in milliseconds. */
  add(sent: number, received: number, theirs: number): void {
    const sample = { roundTrip: received - sent, offset: theirs - (sent + received) / 2 };
    this.samples = [...this.samples.slice(1 - REMEMBERED), sample];
  }

  /** Milliseconds to add to our clock to have theirs; `null` before the first answer. */
  get(): number | null {
    const [first, ...others] = this.samples;
    if (!first) return null;
    return others.reduce((best, one) => (one.roundTrip < best.roundTrip ? one : best), first).offset;
  }
}
