-- No foreign key to interactions: the history of a deleted one stays.
CREATE TABLE activity (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id         bigint NOT NULL UNIQUE,
  interaction_id integer NOT NULL,
  kind           text NOT NULL,
  summary        text NOT NULL,
  happened_at    timestamptz NOT NULL
);

CREATE INDEX activity_by_time ON activity (happened_at DESC, id DESC);
