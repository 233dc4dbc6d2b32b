CREATE TABLE interactions (
  id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title        text NOT NULL,
  type         text NOT NULL CHECK (type IN ('call', 'email', 'meeting', 'note')),
  contact      text NOT NULL,
  organisation text NOT NULL DEFAULT '',
  notes        text NOT NULL DEFAULT '',
  occurred_at  timestamptz NOT NULL,
  status       text NOT NULL CHECK (status IN ('open', 'waiting', 'done')),
  created_by   integer NOT NULL REFERENCES users (id),
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX interactions_by_time ON interactions (occurred_at DESC, id DESC);
