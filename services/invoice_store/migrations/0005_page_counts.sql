-- Numbers of invoices by the beginning of their ids, so that the page at any offset is found in a few steps and how
-- many invoices a range of time holds is a sum: a tree that counts. An id begins with 8 hex digits of its creation time and
-- goes on with a hash; a node of the tree is a beginning of 2 to 12 digits and counts the invoices that are not deleted
-- below it. Only nodes that are crowded have children, so a small team has one node in half a year and a second with a
-- hundred thousand invoices has as many as it needs.

-- scope_id: '' for all invoices, else a team. The number is the sum over the slots, as in invoice_totals.
CREATE TABLE invoice_counts (
    scope_id text COLLATE "C" NOT NULL,
    digits   smallint NOT NULL,  -- length(prefix): the children of a node lie side by side
    prefix   text COLLATE "C" NOT NULL,
    slot     smallint NOT NULL,
    invoices bigint NOT NULL,
    PRIMARY KEY (scope_id, digits, prefix, slot)
) WITH (fillfactor = 50);

-- The nodes whose children are counted too. Rows are added under the lock that keeps batches out (see
-- invoice_counts.hpp) and never taken away while the store runs.
CREATE TABLE invoice_count_splits (
    scope_id text COLLATE "C" NOT NULL,
    prefix   text COLLATE "C" NOT NULL,
    PRIMARY KEY (scope_id, prefix)
);

-- Gives a node children where it counts more than `most`, and them likewise.
CREATE FUNCTION split_invoice_counts(node_scope text, node_prefix text, most bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    child_digits CONSTANT integer := length(node_prefix) + 1;
    child text;
BEGIN
    IF child_digits > 12
       OR EXISTS (SELECT FROM invoice_count_splits s WHERE s.scope_id = node_scope AND s.prefix = node_prefix)
       OR (SELECT coalesce(sum(c.invoices), 0) FROM invoice_counts c
           WHERE c.scope_id = node_scope AND c.digits = child_digits - 1 AND c.prefix = node_prefix) <= most THEN
        RETURN;
    END IF;
    INSERT INTO invoice_count_splits (scope_id, prefix) VALUES (node_scope, node_prefix);
    IF node_scope = '' THEN
        INSERT INTO invoice_counts (scope_id, digits, prefix, slot, invoices)
        SELECT '', child_digits, left(i.id, child_digits), 0, count(*) FROM invoices i
        WHERE NOT i.deleted AND i.id >= node_prefix AND i.id < node_prefix || 'g' GROUP BY left(i.id, child_digits);
    ELSE
        INSERT INTO invoice_counts (scope_id, digits, prefix, slot, invoices)
        SELECT node_scope, child_digits, left(i.id, child_digits), 0, count(*) FROM invoices i
        WHERE NOT i.deleted AND i.team_id = node_scope AND i.team_id <> ''
          AND i.id >= node_prefix AND i.id < node_prefix || 'g' GROUP BY left(i.id, child_digits);
    END IF;
    FOR child IN
        SELECT c.prefix FROM invoice_counts c
        WHERE c.scope_id = node_scope AND c.digits = child_digits
          AND c.prefix >= node_prefix AND c.prefix < node_prefix || 'g' AND c.invoices > most
    LOOP
        PERFORM split_invoice_counts(node_scope, child, most);
    END LOOP;
END
$$;

-- Counts everything anew, the totals too. For this migration and for whoever wrote rows behind the store's back; nobody may write
-- meanwhile.
CREATE FUNCTION rebuild_invoice_counts(most bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE invoice_counts, invoice_count_splits, invoice_totals;
    INSERT INTO invoice_counts (scope_id, digits, prefix, slot, invoices)
    SELECT '', 2, left(id, 2), 0, count(*) FROM invoices WHERE NOT deleted GROUP BY left(id, 2);
    INSERT INTO invoice_counts (scope_id, digits, prefix, slot, invoices)
    SELECT team_id, 2, left(id, 2), 0, count(*) FROM invoices WHERE NOT deleted AND team_id <> ''
    GROUP BY team_id, left(id, 2);
    PERFORM split_invoice_counts(c.scope_id, c.prefix, most) FROM invoice_counts c WHERE c.digits = 2;
    INSERT INTO invoice_totals (scope, scope_id, status, slot, invoices)
    SELECT 'all', '', status, 0, count(*) FROM invoices GROUP BY status
    UNION ALL SELECT 'team', team_id, status, 0, count(*) FROM invoices WHERE team_id <> '' GROUP BY team_id, status;
END
$$;

SELECT rebuild_invoice_counts(500);
