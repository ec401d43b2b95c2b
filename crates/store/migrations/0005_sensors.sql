-- The catalog, version 5: which sensors fired for events.
--
-- All of it can be entered again from the sidecars of the events.

-- The sensors that fired for an event; a row for each.
CREATE TABLE event_sensor (
    event_id TEXT NOT NULL REFERENCES event (id) ON DELETE CASCADE,

    -- Its name in the configuration of that time: ASCII letters, digits, '-' and '_'.
    sensor TEXT NOT NULL,

    PRIMARY KEY (event_id, sensor)
) STRICT, WITHOUT ROWID;

-- Events of a sensor.
CREATE INDEX event_sensor_by_sensor ON event_sensor (sensor, event_id);

PRAGMA user_version = 5;
