-- The catalog, version 1: an index of what lies in the data folder. Footage, snapshots and event
-- sidecars are the truth; this file can be rebuilt from them. Only users, sessions and flags live
-- here alone.
--
-- Units: a column that ends in _us is a moment in microseconds since 1970-01-01T00:00:00Z.
-- Words (states, roles, triggers) are those of the API. STRICT: no column holds another type.

-- One row for each file of footage. The row is written before the file is created, and deleted
-- after the file is unlinked, so a crash leaves a row too many, never a file nobody knows.
CREATE TABLE segment (
    -- Never used again for another file.
    id INTEGER PRIMARY KEY AUTOINCREMENT,

    -- The camera's name, which is also its folder in media/.
    camera TEXT NOT NULL,

    -- Where the file is: relative to the data folder, with '/' between parts, such as
    -- media/door/2026-11-21/20261121_143205.mp4
    path TEXT NOT NULL UNIQUE,

    -- 'open': being written, or was when the program died; end_us and bytes are null.
    -- 'closed': complete, never written again; end_us and bytes are known.
    -- 'doomed': about to be deleted; the file may be gone already.
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'doomed')),

    -- When its first picture was taken.
    start_us INTEGER NOT NULL,

    -- When its last picture stops being shown. Null exactly while open (or doomed while open).
    end_us INTEGER CHECK (end_us >= start_us),

    -- The length of the file. Null exactly while end_us is.
    bytes INTEGER CHECK (bytes >= 0),

    CHECK ((end_us IS NULL) = (bytes IS NULL)),
    CHECK (state <> 'closed' OR end_us IS NOT NULL)
) STRICT;

-- Footage of an interval, and the survey for retention.
CREATE INDEX segment_by_start ON segment (camera, start_us);

-- How far before an interval a segment that reaches into it can begin: the longest of its camera.
CREATE INDEX segment_by_length ON segment (camera, end_us - start_us);

-- What the next start has to finish. Nearly always empty.
CREATE INDEX segment_unfinished ON segment (state) WHERE state <> 'closed';

-- One row for each event. Each has a sidecar, a small JSON file beside its footage, that says the
-- same and is written after the row.
CREATE TABLE event (
    -- Such as 20261121T133205250-door: first trigger in UTC to the millisecond, and camera.
    id TEXT NOT NULL PRIMARY KEY,

    -- The camera's name.
    camera TEXT NOT NULL,

    -- Where its footage begins: the first trigger less the pre-roll.
    start_us INTEGER NOT NULL,

    -- When it was first triggered.
    triggered_us INTEGER NOT NULL,

    -- Where its footage ends. Null while the event goes on.
    end_us INTEGER,

    -- Why it ended: 'quiet', 'cut', 'stopped', 'interrupted'. Null exactly while end_us is.
    ended TEXT,

    -- 1: the owner wants it kept for good, and no retention removes its footage. Else 0.
    kept INTEGER NOT NULL CHECK (kept IN (0, 1)),

    -- Where its sidecar and snapshots are: as segment.path, but without the ending. `.json`,
    -- `.jpg`, `_marked.jpg` and `_thumb.jpg` are added to it.
    stem TEXT NOT NULL UNIQUE,

    -- How good its snapshot is, as judged by whoever took it. Null while it has none.
    score REAL,

    -- When the owner deleted it. Null if they did not. Hidden from then on, removed by a purge.
    deleted_us INTEGER,

    CHECK ((end_us IS NULL) = (ended IS NULL))
) STRICT;

-- Pages of events of all cameras, newest first.
CREATE INDEX event_by_start ON event (start_us, id) WHERE deleted_us IS NULL;

-- Pages of events of some cameras.
CREATE INDEX event_by_camera ON event (camera, start_us, id) WHERE deleted_us IS NULL;

-- Which footage events need, for purges and retention.
CREATE INDEX event_by_footage ON event (camera, start_us);

-- What footage retention must leave.
CREATE INDEX event_kept ON event (camera, start_us) WHERE kept = 1;

-- What a purge has to remove. Nearly always empty.
CREATE INDEX event_deleted ON event (deleted_us) WHERE deleted_us IS NOT NULL;

-- Which events go on, or did when the program died. Nearly always empty.
CREATE INDEX event_unfinished ON event (camera) WHERE end_us IS NULL;

-- What triggered an event; a row for each.
CREATE TABLE event_trigger (
    event_id TEXT NOT NULL REFERENCES event (id) ON DELETE CASCADE,

    -- 'motion'
    word TEXT NOT NULL,

    PRIMARY KEY (event_id, word)
) STRICT, WITHOUT ROWID;

-- Who may log in.
CREATE TABLE user (
    -- As typed at login; upper and lower case differ.
    name TEXT NOT NULL PRIMARY KEY,

    -- 'owner', 'member' or 'viewer'.
    role TEXT NOT NULL,

    -- PHC string, made and checked outside this crate.
    password_hash TEXT NOT NULL
) STRICT;

-- Who is logged in.
CREATE TABLE session (
    -- SHA-256 of the token in the cookie: whoever reads this file cannot log in with it.
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),

    user_name TEXT NOT NULL REFERENCES user (name) ON DELETE CASCADE,

    created_us INTEGER NOT NULL,

    -- The first moment at which it no longer holds.
    expires_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Expired sessions.
CREATE INDEX session_by_expiry ON session (expires_us);

-- Sessions to end with their user, or when the password changes.
CREATE INDEX session_by_user ON session (user_name);

-- Switches that outlive a restart, such as monitoring.
CREATE TABLE flag (
    name TEXT NOT NULL PRIMARY KEY,

    -- 1: on, 0: off.
    is_on INTEGER NOT NULL CHECK (is_on IN (0, 1)),

    -- When it was last set.
    since_us INTEGER NOT NULL,

    -- The user who set it last. Null: the program itself.
    set_by TEXT
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;
