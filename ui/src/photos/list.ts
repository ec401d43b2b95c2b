// The photos that fit a query.
import { askOfScope } from "../events/query";
import { instantsOf } from "../events/ranges";
import { Listing } from "../listing";
import type { Recorder } from "../recorder/recorder";
import type { Photo } from "../recorder/wire";
import { type PhotoQuery, photoFits } from "./query";

const PAGE = 60;

export class PhotoList extends Listing<Photo, number> {
  constructor(
    recorder: Recorder,
    readonly query: PhotoQuery,
  ) {
    super(recorder, {
      ask: async (cursor) => {
        const instants = instantsOf(query.range, recorder.zone.get(), recorder.now());
        const { photos, next, total } = await recorder.api.photos(askOfScope(query.cameras, instants, cursor, PAGE));
        return { items: photos, next, total };
      },
      fits: (photo) => photoFits(query, photo, recorder.zone.get(), recorder.now()),
      moment: (photo) => Date.parse(photo.taken),
      listen: ({ heard, gone }) => {
        const withEvent = (event: string) => {
          // The photos of an event go with it, without a word of their own.
          for (const photo of this.view.get().items) if (photo.event === event) gone(photo.id);
        };
        const stops = [recorder.onPhoto(heard), recorder.onPhotoDeleted(gone), recorder.onDeleted(withEvent)];
        return () => stops.forEach((stop) => stop());
      },
    });
  }
}
