WITH written AS (
INSERT INTO invoices AS i (
    id,
    stripe_invoice_id,
    account,
    livemode,
    stripe_customer_id,
    user_id,
    user_name,
    team_id,
    status,
    currency,
    amount_minor,
    amount_due_minor,
    amount_paid_minor,
    amount_remaining_minor,
    subtotal_minor,
    total_minor,
    tax_minor,
    pre_payment_credit_notes_minor,
    post_payment_credit_notes_minor,
    attempt_count,
    attempted,
    last_payment_attempt_time,
    next_payment_attempt_time,
    paid_out_of_band,
    number,
    hosted_invoice_url,
    invoice_pdf_url,
    collection_method,
    billing_reason,
    description,
    customer_name,
    customer_email,
    default_payment_method,
    payment_intent_id,
    charge_id,
    payment_named_time,
    subscription_id,
    stripe_account_id,
    customer_account,
    metadata,
    create_time,
    update_time,
    period_start,
    period_end,
    finalize_time,
    paid_time,
    void_time,
    uncollectible_time,
    lines,
    list_entry,
    lines_complete,
    line_count,
    rank,
    event_time,
    event_id,
    begins_stage,
    refetch_needed,
    furthest,
    answer_time,
    content_hash)
SELECT
    f.id,
    f.stripe_invoice_id,
    f.account,
    f.livemode,
    f.stripe_customer_id,
    coalesce(c.user_id, nullif(f.user_id, ''), s.user_id, ''),
    coalesce(c.user_name, nullif(s.name, ''), f.user_name),
    coalesce(c.team_id, nullif(f.team_id, ''), s.team_id, ''),
    f.status,
    f.currency,
    f.amount_minor,
    f.amount_due_minor,
    f.amount_paid_minor,
    f.amount_remaining_minor,
    f.subtotal_minor,
    f.total_minor,
    f.tax_minor,
    f.pre_payment_credit_notes_minor,
    f.post_payment_credit_notes_minor,
    f.attempt_count,
    f.attempted,
    f.last_payment_attempt_time,
    f.next_payment_attempt_time,
    f.paid_out_of_band,
    f.number,
    f.hosted_invoice_url,
    f.invoice_pdf_url,
    f.collection_method,
    f.billing_reason,
    f.description,
    f.customer_name,
    f.customer_email,
    f.default_payment_method,
    f.payment_intent_id,
    f.charge_id,
    f.payment_named_time,
    f.subscription_id,
    f.stripe_account_id,
    f.customer_account,
    f.metadata,
    f.create_time,
    f.update_time,
    f.period_start,
    f.period_end,
    f.finalize_time,
    f.paid_time,
    f.void_time,
    f.uncollectible_time,
    f.lines,
    f.list_entry,
    f.lines_complete,
    f.line_count,
    f.rank,
    f.event_time,
    f.event_id,
    f.begins_stage,
    f.refetch_needed,
    f.furthest,
    f.answer_time,
    f.content_hash
FROM unnest(
    $1::text[],
    $2::text[],
    $3::text[],
    $4::boolean[],
    $5::text[],
    $6::text[],
    $7::text[],
    $8::text[],
    $9::text[],
    $10::text[],
    $11::bigint[],
    $12::bigint[],
    $13::bigint[],
    $14::bigint[],
    $15::bigint[],
    $16::bigint[],
    $17::bigint[],
    $18::bigint[],
    $19::bigint[],
    $20::bigint[],
    $21::boolean[],
    $22::timestamptz[],
    $23::timestamptz[],
    $24::boolean[],
    $25::text[],
    $26::text[],
    $27::text[],
    $28::text[],
    $29::text[],
    $30::text[],
    $31::text[],
    $32::text[],
    $33::text[],
    $34::text[],
    $35::text[],
    $36::timestamptz[],
    $37::text[],
    $38::text[],
    $39::text[],
    $40::jsonb[],
    $41::timestamptz[],
    $42::timestamptz[],
    $43::timestamptz[],
    $44::timestamptz[],
    $45::timestamptz[],
    $46::timestamptz[],
    $47::timestamptz[],
    $48::timestamptz[],
    $49::jsonb[],
    $50::text[],
    $51::boolean[],
    $52::bigint[],
    $53::smallint[],
    $54::timestamptz[],
    $55::text[],
    $56::boolean[],
    $57::boolean[],
    $58::bigint[],
    $59::timestamptz[],
    $60::bytea[]
) AS f(
    id,
    stripe_invoice_id,
    account,
    livemode,
    stripe_customer_id,
    user_id,
    user_name,
    team_id,
    status,
    currency,
    amount_minor,
    amount_due_minor,
    amount_paid_minor,
    amount_remaining_minor,
    subtotal_minor,
    total_minor,
    tax_minor,
    pre_payment_credit_notes_minor,
    post_payment_credit_notes_minor,
    attempt_count,
    attempted,
    last_payment_attempt_time,
    next_payment_attempt_time,
    paid_out_of_band,
    number,
    hosted_invoice_url,
    invoice_pdf_url,
    collection_method,
    billing_reason,
    description,
    customer_name,
    customer_email,
    default_payment_method,
    payment_intent_id,
    charge_id,
    payment_named_time,
    subscription_id,
    stripe_account_id,
    customer_account,
    metadata,
    create_time,
    update_time,
    period_start,
    period_end,
    finalize_time,
    paid_time,
    void_time,
    uncollectible_time,
    lines,
    list_entry,
    lines_complete,
    line_count,
    rank,
    event_time,
    event_id,
    begins_stage,
    refetch_needed,
    furthest,
    answer_time,
    content_hash)
LEFT JOIN customers c ON c.stripe_customer_id = f.stripe_customer_id AND c.account = f.account
LEFT JOIN stripe_customers s
    ON s.stripe_customer_id = f.stripe_customer_id AND s.account = f.account AND s.livemode = f.livemode
ORDER BY f.id
ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET
    stripe_customer_id = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.stripe_customer_id ELSE i.stripe_customer_id END,
    user_id = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.user_id ELSE i.user_id END,
    user_name = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.user_name ELSE i.user_name END,
    team_id = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.team_id ELSE i.team_id END,
    status = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.status ELSE i.status END,
    currency = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.currency ELSE i.currency END,
    amount_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.amount_minor ELSE i.amount_minor END,
    amount_due_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.amount_due_minor ELSE i.amount_due_minor END,
    amount_paid_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.amount_paid_minor ELSE i.amount_paid_minor END,
    amount_remaining_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.amount_remaining_minor ELSE i.amount_remaining_minor END,
    subtotal_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.subtotal_minor ELSE i.subtotal_minor END,
    total_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.total_minor ELSE i.total_minor END,
    tax_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.tax_minor ELSE i.tax_minor END,
    pre_payment_credit_notes_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.pre_payment_credit_notes_minor ELSE i.pre_payment_credit_notes_minor END,
    post_payment_credit_notes_minor = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.post_payment_credit_notes_minor ELSE i.post_payment_credit_notes_minor END,
    attempt_count = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.attempt_count ELSE i.attempt_count END,
    attempted = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.attempted ELSE i.attempted END,
    last_payment_attempt_time = greatest(i.last_payment_attempt_time, excluded.last_payment_attempt_time),
    next_payment_attempt_time = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.next_payment_attempt_time ELSE i.next_payment_attempt_time END,
    paid_out_of_band = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.paid_out_of_band ELSE i.paid_out_of_band END,
    number = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.number ELSE i.number END,
    hosted_invoice_url = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.hosted_invoice_url ELSE i.hosted_invoice_url END,
    invoice_pdf_url = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.invoice_pdf_url ELSE i.invoice_pdf_url END,
    collection_method = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.collection_method ELSE i.collection_method END,
    billing_reason = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.billing_reason ELSE i.billing_reason END,
    description = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.description ELSE i.description END,
    customer_name = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.customer_name ELSE i.customer_name END,
    customer_email = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.customer_email ELSE i.customer_email END,
    default_payment_method = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.default_payment_method ELSE i.default_payment_method END,
    payment_intent_id = CASE WHEN (CASE WHEN excluded.payment_intent_id <> '' OR excluded.charge_id <> ''
        THEN coalesce(excluded.payment_named_time, excluded.event_time) ELSE '-infinity' END, excluded.payment_intent_id COLLATE "C", excluded.charge_id COLLATE "C")
        > (CASE WHEN i.payment_intent_id <> '' OR i.charge_id <> ''
        THEN coalesce(i.payment_named_time, i.event_time) ELSE '-infinity' END, i.payment_intent_id COLLATE "C", i.charge_id COLLATE "C")
        THEN excluded.payment_intent_id ELSE i.payment_intent_id END,
    charge_id = CASE WHEN (CASE WHEN excluded.payment_intent_id <> '' OR excluded.charge_id <> ''
        THEN coalesce(excluded.payment_named_time, excluded.event_time) ELSE '-infinity' END, excluded.payment_intent_id COLLATE "C", excluded.charge_id COLLATE "C")
        > (CASE WHEN i.payment_intent_id <> '' OR i.charge_id <> ''
        THEN coalesce(i.payment_named_time, i.event_time) ELSE '-infinity' END, i.payment_intent_id COLLATE "C", i.charge_id COLLATE "C")
        THEN excluded.charge_id ELSE i.charge_id END,
    payment_named_time = nullif(nullif(greatest(CASE WHEN excluded.payment_intent_id <> '' OR excluded.charge_id <> ''
        THEN coalesce(excluded.payment_named_time, excluded.event_time) ELSE '-infinity' END,
        CASE WHEN i.payment_intent_id <> '' OR i.charge_id <> ''
        THEN coalesce(i.payment_named_time, i.event_time) ELSE '-infinity' END), '-infinity'),
        CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.event_time ELSE i.event_time END),
    subscription_id = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.subscription_id ELSE i.subscription_id END,
    stripe_account_id = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.stripe_account_id ELSE i.stripe_account_id END,
    customer_account = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.customer_account ELSE i.customer_account END,
    metadata = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.metadata ELSE i.metadata END,
    update_time = greatest(i.update_time, excluded.update_time),
    period_start = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.period_start ELSE i.period_start END,
    period_end = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.period_end ELSE i.period_end END,
    finalize_time = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.finalize_time ELSE i.finalize_time END,
    paid_time = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.paid_time ELSE i.paid_time END,
    void_time = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.void_time ELSE i.void_time END,
    uncollectible_time = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.uncollectible_time ELSE i.uncollectible_time END,
    lines = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.lines ELSE i.lines END,
    list_entry = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN CASE WHEN true
            AND i.id = excluded.id
            AND i.stripe_invoice_id = excluded.stripe_invoice_id
            AND i.account = excluded.account
            AND i.livemode = excluded.livemode
            AND greatest(i.last_payment_attempt_time, excluded.last_payment_attempt_time) IS NOT DISTINCT FROM excluded.last_payment_attempt_time
            AND i.create_time = excluded.create_time
            AND greatest(i.update_time, excluded.update_time) IS NOT DISTINCT FROM excluded.update_time
            THEN excluded.list_entry END ELSE i.list_entry END,
    lines_complete = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.lines_complete ELSE i.lines_complete END,
    line_count = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.line_count ELSE i.line_count END,
    rank = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.rank ELSE i.rank END,
    event_time = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.event_time ELSE i.event_time END,
    event_id = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.event_id ELSE i.event_id END,
    begins_stage = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.begins_stage ELSE i.begins_stage END,
    refetch_needed = CASE WHEN ((excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, excluded.begins_stage) = (i.rank <> 0, i.rank <> 4, i.event_time, i.begins_stage))
        THEN i.refetch_needed OR excluded.refetch_needed OR excluded.content_hash <> i.content_hash
        WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.refetch_needed ELSE i.refetch_needed END,
    furthest = greatest(i.furthest, excluded.furthest, invoice_furthest(i.rank, i.event_time)),
    answer_time = greatest(i.answer_time, excluded.answer_time),
    content_hash = CASE WHEN (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
        THEN excluded.content_hash ELSE i.content_hash END,
    previous_status = i.status,
    previous_team_id = i.team_id,
    previous_rank = i.rank,
    previous_event_time = i.event_time,
    previous_event_id = i.event_id,
    previous_begins_stage = i.begins_stage,
    stored_at = now()
WHERE (excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, NOT excluded.begins_stage, excluded.rank,
            excluded.event_id, excluded.content_hash)
        > (i.rank <> 0, i.rank <> 4, i.event_time, NOT i.begins_stage, i.rank, i.event_id, i.content_hash)
    OR (NOT i.refetch_needed AND ((excluded.rank <> 0, excluded.rank <> 4, excluded.event_time, excluded.begins_stage) = (i.rank <> 0, i.rank <> 4, i.event_time, i.begins_stage))
        AND (excluded.refetch_needed OR excluded.content_hash <> i.content_hash))
    OR greatest(i.last_payment_attempt_time, excluded.last_payment_attempt_time) IS DISTINCT FROM i.last_payment_attempt_time
    OR (CASE WHEN excluded.payment_intent_id <> '' OR excluded.charge_id <> ''
        THEN coalesce(excluded.payment_named_time, excluded.event_time) ELSE '-infinity' END, excluded.payment_intent_id COLLATE "C", excluded.charge_id COLLATE "C")
        > (CASE WHEN i.payment_intent_id <> '' OR i.charge_id <> ''
        THEN coalesce(i.payment_named_time, i.event_time) ELSE '-infinity' END, i.payment_intent_id COLLATE "C", i.charge_id COLLATE "C")
    OR greatest(i.update_time, excluded.update_time) IS DISTINCT FROM i.update_time
    OR greatest(i.furthest, excluded.furthest, invoice_furthest(i.rank, i.event_time)) IS DISTINCT FROM i.furthest
    OR greatest(i.answer_time, excluded.answer_time) IS DISTINCT FROM i.answer_time
RETURNING i.id, i.status, i.team_id, i.rank, i.event_time, i.event_id, i.begins_stage, i.refetch_needed, i.furthest,
    i.answer_time, i.lines_complete, i.previous_status, i.previous_team_id, i.previous_rank, i.previous_event_time,
    i.previous_event_id, i.previous_begins_stage, i.stripe_invoice_id, i.account, i.livemode
), logged AS (
INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)
SELECT id, status, coalesce(previous_status, ''), team_id, coalesce(previous_team_id, '')
FROM written
)
SELECT id, rank, event_time, event_id, begins_stage, previous_rank, previous_event_time, previous_event_id,
    previous_begins_stage, refetch_needed, furthest, answer_time, lines_complete, status, stripe_invoice_id, account,
    livemode, team_id, previous_status, previous_team_id,
    (SELECT number || ' ' || split_at FROM invoice_count_splits ORDER BY number DESC LIMIT 1)
FROM written
