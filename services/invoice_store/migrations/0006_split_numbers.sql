-- The newest split of the tree of counts has a number and a time: a writer that knows both knows all splits that it has
-- looked up before are still all there are. The time tells this database from one that was put back.
ALTER TABLE invoice_count_splits
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN split_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE UNIQUE INDEX invoice_count_splits_by_number ON invoice_count_splits (number);
