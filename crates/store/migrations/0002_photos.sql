-- The catalog, version 2: time-lapse segments, photos, troubles, settings.
--
-- Photos are files like segments, and can be entered again from them. Troubles and settings live
-- here alone, as users, sessions and flags do.

-- 'video': footage as it happened. 'timelapse': a key picture now and then, in a folder of its own.
ALTER TABLE segment ADD COLUMN kind TEXT NOT NULL DEFAULT 'video'
    CHECK (kind IN ('video', 'timelapse'));

-- Both as before, but by kind: a time-lapse segment may be hours long, and must not make the search
-- for footage look back as far.
DROP INDEX segment_by_start;
CREATE INDEX segment_by_start ON segment (camera, kind, start_us);
DROP INDEX segment_by_length;
CREATE INDEX segment_by_length ON segment (camera, kind, end_us - start_us);

-- One row for each photo. As with segments, the row comes before the file and goes after it.
CREATE TABLE photo (
    -- Never used again for another file.
    id INTEGER PRIMARY KEY AUTOINCREMENT,

    -- The camera's name, which is also its folder in media/.
    camera TEXT NOT NULL,

    -- Where the file is, as segment.path: media/door/2026-11-21/capture_20261121_143205.jpg
    path TEXT NOT NULL UNIQUE,

    -- 'open': being written, or was when the program died.
    -- 'closed': complete, never written again.
    -- 'doomed': about to be deleted; the file may be gone already.
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'doomed')),

    -- When it was taken.
    taken_us INTEGER NOT NULL,

    -- The event it was taken for, null if for none. No reference: a photo may be there before its
    -- event is, and an event is never removed before its photos.
    event_id TEXT,

    -- In pixels.
    width INTEGER NOT NULL CHECK (width >= 0),
    height INTEGER NOT NULL CHECK (height >= 0),

    -- The length of the file.
    bytes INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;

-- Pages of photos of all cameras, newest first, and the survey for retention.
CREATE INDEX photo_by_time ON photo (taken_us, id);

-- Pages of photos of some cameras.
CREATE INDEX photo_by_camera ON photo (camera, taken_us, id);

-- The photos of an event.
CREATE INDEX photo_by_event ON photo (event_id, taken_us, id) WHERE event_id IS NOT NULL;

-- What the next start has to finish. Nearly always empty.
CREATE INDEX photo_unfinished ON photo (state) WHERE state <> 'closed';

-- When something was wrong with a camera; a row for each time.
CREATE TABLE trouble (
    id INTEGER PRIMARY KEY,

    -- The camera's name.
    camera TEXT NOT NULL,

    -- What was wrong: 'no_pictures', 'frozen', 'black', …
    kind TEXT NOT NULL,

    -- Since when.
    start_us INTEGER NOT NULL,

    -- Until when. Null while it lasts.
    end_us INTEGER CHECK (end_us >= start_us),

    -- Why, as told to the owner, such as "connection refused". Null if nobody knows.
    cause TEXT
) STRICT;

-- Troubles of an interval.
CREATE INDEX trouble_by_camera ON trouble (camera, start_us);

-- What is wrong now, each once. Nearly always empty.
CREATE UNIQUE INDEX trouble_open ON trouble (camera, kind) WHERE end_us IS NULL;

-- What is old enough to be forgotten.
CREATE INDEX trouble_by_end ON trouble (end_us) WHERE end_us IS NOT NULL;

-- Small texts that outlive a restart, such as picture settings changed at run time.
CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,

    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
