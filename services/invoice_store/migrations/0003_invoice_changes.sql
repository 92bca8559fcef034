-- Every change of an invoice's row, kept for a while, so that a watcher who was away misses nothing.
--
-- `seq` is drawn while the row is locked: of one invoice, a later change has the greater number. Between invoices the
-- numbers of transactions that overlap become visible in any order; change_log.hpp says how they are read all the same.

CREATE TABLE invoice_changes (
    seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id       text COLLATE "C" NOT NULL,
    status           text COLLATE "C" NOT NULL,
    previous_status  text COLLATE "C" NOT NULL,  -- empty: the row is new
    -- Whose the invoice became and was: both see the change.
    team_id          text COLLATE "C" NOT NULL,
    previous_team_id text COLLATE "C" NOT NULL,
    changed_at       timestamptz NOT NULL DEFAULT now()
);

-- One row: which changes are not kept any more. `feed_id` tells this database from any other.
CREATE TABLE invoice_changes_horizon (
    feed_id         text NOT NULL DEFAULT left(md5(gen_random_uuid()::text), 16),
    trimmed_through bigint NOT NULL DEFAULT 0,
    trimmed_at      timestamptz NOT NULL DEFAULT 'epoch'  -- changed_at of that change
);
INSERT INTO invoice_changes_horizon DEFAULT VALUES;
