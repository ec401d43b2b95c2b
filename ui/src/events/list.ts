// The events that fit a query.
import { Listing } from "../listing";
import type { Recorder } from "../recorder/recorder";
import type { Event } from "../recorder/wire";
import { type EventQuery, askOf, fits } from "./query";
import { instantsOf } from "./ranges";

const PAGE = 60;

export class EventList extends Listing<Event, string> {
  constructor(
    recorder: Recorder,
    readonly query: EventQuery,
    pageSize = PAGE,
  ) {
    super(recorder, {
      ask: async (cursor) => {
        const instants = instantsOf(query.range, recorder.zone.get(), recorder.now());
        const { events, next, total } = await recorder.api.events(askOf(query, instants, cursor, pageSize));
        return { items: events, next, total };
      },
      fits: (event) => fits(query, event, recorder.zone.get(), recorder.now()),
      moment: (event) => Date.parse(event.start),
      listen: ({ heard, gone }) => {
        const stops = [recorder.onEvent(heard), recorder.onDeleted(gone)];
        return () => stops.forEach((stop) => stop());
      },
    });
  }
}
