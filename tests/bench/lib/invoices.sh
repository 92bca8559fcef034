# shellcheck shell=bash
# Many invoices, loaded straight into the table, and ids among them. Ids are made of the invoice's number, so that pgbench
# can ask for any of them without a file.
# Variables that tests/bench/run sets: work, and those of stack.env.
# shellcheck disable=SC2154

invoices_loaded=0

# sql STATEMENT: one value.
sql() {
    "$postgres_bin/psql" -XAtq -v ON_ERROR_STOP=1 "$DATABASE_ADMIN_URL" -c "$1"
}

# columns_of TABLE [COLUMN=EXPRESSION]...: sets `names` and `values` for an INSERT … SELECT from a copy of one row.
columns_of() {
    local table=$1 name change
    shift
    names='' values=''
    for name in $(sql "SELECT attname FROM pg_attribute WHERE attrelid = '$table'::regclass AND attnum > 0
                       AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"); do
        names+=${names:+, }$name
        values+=${values:+, }
        for change in "$@"; do
            [[ $change != "$name="* ]] || { values+=${change#*=} && continue 2; }
        done
        values+=$name
    done
}

# second_of NUMBER, id_of NUMBER SECOND: SQL (and, for the second, pgbench) for the creation time and the id of an invoice.
second_of() {
    printf '(1600000000 + %s * 110000000 / %d)' "$1" "$invoices_loaded"
}
id_of() {
    printf "(lpad(to_hex(%s::bigint), 8, '0') || lpad(to_hex(%s::bigint), 16, '0'))" "$2" "$1"
}

# load_invoices INVOICES [COLUMN=EXPRESSION]...: copies of one invoice that came by webhook, over three and a half years,
# every tenth of TEAM_ID, the rest of some thousands of teams. Then the counts and totals anew, as the store would have
# kept them. Only once in a stack.
load_invoices() {
    local names values started=$SECONDS
    # As long as the copied one's, whose list entry has their lengths.
    local of_number="'in_load' || lpad(n::text, length(stripe_invoice_id) - 7, '0')"
    local of_customer="'cus_load' || lpad(team::text, length(stripe_customer_id) - 8, '0')"
    ((invoices_loaded != $1)) || return 0
    ((invoices_loaded == 0)) || die "$invoices_loaded invoices are loaded, $1 need a run of their own"
    invoices_loaded=$1
    shift
    send_webhooks 1 1
    sql 'CREATE TABLE bench_pattern AS SELECT * FROM invoices LIMIT 1'
    sql 'ALTER TABLE bench_pattern DROP COLUMN deleted'
    create_entry_function
    columns_of invoices "$@" "id=$(id_of n second)" \
        "stripe_invoice_id=$of_number" "stripe_customer_id=$of_customer" "list_entry=$(entry_of "$of_number" "$of_customer")" \
        "user_id=substr(md5('user' || team), 1, 24)" \
        "team_id=CASE team WHEN 0 THEN '$TEAM_ID' ELSE substr(md5('team' || team), 1, 24) END" \
        "status=CASE WHEN n % 97 = 0 THEN 'deleted' WHEN n % 13 = 0 THEN 'open' ELSE 'paid' END" \
        "create_time=to_timestamp(second)"
    say "loading $invoices_loaded invoices"
    sql "INSERT INTO invoices ($names) SELECT $values FROM (
             SELECT n, $(second_of n) AS second, CASE WHEN n % 10 = 0 THEN 0 ELSE 1 + n % 7919 END AS team
             FROM generate_series(1, $invoices_loaded::bigint) AS n) made CROSS JOIN bench_pattern"
    sql "SELECT rebuild_invoice_counts(500)"
    sql 'VACUUM ANALYZE'
    sql 'CHECKPOINT'
    ((${#} > 0)) || compare_entries
    say "loaded in $((SECONDS - started)) s, with indices, counts and totals"
}

# entry_of STRIPE_INVOICE_ID STRIPE_CUSTOMER_ID: SQL for the list entry of a copy: the copied one's with what differs, and
# its checksum. A text stands behind its field's tag and its length: status is field 8, create_time 40, settlement 48.
# (services/invoice_store/invoices/list_projection.hpp, proto/quittance/v1/invoice.proto)
entry_of() {
    local settlement='chr(130) || chr(3)' open='n % 13 = 0' create='chr(194) || chr(2) || chr(6) || chr(8)'
    local text='substr(list_entry, 10)'
    text="replace($text, id, $(id_of n second))"
    text="replace($text, stripe_invoice_id, $1)"
    text="replace($text, stripe_customer_id, $2)"
    text="replace($text, $create || $(five_bytes_of 'extract(epoch FROM create_time)::bigint'), $create || $(five_bytes_of second))"
    text="replace($text, 'B' || chr(4) || 'paid', 'B' || chr(4) || CASE WHEN $open THEN 'open' ELSE 'paid' END)"
    text="replace($text, $settlement || chr(7) || 'settled',
        CASE WHEN $open THEN $settlement || chr(4) || 'none' ELSE $settlement || chr(7) || 'settled' END)"
    echo "bench_entry($text)"
}

# five_bytes_of NUMBER: SQL for a number from 2^28 to 2^35 as an entry has it, the lowest seven bits first.
# (https://protobuf.dev/programming-guides/encoding/#varints)
five_bytes_of() {
    local number="($1)::bigint" shift
    for shift in 0 7 14 21; do printf 'chr((%s >> %d & 127 | 128)::int) || ' "$number" "$shift"; done
    printf 'chr((%s >> 28)::int)' "$number"
}

# bench_entry: version and CRC-32 before the text of an entry. Held against the entry that the store has written.
create_entry_function() {
    sql "CREATE FUNCTION bench_crc_table() RETURNS bigint[] IMMUTABLE LANGUAGE sql AS \$\$
             WITH RECURSIVE steps(byte, step, sum) AS (
                 SELECT b::bigint, 0, b::bigint FROM generate_series(0, 255) AS b
                 UNION ALL SELECT byte, step + 1, CASE sum & 1 WHEN 1 THEN (sum >> 1) # 3988292384 ELSE sum >> 1 END
                 FROM steps WHERE step < 8)
             SELECT array_agg(sum ORDER BY byte) FROM steps WHERE step = 8 \$\$;
         CREATE FUNCTION bench_entry(entry text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS \$\$
         DECLARE
             crc_table CONSTANT bigint[] := bench_crc_table();
             bytes CONSTANT bytea := convert_to(entry, 'UTF8');
             sum bigint := 4294967295;
         BEGIN
             FOR i IN 0 .. length(bytes) - 1 LOOP
                 sum := crc_table[((sum # get_byte(bytes, i)) & 255) + 1] # (sum >> 8);
             END LOOP;
             RETURN 'B' || lpad(to_hex(sum # 4294967295), 8, '0') || entry;
         END \$\$"
    [[ $(sql 'SELECT bench_entry(substr(list_entry, 10)) = list_entry FROM bench_pattern') == t ]] ||
        die 'list entries are made in another way than here'
}

# The first page of the team by its list entries says what each of its invoices says by its columns.
compare_entries() {
    local id list=$work/entries
    curl -fsS -H "Authorization: Bearer $BILLING_TOKEN" "$EDGE_URL/billing/v1/invoices?limit=20" >"$list"
    for id in $(jq -r '.data.items[].id' "$list"); do
        curl -fsS -H "Authorization: Bearer $BILLING_TOKEN" "$EDGE_URL/billing/v1/invoices/$id" | jq -cS .data
    done >"$list.single"
    jq -cS '.data.items[]' "$list" | diff - "$list.single" >&2 || die 'the loaded list entries are not those of their invoices'
}

# choose_ids: files of ids at random, work/ids of all invoices and work/team_ids of TEAM_ID's, without the oldest page.
choose_ids() {
    [[ ! -e $work/ids ]] || return 0
    sql "SELECT id FROM invoices WHERE id IN (
             SELECT $(id_of n "$(second_of n)") FROM (SELECT 1 + floor(random() * $invoices_loaded)::bigint AS n
                                                      FROM generate_series(1, 20000)) AS chosen)
         AND status <> 'deleted' ORDER BY random()" >"$work/ids"
    sql "SELECT id FROM (SELECT id FROM invoices WHERE team_id = '$TEAM_ID' AND status <> 'deleted' ORDER BY id OFFSET 25) team
         ORDER BY random() LIMIT 20000" >"$work/team_ids"
    [[ -s $work/ids && -s $work/team_ids ]] || die "no ids were found among $invoices_loaded invoices"
}
