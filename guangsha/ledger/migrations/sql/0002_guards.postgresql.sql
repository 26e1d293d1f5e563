-- What keeps the books on PostgreSQL. Refusals carry SQLSTATE 23514 and the message ledger:<code>; guangsha/ledger/refusals.py
-- turns the code into a sentence. Statements are divided by lines of "--;;".

-- An entry has exactly the postings that were there when it was sealed: a further one would need a line number of its own within
-- the same count, and those are taken. Declared, not checked, so that no race gets past it. Postings come before their entry.
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_counted UNIQUE (id, lines);
--;;
ALTER TABLE ledger_posting ADD CONSTRAINT ledger_posting_sealed FOREIGN KEY (entry_id, lines)
  REFERENCES ledger_entry (id, lines) DEFERRABLE INITIALLY DEFERRED;
--;;
-- rows that are updated all the time keep room for their next version on the same page
ALTER TABLE ledger_account SET (fillfactor = 60);
--;;
ALTER TABLE ledger_period SET (fillfactor = 30);
--;;
ALTER TABLE ledger_budgetline SET (fillfactor = 60);
--;;
CREATE FUNCTION ledger_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger:kept' USING ERRCODE = '23514', DETAIL = TG_TABLE_NAME || ' ' || TG_OP;
END $$;
--;;
-- An empty table may be emptied: nothing is lost, and test runs do it.
CREATE FUNCTION ledger_keep_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE filled boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO filled;
  IF filled THEN
    RAISE EXCEPTION 'ledger:kept' USING ERRCODE = '23514', DETAIL = TG_TABLE_NAME || ' ' || TG_OP;
  END IF;
  RETURN NULL;
END $$;
--;;
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE OR DELETE ON ledger_posting EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_periodact_kept BEFORE UPDATE OR DELETE ON ledger_periodact EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_budgetmove_kept BEFORE UPDATE OR DELETE ON ledger_budgetmove EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_fund_kept BEFORE DELETE ON ledger_fund EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_account_kept BEFORE DELETE ON ledger_account EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_period_kept BEFORE DELETE ON ledger_period EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_budgetline_kept BEFORE DELETE ON ledger_budgetline EXECUTE FUNCTION ledger_keep();
--;;
CREATE TRIGGER ledger_entry_full BEFORE TRUNCATE ON ledger_entry EXECUTE FUNCTION ledger_keep_rows();
--;;
CREATE TRIGGER ledger_posting_full BEFORE TRUNCATE ON ledger_posting EXECUTE FUNCTION ledger_keep_rows();
--;;
CREATE TRIGGER ledger_periodact_full BEFORE TRUNCATE ON ledger_periodact EXECUTE FUNCTION ledger_keep_rows();
--;;
CREATE TRIGGER ledger_budgetmove_full BEFORE TRUNCATE ON ledger_budgetmove EXECUTE FUNCTION ledger_keep_rows();
--;;
CREATE TRIGGER ledger_fund_full BEFORE TRUNCATE ON ledger_fund EXECUTE FUNCTION ledger_keep_rows();
--;;
CREATE TRIGGER ledger_account_full BEFORE TRUNCATE ON ledger_account EXECUTE FUNCTION ledger_keep_rows();
--;;
CREATE TRIGGER ledger_period_full BEFORE TRUNCATE ON ledger_period EXECUTE FUNCTION ledger_keep_rows();
--;;
CREATE TRIGGER ledger_budgetline_full BEFORE TRUNCATE ON ledger_budgetline EXECUTE FUNCTION ledger_keep_rows();
--;;
-- Kept figures move only inside the functions below, that is within a trigger; what a row *is* never changes. Whether a trigger is
-- called is decided without looking at the columns: that would cost more than all the rest of an update.
CREATE FUNCTION ledger_keep_columns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
  name text;
BEGIN
  FOREACH name IN ARRAY TG_ARGV LOOP
    IF before -> name IS DISTINCT FROM after -> name THEN
      RAISE EXCEPTION 'ledger:kept' USING ERRCODE = '23514', DETAIL = TG_TABLE_NAME || ' ' || name;
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
--;;
CREATE TRIGGER ledger_account_figures BEFORE UPDATE OF balance_fen, debit_fen, credit_fen, last_entry_id ON ledger_account FOR EACH ROW
  WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_keep_columns('balance_fen', 'debit_fen', 'credit_fen', 'last_entry_id');
--;;
CREATE TRIGGER ledger_account_identity BEFORE UPDATE OF id, agency_id, fund_id, code, kind, book
  ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_keep_columns('id', 'agency_id', 'fund_id', 'code', 'kind', 'book');
--;;
CREATE TRIGGER ledger_fund_identity BEFORE UPDATE OF id, agency_id, code, source
  ON ledger_fund FOR EACH ROW EXECUTE FUNCTION ledger_keep_columns('id', 'agency_id', 'code', 'source');
--;;
CREATE TRIGGER ledger_period_figures BEFORE UPDATE OF length, head, closed, closed_by ON ledger_period FOR EACH ROW
  WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_keep_columns('length', 'head', 'closed', 'closed_by');
--;;
CREATE TRIGGER ledger_period_identity BEFORE UPDATE OF id, agency_id, month, starts_on, ends_on
  ON ledger_period FOR EACH ROW EXECUTE FUNCTION ledger_keep_columns('id', 'agency_id', 'month', 'starts_on', 'ends_on');
--;;
CREATE TRIGGER ledger_budgetline_figures BEFORE UPDATE OF adjusted_fen, committed_fen, executed_fen, last_entry_id ON ledger_budgetline FOR EACH ROW
  WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_keep_columns('adjusted_fen', 'committed_fen', 'executed_fen', 'last_entry_id');
--;;
CREATE TRIGGER ledger_budgetline_identity BEFORE UPDATE OF id, agency_id, year, fund_id, nature, vintage, functional_code, economic_code, project_code,
    initial_fen, document_number
  ON ledger_budgetline FOR EACH ROW EXECUTE FUNCTION ledger_keep_columns(
    'id', 'agency_id', 'year', 'fund_id', 'nature', 'vintage', 'functional_code', 'economic_code', 'project_code', 'initial_fen', 'document_number');
--;;
CREATE FUNCTION ledger_account_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.balance_fen, NEW.debit_fen, NEW.credit_fen, NEW.last_entry_id) <> (0, 0, 0, 0)
     OR (NEW.book = 'budget') <> (NEW.kind LIKE 'budget%') OR NEW.book NOT IN ('financial', 'budget')
     OR NOT EXISTS (SELECT 1 FROM ledger_fund f WHERE f.id = NEW.fund_id AND f.agency_id = NEW.agency_id) THEN
    RAISE EXCEPTION 'ledger:begin' USING ERRCODE = '23514', DETAIL = NEW.code;
  END IF;
  RETURN NEW;
END $$;
--;;
CREATE TRIGGER ledger_account_begin BEFORE INSERT ON ledger_account FOR EACH ROW EXECUTE FUNCTION ledger_account_begin();
--;;
CREATE FUNCTION ledger_period_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.length <> 0 OR NEW.closed OR NEW.closed_by <> 0
     OR NEW.head <> encode(sha256(convert_to('guangsha-ledger|' || NEW.agency_id || '|' || NEW.month, 'UTF8')), 'hex')
     OR NEW.starts_on <> make_date(NEW.month / 100, NEW.month % 100, 1)
     OR NEW.ends_on <> (make_date(NEW.month / 100, NEW.month % 100, 1) + interval '1 month' - interval '1 day')::date THEN
    RAISE EXCEPTION 'ledger:begin' USING ERRCODE = '23514', DETAIL = NEW.month;
  END IF;
  IF EXISTS (SELECT 1 FROM ledger_period p WHERE p.agency_id = NEW.agency_id AND p.month > NEW.month AND p.closed) THEN
    RAISE EXCEPTION 'ledger:later-closed' USING ERRCODE = '23514', DETAIL = NEW.month;
  END IF;
  RETURN NEW;
END $$;
--;;
CREATE TRIGGER ledger_period_begin BEFORE INSERT ON ledger_period FOR EACH ROW EXECUTE FUNCTION ledger_period_begin();
--;;
CREATE FUNCTION ledger_budgetline_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.adjusted_fen, NEW.committed_fen, NEW.executed_fen, NEW.last_entry_id) <> (0, 0, 0, 0)
     OR NOT EXISTS (SELECT 1 FROM ledger_fund f WHERE f.id = NEW.fund_id AND f.agency_id = NEW.agency_id) THEN
    RAISE EXCEPTION 'ledger:begin' USING ERRCODE = '23514', DETAIL = NEW.name;
  END IF;
  RETURN NEW;
END $$;
--;;
CREATE TRIGGER ledger_budgetline_begin BEFORE INSERT ON ledger_budgetline FOR EACH ROW
  EXECUTE FUNCTION ledger_budgetline_begin();
--;;
-- guangsha.ledger.rules.link_of says the same in Python.
CREATE FUNCTION ledger_link(previous text, number bigint, digest text, actor_id bigint, posted_at timestamptz)
RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(
    previous || '|' || number || '|' || digest || '|' || actor_id || '|'
    || to_char(posted_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS'), 'UTF8')), 'hex')
$$;
--;;
-- The seal: whatever inserts entries, these hold for each of them, or nothing of the statement stands. Its plans are kept for as long
-- as a connection lives, and the first ones are made when the tables are empty: OFFSET 0 and the settings leave only the plans that
-- are right at any size, one look-up by key a row.
CREATE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  f ledger_entry;
  o ledger_entry;
  month ledger_period;
  seen record;
  moved record;
  budgeted boolean := false;
BEGIN
  FOR f IN SELECT * FROM fresh e ORDER BY e.period_id, e.number LOOP
    IF month.id IS NULL OR month.id <> f.period_id THEN
      IF month.id IS NOT NULL THEN
        UPDATE ledger_period x SET length = month.length, head = month.head WHERE x.id = month.id;
      END IF;
      SELECT * INTO month FROM ledger_period x WHERE x.id = f.period_id FOR NO KEY UPDATE;
      IF month.closed THEN RAISE EXCEPTION 'ledger:closed' USING ERRCODE = '23514', DETAIL = f.key; END IF;
    END IF;
    IF month.id IS NULL OR month.agency_id <> f.agency_id OR f.number <> month.length + 1
       OR f.date < month.starts_on OR f.date > month.ends_on THEN
      RAISE EXCEPTION 'ledger:number' USING ERRCODE = '23514', DETAIL = f.key;
    END IF;
    IF f.link <> ledger_link(month.head, f.number, f.digest, f.actor_id, f.posted_at) THEN
      RAISE EXCEPTION 'ledger:link' USING ERRCODE = '23514', DETAIL = f.key;
    END IF;
    month.length := f.number;
    month.head := f.link;

    SELECT coalesce(sum(g.n), 0) AS found, bool_or(g.strange) AS strange, bool_or(g.off <> 0) AS unbalanced,
           bool_or(g.shut) AS shut, bool_or(g.unbudgeted) AS unbudgeted, bool_or(g.budgeted) AS budgeted,
           bool_or(g.misplaced) AS misplaced
      INTO seen
      FROM (SELECT count(*) AS n, sum(p.amount_fen) AS off, bool_or(a.agency_id <> f.agency_id) AS strange,
                   bool_or(f.date > a.closed_on) AS shut,
                   bool_or((a.kind = 'budget_expenditure') <> (p.budget_line_id IS NOT NULL)
                           AND NOT (p.budget_line_id IS NULL AND f.kind IN ('opening', 'closing', 'reversal', 'correction')))
                     AS unbudgeted,
                   bool_or(p.budget_line_id IS NOT NULL) AS budgeted,
                   bool_or(p.budget_line_id IS NOT NULL
                           AND (b.id IS NULL OR b.agency_id <> f.agency_id OR b.fund_id <> a.fund_id
                                OR b.year <> month.month / 100)) AS misplaced
              FROM (SELECT * FROM ledger_posting x WHERE x.entry_id = f.id OFFSET 0) p
             CROSS JOIN LATERAL (SELECT * FROM ledger_account x WHERE x.id = p.account_id OFFSET 0) a
              LEFT JOIN LATERAL (SELECT * FROM ledger_budgetline x WHERE x.id = p.budget_line_id OFFSET 0) b ON true
             GROUP BY a.fund_id, a.book) g;
    IF seen.found <> f.lines THEN
      RAISE EXCEPTION 'ledger:lines' USING ERRCODE = '23514', DETAIL = f.key;
    ELSIF seen.strange THEN
      RAISE EXCEPTION 'ledger:account' USING ERRCODE = '23514', DETAIL = f.key;
    ELSIF seen.unbalanced THEN
      RAISE EXCEPTION 'ledger:unbalanced' USING ERRCODE = '23514', DETAIL = f.key;
    ELSIF seen.shut THEN
      RAISE EXCEPTION 'ledger:account-closed' USING ERRCODE = '23514', DETAIL = f.key;
    ELSIF seen.unbudgeted THEN
      RAISE EXCEPTION 'ledger:unbudgeted' USING ERRCODE = '23514', DETAIL = f.key;
    ELSIF seen.misplaced THEN
      RAISE EXCEPTION 'ledger:budget-line' USING ERRCODE = '23514', DETAIL = f.key;
    END IF;
    budgeted := budgeted OR seen.budgeted;

    IF f.reversal_of_id IS NOT NULL THEN
      SELECT * INTO o FROM ledger_entry e WHERE e.id = f.reversal_of_id;
      IF o.id IS NULL OR o.agency_id <> f.agency_id OR o.lines <> f.lines OR o.kind IN ('reversal', 'correction')
         OR (f.kind = 'reversal') <> (extract(year FROM o.date) = extract(year FROM f.date))
         OR f.kind NOT IN ('reversal', 'correction')
         OR f.lines <> (SELECT count(*) FROM ledger_posting p JOIN ledger_posting q ON q.entry_id = o.id AND q.line = p.line
                         WHERE p.entry_id = f.id AND q.account_id = p.account_id AND q.amount_fen = -p.amount_fen
                           AND (q.budget_line_id IS NOT DISTINCT FROM p.budget_line_id
                                OR (f.kind = 'correction' AND p.budget_line_id IS NULL))) THEN
        RAISE EXCEPTION 'ledger:mirror' USING ERRCODE = '23514', DETAIL = f.key;
      END IF;
    END IF;
  END LOOP;
  IF month.id IS NULL THEN
    RETURN NULL;
  END IF;
  UPDATE ledger_period x SET length = month.length, head = month.head WHERE x.id = month.id;

  -- a red voucher (reversal) takes its amount from the side on which it was booked
  FOR moved IN
    SELECT p.account_id AS id, sum(p.amount_fen) AS total, max(p.entry_id) AS last,
           coalesce(sum(p.amount_fen) FILTER (WHERE (p.amount_fen > 0) <> (e.kind = 'reversal')), 0) AS debit
      FROM fresh e CROSS JOIN LATERAL (SELECT * FROM ledger_posting x WHERE x.entry_id = e.id OFFSET 0) p
     GROUP BY p.account_id ORDER BY p.account_id
  LOOP
    UPDATE ledger_account a
       SET balance_fen = a.balance_fen + moved.total, debit_fen = a.debit_fen + moved.debit,
           credit_fen = a.credit_fen + moved.debit - moved.total, last_entry_id = moved.last
     WHERE a.id = moved.id;
  END LOOP;
  IF budgeted THEN
    FOR moved IN
      SELECT p.budget_line_id AS id, sum(p.amount_fen) AS total, max(p.entry_id) AS last
        FROM fresh e CROSS JOIN LATERAL (SELECT * FROM ledger_posting x WHERE x.entry_id = e.id OFFSET 0) p
       WHERE p.budget_line_id IS NOT NULL GROUP BY p.budget_line_id ORDER BY p.budget_line_id
    LOOP
      UPDATE ledger_budgetline b SET executed_fen = b.executed_fen + moved.total, last_entry_id = moved.last WHERE b.id = moved.id;
    END LOOP;
  END IF;
  RETURN NULL;
END $$;
--;;
CREATE TRIGGER ledger_entry_seal AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal();
--;;
CREATE FUNCTION ledger_period_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE p ledger_period;
BEGIN
  SELECT * INTO p FROM ledger_period x WHERE x.id = NEW.period_id FOR NO KEY UPDATE;
  IF NEW.kind = 'close' THEN
    IF p.closed THEN RAISE EXCEPTION 'ledger:closed-already' USING ERRCODE = '23514', DETAIL = p.month; END IF;
    IF EXISTS (SELECT 1 FROM ledger_period x WHERE x.agency_id = p.agency_id AND x.month < p.month AND NOT x.closed) THEN
      RAISE EXCEPTION 'ledger:earlier-open' USING ERRCODE = '23514', DETAIL = p.month;
    END IF;
  ELSE
    IF NOT p.closed THEN RAISE EXCEPTION 'ledger:not-closed' USING ERRCODE = '23514', DETAIL = p.month; END IF;
    IF NEW.actor_id = p.closed_by THEN RAISE EXCEPTION 'ledger:same-person' USING ERRCODE = '23514', DETAIL = p.month; END IF;
    IF btrim(NEW.reason) = '' THEN RAISE EXCEPTION 'ledger:no-reason' USING ERRCODE = '23514', DETAIL = p.month; END IF;
    IF EXISTS (SELECT 1 FROM ledger_period x WHERE x.agency_id = p.agency_id AND x.month > p.month AND x.closed) THEN
      RAISE EXCEPTION 'ledger:later-closed' USING ERRCODE = '23514', DETAIL = p.month;
    END IF;
  END IF;
  NEW.length := p.length;
  NEW.head := p.head;
  UPDATE ledger_period x
     SET closed = (NEW.kind = 'close'), closed_by = CASE NEW.kind WHEN 'close' THEN NEW.actor_id ELSE 0 END
   WHERE x.id = p.id;
  RETURN NEW;
END $$;
--;;
CREATE TRIGGER ledger_periodact_turn BEFORE INSERT ON ledger_periodact FOR EACH ROW EXECUTE FUNCTION ledger_period_turn();
--;;
CREATE FUNCTION ledger_budget_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  b ledger_budgetline;
  shut boolean;
BEGIN
  SELECT * INTO b FROM ledger_budgetline x WHERE x.id = NEW.line_id;
  SELECT x.closed INTO shut FROM ledger_period x
   WHERE x.agency_id = b.agency_id AND x.month = extract(year FROM NEW.date) * 100 + extract(month FROM NEW.date)
     FOR NO KEY UPDATE;
  IF shut IS NULL THEN RAISE EXCEPTION 'ledger:no-period' USING ERRCODE = '23514', DETAIL = NEW.key; END IF;
  IF shut THEN RAISE EXCEPTION 'ledger:closed' USING ERRCODE = '23514', DETAIL = NEW.key; END IF;
  IF b.year <> extract(year FROM NEW.date) THEN
    RAISE EXCEPTION 'ledger:budget-line' USING ERRCODE = '23514', DETAIL = NEW.key;
  END IF;
  IF NEW.kind IN ('commitment', 'release') THEN
    UPDATE ledger_budgetline x SET committed_fen = x.committed_fen + NEW.amount_fen WHERE x.id = NEW.line_id;
  ELSE
    UPDATE ledger_budgetline x SET adjusted_fen = x.adjusted_fen + NEW.amount_fen WHERE x.id = NEW.line_id;
  END IF;
  RETURN NEW;
END $$;
--;;
CREATE TRIGGER ledger_budgetmove_turn BEFORE INSERT ON ledger_budgetmove FOR EACH ROW EXECUTE FUNCTION ledger_budget_move();
--;;
-- Everything that a batch will touch, in one order for everybody: months, then accounts, then budget lines. The month comes first
-- because its row gives out the numbers and is held until the commit anyway: whoever posts into one month never waits for another
-- in a circle, in however many steps they do it.
CREATE FUNCTION ledger_lock(p_agencies bigint[], p_months integer[], p_accounts bigint[], p_budget bigint[])
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM 1 FROM ledger_period x
    WHERE (x.agency_id, x.month) IN (SELECT u.a, u.m FROM unnest(p_agencies, p_months) AS u(a, m))
    ORDER BY x.agency_id, x.month FOR NO KEY UPDATE;
  PERFORM 1 FROM ledger_account x WHERE x.id = ANY (p_accounts) ORDER BY x.id FOR NO KEY UPDATE;
  IF cardinality(p_budget) > 0 THEN
    PERFORM 1 FROM ledger_budgetline x WHERE x.id = ANY (p_budget) ORDER BY x.id FOR NO KEY UPDATE;
  END IF;
END $$;
--;;
-- One entry. The same key with the same digest gives the entry that stands.
CREATE FUNCTION ledger_post(
  p_agency bigint, p_month integer, p_date date, p_kind text, p_key text, p_digest text, p_reason text, p_source_type text,
  p_source_id text, p_voucher text, p_attachments integer, p_reversal_of bigint, p_actor bigint,
  p_accounts bigint[], p_amounts bigint[], p_budget bigint[],
  OUT entry_id bigint, OUT entry_number bigint, OUT entry_link text, OUT replayed boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  month ledger_period;
  stands text;
  stamp timestamptz;
BEGIN
  SELECT * INTO month FROM ledger_period x WHERE x.agency_id = p_agency AND x.month = p_month FOR NO KEY UPDATE;
  SELECT e.id, e.number, e.link, e.digest INTO entry_id, entry_number, entry_link, stands
    FROM ledger_entry e WHERE e.agency_id = p_agency AND e.key = p_key;
  IF stands IS NOT NULL THEN
    IF stands <> p_digest THEN RAISE EXCEPTION 'ledger:key' USING ERRCODE = '23514', DETAIL = p_key; END IF;
    replayed := true;
    RETURN;
  END IF;
  IF month.id IS NULL THEN RAISE EXCEPTION 'ledger:no-period' USING ERRCODE = '23514', DETAIL = p_key; END IF;
  IF month.closed THEN RAISE EXCEPTION 'ledger:closed' USING ERRCODE = '23514', DETAIL = p_key; END IF;
  -- accounts and budget lines are locked by the seal, which moves them in the order of their ids
  entry_id := nextval('ledger_entry_id_seq');
  entry_number := month.length + 1;
  stamp := clock_timestamp();
  entry_link := ledger_link(month.head, entry_number, p_digest, p_actor, stamp);
  replayed := false;
  INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen, budget_line_id)
    SELECT ledger_post.entry_id, u.n, cardinality(p_accounts), u.a, u.m, u.b
      FROM unnest(p_accounts, p_amounts, p_budget) WITH ORDINALITY AS u(a, m, b, n);
  INSERT INTO ledger_entry (id, agency_id, period_id, number, date, kind, lines, key, digest, source_type, source_id,
                            voucher_number, attachments, reason, reversal_of_id, actor_id, posted_at, link)
    VALUES (entry_id, p_agency, month.id, entry_number, p_date, p_kind, cardinality(p_accounts), p_key, p_digest, p_source_type,
            p_source_id, p_voucher, p_attachments, p_reason, p_reversal_of, p_actor, stamp, entry_link);
END $$;
--;;
-- Many entries at once; arrays of one position each for the entries, and for the postings with the position of their entry.
CREATE FUNCTION ledger_post_many(
  p_agency bigint[], p_month integer[], p_date date[], p_kind text[], p_key text[], p_digest text[], p_reason text[],
  p_source_type text[], p_source_id text[], p_voucher text[], p_attachments integer[], p_reversal_of bigint[], p_lines integer[],
  p_actor bigint, p_of integer[], p_line integer[], p_accounts bigint[], p_amounts bigint[], p_budget bigint[])
RETURNS TABLE (place bigint, entry_id bigint, entry_number bigint, entry_link text, replayed boolean)
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  r record;
  month ledger_period;
  number bigint;
  link text;
  stamp timestamptz := clock_timestamp();
  size integer := cardinality(p_key);
  ids bigint[] := array_fill(0::bigint, ARRAY[size]);
  periods bigint[] := array_fill(0::bigint, ARRAY[size]);
  numbers bigint[] := array_fill(0::bigint, ARRAY[size]);
  links text[] := array_fill(''::text, ARRAY[size]);
  stand boolean[] := array_fill(false, ARRAY[size]);
BEGIN
  PERFORM ledger_lock(p_agency, p_month, p_accounts, array_remove(p_budget, NULL));
  FOR r IN
    SELECT u.n, u.a, u.m, u.k, u.d, e.id, e.number, e.link, e.digest
      FROM unnest(p_agency, p_month, p_key, p_digest) WITH ORDINALITY AS u(a, m, k, d, n)
      LEFT JOIN ledger_entry e ON e.agency_id = u.a AND e.key = u.k
     ORDER BY u.a, u.m, u.n
  LOOP
    IF r.id IS NOT NULL THEN
      IF r.digest <> r.d THEN RAISE EXCEPTION 'ledger:key' USING ERRCODE = '23514', DETAIL = r.k; END IF;
      ids[r.n] := r.id; numbers[r.n] := r.number; links[r.n] := r.link; stand[r.n] := true;
      CONTINUE;
    END IF;
    IF month.id IS NULL OR month.agency_id <> r.a OR month.month <> r.m THEN
      SELECT * INTO month FROM ledger_period x WHERE x.agency_id = r.a AND x.month = r.m;
      IF month.id IS NULL THEN RAISE EXCEPTION 'ledger:no-period' USING ERRCODE = '23514', DETAIL = r.k; END IF;
      IF month.closed THEN RAISE EXCEPTION 'ledger:closed' USING ERRCODE = '23514', DETAIL = r.k; END IF;
      number := month.length;
      link := month.head;
    END IF;
    number := number + 1;
    link := ledger_link(link, number, r.d, p_actor, stamp);
    ids[r.n] := nextval('ledger_entry_id_seq'); periods[r.n] := month.id; numbers[r.n] := number; links[r.n] := link;
  END LOOP;
  INSERT INTO ledger_posting (entry_id, line, lines, account_id, amount_fen, budget_line_id)
    SELECT ids[u.o], u.l, p_lines[u.o], u.a, u.m, u.b
      FROM unnest(p_of, p_line, p_accounts, p_amounts, p_budget) AS u(o, l, a, m, b) WHERE NOT stand[u.o];
  INSERT INTO ledger_entry (id, agency_id, period_id, number, date, kind, lines, key, digest, source_type, source_id,
                            voucher_number, attachments, reason, reversal_of_id, actor_id, posted_at, link)
    SELECT u.i, u.a, u.p, u.n, u.d, u.k, u.ls, u.ky, u.dg, u.st, u.si, u.v, u.at, u.r, u.ro, p_actor, stamp, u.lk
      FROM unnest(ids, p_agency, periods, numbers, p_date, p_kind, p_lines, p_key, p_digest, p_source_type, p_source_id,
                  p_voucher, p_attachments, p_reason, p_reversal_of, links, stand)
        AS u(i, a, p, n, d, k, ls, ky, dg, st, si, v, at, r, ro, lk, sd)
     WHERE NOT u.sd;
  RETURN QUERY SELECT u.n, u.i, u.nr, u.lk, u.sd FROM unnest(ids, numbers, links, stand) WITH ORDINALITY AS u(i, nr, lk, sd, n);
END $$;
