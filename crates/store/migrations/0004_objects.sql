-- The catalog, version 4: what was recognised in events.
--
-- All of it can be entered again from the sidecars of the events.

-- Whether the event's objects were looked for: 'off', 'known' (what is not in sighting was not
-- seen), 'unknown' (the detector failed: nobody knows who was there).
ALTER TABLE event ADD COLUMN recognition TEXT NOT NULL DEFAULT 'off'
    CHECK (recognition IN ('off', 'known', 'unknown'));

-- One row for each object of an event.
CREATE TABLE sighting (
    event_id TEXT NOT NULL REFERENCES event (id) ON DELETE CASCADE,

    -- Its number in the event, that of its trace.
    number INTEGER NOT NULL,

    -- What it is, in the word of the detector's model: 'person', 'traffic light'.
    label TEXT NOT NULL,

    -- The best score it had.
    score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),

    -- When it was first and last seen in the event.
    first_us INTEGER NOT NULL,
    last_us INTEGER NOT NULL CHECK (last_us >= first_us),

    PRIMARY KEY (event_id, number)
) STRICT, WITHOUT ROWID;

-- Events with objects of a class, and which classes there are.
CREATE INDEX sighting_by_label ON sighting (label, event_id);

-- The zones an object has been in; a row for each.
CREATE TABLE sighting_zone (
    event_id TEXT NOT NULL,
    number INTEGER NOT NULL,

    -- The owner's name for it.
    zone TEXT NOT NULL,

    PRIMARY KEY (event_id, number, zone),
    FOREIGN KEY (event_id, number) REFERENCES sighting (event_id, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Events with objects in a zone, and which zones there are.
CREATE INDEX sighting_zone_by_zone ON sighting_zone (zone, event_id);

-- What an object did; a row for each time.
CREATE TABLE deed (
    event_id TEXT NOT NULL,
    number INTEGER NOT NULL,

    -- Counts the deeds of the object, from 0.
    nth INTEGER NOT NULL,

    at_us INTEGER NOT NULL,

    -- 'entered', 'left', 'loitered': a zone. 'crossed': a line.
    word TEXT NOT NULL CHECK (word IN ('entered', 'left', 'loitered', 'crossed')),

    -- The owner's name for the zone or the line.
    place TEXT NOT NULL,

    -- Towards which side a line was crossed: 'left' or 'right'.
    side TEXT CHECK (side IN ('left', 'right')),

    PRIMARY KEY (event_id, number, nth),
    FOREIGN KEY (event_id, number) REFERENCES sighting (event_id, number) ON DELETE CASCADE,
    CHECK ((word = 'crossed') = (side IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- What an event is found by: the labels, zones, lines and deeds of its objects, each once, a line
-- each, in small letters; a row for each event that has any. Made of the three tables above, for
-- SQLite makes letters beyond ASCII not small.
CREATE TABLE event_words (
    event_id TEXT NOT NULL PRIMARY KEY REFERENCES event (id) ON DELETE CASCADE,

    words TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 4;
