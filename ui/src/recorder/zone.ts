// The recorder's time zone: every time on the pages is told in it, wherever the browser is.
import { text } from "../text";

/** What a clock on the recorder's wall shows. `month` is 1 to 12, `weekday` 0 (Sunday) to 6. */
export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
}

/** A day of the calendar. */
export interface Day {
  year: number;
  month: number;
  day: number;
}

export class Zone {
  private readonly format: Intl.DateTimeFormat;
  /** Milliseconds ahead of what `format` tells; for zones this browser does not know. */
  private readonly shift: number;

  /** Falls back to the offset in `now`, then to UTC, when this browser does not know the zone's name. */
  constructor(
    readonly name: string,
    now: string,
  ) {
    const known = formatFor(name);
    this.format = known ?? formatFor("UTC")!;
    this.shift = known ? 0 : offsetIn(now);
  }

  /** What the wall clock shows at an instant (milliseconds since 1970). */
  wall(instant: number): Wall {
    const found: Record<string, number> = {};
    for (const { type, value } of this.format.formatToParts(instant + this.shift)) found[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
    return { year, month, day, hour, minute, second, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
  }

  /** Milliseconds the wall clock is ahead of UTC at an instant. */
  offset(instant: number): number {
    const wall = this.wall(instant);
    const whole = Math.floor(instant / 1000) * 1000;
    return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second) - whole;
  }

  /**
   * When the wall clock shows this. A time that summer time leaves out means the moment after the gap;
   * one that comes twice means the first.
   */
  instant(day: Day, hour = 0, minute = 0): number {
    const asUtc = Date.UTC(day.year, day.month - 1, day.day, hour, minute);
    // The offset is that of the instant sought; those half a day around it are the only candidates.
    const around = [asUtc - 43_200_000, asUtc + 43_200_000].map((near) => asUtc - this.offset(near));
    const fitting = around.filter((one) => one + this.offset(one) === asUtc);
    return fitting.length > 0 ? Math.min(...fitting) : Math.max(...around);
  }

  /** `14:32` */
  time(instant: number): string {
    const { hour, minute } = this.wall(instant);
    return `${two(hour)}:${two(minute)}`;
  }

  /** `14:32:05` */
  exactTime(instant: number): string {
    return `${this.time(instant)}:${two(this.wall(instant).second)}`;
  }

  /** `today`, `yesterday`, or `Thu 19 Nov`, with the year when it is another one. */
  dayName(instant: number, now: number): string {
    const day = this.wall(instant);
    const today = this.wall(now);
    if (sameDay(day, today)) return text.time.today;
    if (sameDay(day, shifted(today, -1))) return text.time.yesterday;
    const date = `${text.time.weekdays[day.weekday]} ${day.day} ${text.time.months[day.month - 1]}`;
    return day.year === today.year ? date : `${date} ${day.year}`;
  }

  /** `since 08:12`, `since yesterday 08:12`. */
  moment(instant: number, now: number): string {
    const name = this.dayName(instant, now);
    return name === text.time.today ? this.time(instant) : `${name} ${this.time(instant)}`;
  }

  /** The zone of this browser, if its clocks show something else now. */
  foreignBrowser(now: number): string | null {
    const browser = -new Date(now).getTimezoneOffset() * 60_000;
    return browser === this.offset(now) ? null : Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

/** The calendar day so many days later; no clock, so no summer time. */
export function shifted(day: Day, days: number): Day {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export function two(number: number): string {
  return String(number).padStart(2, "0");
}

function sameDay(a: Day, b: Day): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

/** The offset at the end of an RFC 3339 time, in milliseconds. */
function offsetIn(now: string): number {
  const found = /([+-])(\d\d):(\d\d)$/.exec(now);
  return found ? Number(`${found[1]}1`) * (Number(found[2]) * 60 + Number(found[3])) * 60_000 : 0;
}

function formatFor(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return null;
  }
}
