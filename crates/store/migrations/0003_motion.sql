-- The catalog, version 3: motion files, and the ways of things through events.
--
-- Both can be entered again from files: motion files from their blocks, traces from the sidecars of
-- their events.

-- One row for each file of what moved before a camera, in most cases one a day. As with segments, the
-- row comes before the file and goes after it.
CREATE TABLE motion (
    -- Never used again for another file.
    id INTEGER PRIMARY KEY AUTOINCREMENT,

    -- The camera's name, which is also its folder in media/.
    camera TEXT NOT NULL,

    -- Where the file is, as segment.path: media/door/2026-11-21/motion/20261121.motion
    path TEXT NOT NULL UNIQUE,

    -- 'open': pages are being added, or were when the program died; end_us and bytes are null, and
    -- start_us is only when the first page of this program began.
    -- 'closed': no page came for an hour. It becomes 'open' again if one comes all the same.
    -- 'doomed': about to be deleted; the file may be gone already.
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'doomed')),

    -- When the earliest of its pages begins.
    start_us INTEGER NOT NULL,

    -- When the last of its pages ends. Null exactly while open.
    end_us INTEGER CHECK (end_us >= start_us),

    -- The length of the file. Null exactly while end_us is.
    bytes INTEGER CHECK (bytes >= 0),

    CHECK ((end_us IS NULL) = (bytes IS NULL)),
    CHECK ((state = 'open') = (end_us IS NULL))
) STRICT;

-- The files of an interval.
CREATE INDEX motion_by_start ON motion (camera, start_us);

-- What the next start has to finish, and what is being written.
CREATE INDEX motion_unfinished ON motion (state) WHERE state <> 'closed';

-- The ways of things through an event; a row for each event that has any. Not a column of event:
-- lists of events are read often, and these are long.
CREATE TABLE event_traces (
    event_id TEXT NOT NULL PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,

    -- The JSON array that is `traces` in the sidecar; see docs/files.md.
    traces TEXT NOT NULL
) STRICT;

PRAGMA user_version = 3;
