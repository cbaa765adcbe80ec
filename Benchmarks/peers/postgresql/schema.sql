-- The tree, the holds and the audit log, and the two operations on them. No foreign keys and no
-- second index: only what the operations need. The counters' pages have room for new versions of a
-- row beside the old ones (HOT updates).

CREATE TABLE nodes (
  id integer PRIMARY KEY,
  limit_msat bigint NOT NULL,
  settled_msat bigint NOT NULL DEFAULT 0,
  held_msat bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

CREATE TABLE holds (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  node integer NOT NULL,
  amount_msat bigint NOT NULL,
  settled_msat bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'held',
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  action text NOT NULL,
  node integer NOT NULL,
  hold uuid NOT NULL,
  amount_msat bigint NOT NULL
);

-- 0 is the top; 1 to 8 are in the middle; the leaf of client N is 100 + N.
INSERT INTO nodes (id, limit_msat)
  SELECT id, 1000000000000 FROM (
    SELECT generate_series(0, 8) UNION SELECT generate_series(100, 163)) AS made (id);

-- Every spend locks the top's row until its commit, so that row comes last.
CREATE FUNCTION reserve(leaf integer, middle integer, top integer, amount bigint, ttl interval)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  made uuid;
BEGIN
  INSERT INTO holds (node, amount_msat, expires_at) VALUES (leaf, amount, now() + ttl)
    RETURNING id INTO made;
  INSERT INTO events (action, node, hold, amount_msat) VALUES ('reserve', leaf, made, amount);
  UPDATE nodes SET held_msat = held_msat + amount
    WHERE id = leaf AND settled_msat + held_msat + amount <= limit_msat;
  IF NOT FOUND THEN RAISE 'budget exceeded at %', leaf; END IF;
  UPDATE nodes SET held_msat = held_msat + amount
    WHERE id = middle AND settled_msat + held_msat + amount <= limit_msat;
  IF NOT FOUND THEN RAISE 'budget exceeded at %', middle; END IF;
  UPDATE nodes SET held_msat = held_msat + amount
    WHERE id = top AND settled_msat + held_msat + amount <= limit_msat;
  IF NOT FOUND THEN RAISE 'budget exceeded at %', top; END IF;
  RETURN made;
END
$$;

CREATE FUNCTION settle(leaf integer, middle integer, top integer, ended uuid, amount bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  reserved bigint;
BEGIN
  UPDATE holds SET state = 'settled', settled_msat = amount
    WHERE id = ended AND node = leaf AND state = 'held' AND amount <= amount_msat
    RETURNING amount_msat INTO reserved;
  IF NOT FOUND THEN RAISE 'no such hold to settle: %', ended; END IF;
  INSERT INTO events (action, node, hold, amount_msat) VALUES ('settle', leaf, ended, amount);
  UPDATE nodes SET held_msat = held_msat - reserved, settled_msat = settled_msat + amount
    WHERE id = leaf;
  UPDATE nodes SET held_msat = held_msat - reserved, settled_msat = settled_msat + amount
    WHERE id = middle;
  UPDATE nodes SET held_msat = held_msat - reserved, settled_msat = settled_msat + amount
    WHERE id = top;
  RETURN reserved - amount;
END
$$;
