-- What keeps the books on SQLite. It has no statement triggers and no functions: each row is checked as it comes, and kept figures
-- prove themselves (a balance moves only to what the postings since its last entry say). One writer at a time: no races.
-- Statements are divided by lines of "--;;". "INSERT OR REPLACE" fires no delete trigger, so that inserts refuse what stands.

CREATE TRIGGER ledger_entry_kept BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_entry_full BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_posting_full BEFORE DELETE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_periodact_kept BEFORE UPDATE ON ledger_periodact BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_periodact_full BEFORE DELETE ON ledger_periodact BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_budgetmove_kept BEFORE UPDATE ON ledger_budgetmove BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_budgetmove_full BEFORE DELETE ON ledger_budgetmove BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_fund_full BEFORE DELETE ON ledger_fund BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_account_full BEFORE DELETE ON ledger_account BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_period_full BEFORE DELETE ON ledger_period BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_budgetline_full BEFORE DELETE ON ledger_budgetline BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
-- what an account, a fund, a month or a line is never changes
CREATE TRIGGER ledger_account_identity BEFORE UPDATE OF id, agency_id, fund_id, code, kind, book ON ledger_account
WHEN NEW.id IS NOT OLD.id OR NEW.agency_id IS NOT OLD.agency_id OR NEW.fund_id IS NOT OLD.fund_id OR NEW.code IS NOT OLD.code
  OR NEW.kind IS NOT OLD.kind OR NEW.book IS NOT OLD.book
BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_fund_identity BEFORE UPDATE OF id, agency_id, code, source ON ledger_fund
WHEN NEW.id IS NOT OLD.id OR NEW.agency_id IS NOT OLD.agency_id OR NEW.code IS NOT OLD.code OR NEW.source IS NOT OLD.source
BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_period_identity BEFORE UPDATE OF id, agency_id, month, starts_on, ends_on ON ledger_period
WHEN NEW.id IS NOT OLD.id OR NEW.agency_id IS NOT OLD.agency_id OR NEW.month IS NOT OLD.month
  OR NEW.starts_on IS NOT OLD.starts_on OR NEW.ends_on IS NOT OLD.ends_on
BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
CREATE TRIGGER ledger_budgetline_identity BEFORE UPDATE OF id, agency_id, year, fund_id, nature, vintage, functional_code,
  economic_code, project_code, initial_fen, document_number ON ledger_budgetline
WHEN NEW.id IS NOT OLD.id OR NEW.agency_id IS NOT OLD.agency_id OR NEW.year IS NOT OLD.year OR NEW.fund_id IS NOT OLD.fund_id
  OR NEW.nature IS NOT OLD.nature OR NEW.vintage IS NOT OLD.vintage OR NEW.functional_code IS NOT OLD.functional_code
  OR NEW.economic_code IS NOT OLD.economic_code OR NEW.project_code IS NOT OLD.project_code
  OR NEW.initial_fen IS NOT OLD.initial_fen OR NEW.document_number IS NOT OLD.document_number
BEGIN SELECT RAISE(ABORT, 'ledger:kept'); END;
--;;
-- kept figures move only to what the rows behind them say
CREATE TRIGGER ledger_account_figures BEFORE UPDATE OF balance_fen, debit_fen, credit_fen, last_entry_id ON ledger_account
WHEN NEW.balance_fen IS NOT OLD.balance_fen OR NEW.debit_fen IS NOT OLD.debit_fen OR NEW.credit_fen IS NOT OLD.credit_fen
  OR NEW.last_entry_id IS NOT OLD.last_entry_id
BEGIN
  SELECT RAISE(ABORT, 'ledger:kept')
   WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.last_entry_id)
      OR NEW.last_entry_id <= OLD.last_entry_id
      OR NEW.balance_fen - OLD.balance_fen <> (
           SELECT coalesce(sum(p.amount_fen), 0) FROM ledger_posting p
            WHERE p.account_id = NEW.id AND p.entry_id > OLD.last_entry_id AND p.entry_id <= NEW.last_entry_id)
      OR NEW.debit_fen - OLD.debit_fen <> (
           SELECT coalesce(sum(CASE WHEN (p.amount_fen > 0) <> (e.kind = 'reversal') THEN p.amount_fen ELSE 0 END), 0)
             FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
            WHERE p.account_id = NEW.id AND p.entry_id > OLD.last_entry_id AND p.entry_id <= NEW.last_entry_id);
END;
--;;
CREATE TRIGGER ledger_period_figures BEFORE UPDATE OF length, head, closed, closed_by ON ledger_period
WHEN NEW.length IS NOT OLD.length OR NEW.head IS NOT OLD.head OR NEW.closed IS NOT OLD.closed OR NEW.closed_by IS NOT OLD.closed_by
BEGIN
  SELECT RAISE(ABORT, 'ledger:kept')
   WHERE (NEW.length IS NOT OLD.length OR NEW.head IS NOT OLD.head)
     AND NOT (NEW.length = (SELECT max(e.number) FROM ledger_entry e WHERE e.period_id = NEW.id)
              AND EXISTS (SELECT 1 FROM ledger_entry e
                           WHERE e.period_id = NEW.id AND e.number = NEW.length AND e.link = NEW.head));
  SELECT RAISE(ABORT, 'ledger:kept')
   WHERE (NEW.closed IS NOT OLD.closed OR NEW.closed_by IS NOT OLD.closed_by)
     AND NOT EXISTS (
           SELECT 1 FROM ledger_periodact t
            WHERE t.id = (SELECT max(s.id) FROM ledger_periodact s WHERE s.period_id = NEW.id)
              AND NEW.closed = (t.kind = 'close')
              AND NEW.closed_by = CASE t.kind WHEN 'close' THEN t.actor_id ELSE 0 END);
END;
--;;
CREATE TRIGGER ledger_budgetline_figures BEFORE UPDATE OF adjusted_fen, committed_fen, executed_fen, last_entry_id
  ON ledger_budgetline
WHEN NEW.adjusted_fen IS NOT OLD.adjusted_fen OR NEW.committed_fen IS NOT OLD.committed_fen
  OR NEW.executed_fen IS NOT OLD.executed_fen OR NEW.last_entry_id IS NOT OLD.last_entry_id
BEGIN
  SELECT RAISE(ABORT, 'ledger:kept')
   WHERE NEW.adjusted_fen <> (SELECT coalesce(sum(m.amount_fen), 0) FROM ledger_budgetmove m
                               WHERE m.line_id = NEW.id AND m.kind NOT IN ('commitment', 'release'))
      OR NEW.committed_fen <> (SELECT coalesce(sum(m.amount_fen), 0) FROM ledger_budgetmove m
                                WHERE m.line_id = NEW.id AND m.kind IN ('commitment', 'release'));
  SELECT RAISE(ABORT, 'ledger:kept')
   WHERE (NEW.executed_fen IS NOT OLD.executed_fen OR NEW.last_entry_id IS NOT OLD.last_entry_id)
     AND (NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.last_entry_id)
          OR NEW.last_entry_id <= OLD.last_entry_id
          OR NEW.executed_fen - OLD.executed_fen <> (
               SELECT coalesce(sum(p.amount_fen), 0) FROM ledger_posting p
                WHERE p.budget_line_id = NEW.id AND p.entry_id > OLD.last_entry_id AND p.entry_id <= NEW.last_entry_id));
END;
--;;
CREATE TRIGGER ledger_fund_begin BEFORE INSERT ON ledger_fund BEGIN
  SELECT RAISE(ABORT, 'ledger:exists') FROM ledger_fund x
   WHERE x.id = NEW.id OR (x.agency_id = NEW.agency_id AND x.code = NEW.code);
END;
--;;
CREATE TRIGGER ledger_account_begin BEFORE INSERT ON ledger_account BEGIN
  SELECT RAISE(ABORT, 'ledger:exists') FROM ledger_account x
   WHERE x.id = NEW.id OR (x.agency_id = NEW.agency_id AND x.fund_id = NEW.fund_id AND x.code = NEW.code);
  SELECT RAISE(ABORT, 'ledger:begin')
   WHERE NEW.balance_fen <> 0 OR NEW.debit_fen <> 0 OR NEW.credit_fen <> 0 OR NEW.last_entry_id <> 0
      OR (NEW.book = 'budget') <> (NEW.kind LIKE 'budget%') OR NEW.book NOT IN ('financial', 'budget')
      OR NOT EXISTS (SELECT 1 FROM ledger_fund f WHERE f.id = NEW.fund_id AND f.agency_id = NEW.agency_id);
END;
--;;
CREATE TRIGGER ledger_period_begin BEFORE INSERT ON ledger_period BEGIN
  SELECT RAISE(ABORT, 'ledger:exists') FROM ledger_period x
   WHERE x.id = NEW.id OR (x.agency_id = NEW.agency_id AND x.month = NEW.month);
  SELECT RAISE(ABORT, 'ledger:begin')
   WHERE NEW.length <> 0 OR NEW.closed OR NEW.closed_by <> 0
      OR NEW.starts_on <> printf('%04d-%02d-01', NEW.month / 100, NEW.month % 100)
      OR NEW.ends_on <> date(NEW.starts_on, '+1 month', '-1 day');
  SELECT RAISE(ABORT, 'ledger:later-closed')
   WHERE EXISTS (SELECT 1 FROM ledger_period p WHERE p.agency_id = NEW.agency_id AND p.month > NEW.month AND p.closed);
END;
--;;
CREATE TRIGGER ledger_budgetline_begin BEFORE INSERT ON ledger_budgetline BEGIN
  SELECT RAISE(ABORT, 'ledger:exists') FROM ledger_budgetline x
   WHERE x.id = NEW.id
      OR (x.agency_id = NEW.agency_id AND x.year = NEW.year AND x.fund_id = NEW.fund_id AND x.nature = NEW.nature
          AND x.vintage = NEW.vintage AND x.functional_code = NEW.functional_code AND x.economic_code = NEW.economic_code
          AND x.project_code = NEW.project_code);
  SELECT RAISE(ABORT, 'ledger:begin')
   WHERE NEW.adjusted_fen <> 0 OR NEW.committed_fen <> 0 OR NEW.executed_fen <> 0 OR NEW.last_entry_id <> 0
      OR NOT EXISTS (SELECT 1 FROM ledger_fund f WHERE f.id = NEW.fund_id AND f.agency_id = NEW.agency_id);
END;
--;;
-- Postings come before their entry; a sealed entry takes no further one.
CREATE TRIGGER ledger_posting_sealed BEFORE INSERT ON ledger_posting BEGIN
  SELECT RAISE(ABORT, 'ledger:kept') FROM ledger_entry e WHERE e.id = NEW.entry_id;
  SELECT RAISE(ABORT, 'ledger:kept') FROM ledger_posting p WHERE p.entry_id = NEW.entry_id AND p.line = NEW.line;
END;
--;;
CREATE TRIGGER ledger_entry_begin BEFORE INSERT ON ledger_entry BEGIN
  SELECT RAISE(ABORT, 'ledger:key') FROM ledger_entry e WHERE e.agency_id = NEW.agency_id AND e.key = NEW.key;
  SELECT RAISE(ABORT, 'ledger:number') FROM ledger_entry e
   WHERE e.id = NEW.id OR (e.period_id = NEW.period_id AND e.number = NEW.number);
  SELECT RAISE(ABORT, 'ledger:reversed-already') FROM ledger_entry e WHERE e.reversal_of_id = NEW.reversal_of_id;
END;
--;;
-- The seal.
CREATE TRIGGER ledger_entry_seal AFTER INSERT ON ledger_entry BEGIN
  SELECT RAISE(ABORT, 'ledger:lines')
   WHERE (SELECT count(*) FROM ledger_posting p WHERE p.entry_id = NEW.id AND p.lines = NEW.lines) <> NEW.lines;
  SELECT RAISE(ABORT, 'ledger:account')
   WHERE (SELECT count(*) FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id AND a.agency_id = NEW.agency_id
           WHERE p.entry_id = NEW.id) <> NEW.lines;
  SELECT RAISE(ABORT, 'ledger:unbalanced')
   WHERE EXISTS (SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
                  WHERE p.entry_id = NEW.id GROUP BY a.fund_id, a.book HAVING sum(p.amount_fen) <> 0);
  SELECT RAISE(ABORT, 'ledger:account-closed')
   WHERE EXISTS (SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
                  WHERE p.entry_id = NEW.id AND NEW.date > a.closed_on);
  SELECT RAISE(ABORT, 'ledger:unbudgeted')
   WHERE EXISTS (SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
                  WHERE p.entry_id = NEW.id AND (a.kind = 'budget_expenditure') <> (p.budget_line_id IS NOT NULL)
                    AND NOT (p.budget_line_id IS NULL AND NEW.kind IN ('opening', 'closing', 'reversal', 'correction')));
  SELECT RAISE(ABORT, 'ledger:mirror')
   WHERE NEW.reversal_of_id IS NOT NULL
     AND NOT EXISTS (
           SELECT 1 FROM ledger_entry o
            WHERE o.id = NEW.reversal_of_id AND o.agency_id = NEW.agency_id AND o.lines = NEW.lines
              AND o.kind NOT IN ('reversal', 'correction')
              AND NEW.kind = CASE WHEN substr(o.date, 1, 4) = substr(NEW.date, 1, 4) THEN 'reversal' ELSE 'correction' END
              AND NEW.lines = (
                    SELECT count(*) FROM ledger_posting p JOIN ledger_posting q ON q.entry_id = o.id AND q.line = p.line
                     WHERE p.entry_id = NEW.id AND q.account_id = p.account_id AND q.amount_fen = -p.amount_fen
                       AND (q.budget_line_id IS p.budget_line_id
                            OR (NEW.kind = 'correction' AND p.budget_line_id IS NULL))));
  SELECT RAISE(ABORT, 'ledger:closed') FROM ledger_period x WHERE x.id = NEW.period_id AND x.closed;
  SELECT RAISE(ABORT, 'ledger:number')
   WHERE NOT EXISTS (SELECT 1 FROM ledger_period x
                      WHERE x.id = NEW.period_id AND x.agency_id = NEW.agency_id AND x.length = NEW.number - 1
                        AND NEW.date BETWEEN x.starts_on AND x.ends_on);
  SELECT RAISE(ABORT, 'ledger:budget-line')
   WHERE EXISTS (SELECT 1 FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
                   JOIN ledger_budgetline b ON b.id = p.budget_line_id
                  WHERE p.entry_id = NEW.id
                    AND (b.agency_id <> NEW.agency_id OR b.fund_id <> a.fund_id
                         OR b.year <> CAST(substr(NEW.date, 1, 4) AS INTEGER)));
  -- a red voucher (reversal) takes its amount from the side on which it was booked
  UPDATE ledger_account
     SET balance_fen = balance_fen + d.total, debit_fen = debit_fen + d.debit, credit_fen = credit_fen + d.debit - d.total,
         last_entry_id = NEW.id
    FROM (SELECT p.account_id, sum(p.amount_fen) AS total,
                 sum(CASE WHEN (p.amount_fen > 0) <> (NEW.kind = 'reversal') THEN p.amount_fen ELSE 0 END) AS debit
            FROM ledger_posting p WHERE p.entry_id = NEW.id GROUP BY p.account_id) d
   WHERE ledger_account.id = d.account_id;
  UPDATE ledger_budgetline SET executed_fen = executed_fen + d.total, last_entry_id = NEW.id
    FROM (SELECT p.budget_line_id, sum(p.amount_fen) AS total FROM ledger_posting p
           WHERE p.entry_id = NEW.id AND p.budget_line_id IS NOT NULL GROUP BY p.budget_line_id) d
   WHERE ledger_budgetline.id = d.budget_line_id;
  UPDATE ledger_period SET length = NEW.number, head = NEW.link WHERE id = NEW.period_id;
END;
--;;
CREATE TRIGGER ledger_periodact_begin BEFORE INSERT ON ledger_periodact BEGIN
  SELECT RAISE(ABORT, 'ledger:kept') FROM ledger_periodact t WHERE t.id = NEW.id;
  SELECT RAISE(ABORT, 'ledger:number')
   WHERE NOT EXISTS (SELECT 1 FROM ledger_period x
                      WHERE x.id = NEW.period_id AND x.length = NEW.length AND x.head = NEW.head);
  SELECT RAISE(ABORT, 'ledger:closed-already') FROM ledger_period x
   WHERE NEW.kind = 'close' AND x.id = NEW.period_id AND x.closed;
  SELECT RAISE(ABORT, 'ledger:earlier-open') FROM ledger_period x JOIN ledger_period y ON y.agency_id = x.agency_id
   WHERE NEW.kind = 'close' AND x.id = NEW.period_id AND y.month < x.month AND NOT y.closed;
  SELECT RAISE(ABORT, 'ledger:not-closed') FROM ledger_period x
   WHERE NEW.kind = 'reopen' AND x.id = NEW.period_id AND NOT x.closed;
  SELECT RAISE(ABORT, 'ledger:same-person') FROM ledger_period x
   WHERE NEW.kind = 'reopen' AND x.id = NEW.period_id AND x.closed_by = NEW.actor_id;
  SELECT RAISE(ABORT, 'ledger:no-reason') WHERE NEW.kind = 'reopen' AND trim(NEW.reason) = '';
  SELECT RAISE(ABORT, 'ledger:later-closed') FROM ledger_period x JOIN ledger_period y ON y.agency_id = x.agency_id
   WHERE NEW.kind = 'reopen' AND x.id = NEW.period_id AND y.month > x.month AND y.closed;
END;
--;;
CREATE TRIGGER ledger_periodact_turn AFTER INSERT ON ledger_periodact BEGIN
  UPDATE ledger_period SET closed = (NEW.kind = 'close'), closed_by = CASE NEW.kind WHEN 'close' THEN NEW.actor_id ELSE 0 END
   WHERE id = NEW.period_id;
END;
--;;
CREATE TRIGGER ledger_budgetmove_begin BEFORE INSERT ON ledger_budgetmove BEGIN
  SELECT RAISE(ABORT, 'ledger:key') FROM ledger_budgetmove m
   WHERE m.id = NEW.id OR (m.line_id = NEW.line_id AND m.key = NEW.key);
  SELECT RAISE(ABORT, 'ledger:no-period')
   WHERE NOT EXISTS (SELECT 1 FROM ledger_period x JOIN ledger_budgetline b ON b.agency_id = x.agency_id
                      WHERE b.id = NEW.line_id AND NEW.date BETWEEN x.starts_on AND x.ends_on);
  SELECT RAISE(ABORT, 'ledger:closed') FROM ledger_period x JOIN ledger_budgetline b ON b.agency_id = x.agency_id
   WHERE b.id = NEW.line_id AND NEW.date BETWEEN x.starts_on AND x.ends_on AND x.closed;
  SELECT RAISE(ABORT, 'ledger:budget-line') FROM ledger_budgetline b
   WHERE b.id = NEW.line_id AND b.year <> CAST(substr(NEW.date, 1, 4) AS INTEGER);
END;
--;;
CREATE TRIGGER ledger_budgetmove_turn AFTER INSERT ON ledger_budgetmove BEGIN
  UPDATE ledger_budgetline
     SET adjusted_fen = adjusted_fen + CASE WHEN NEW.kind IN ('commitment', 'release') THEN 0 ELSE NEW.amount_fen END,
         committed_fen = committed_fen + CASE WHEN NEW.kind IN ('commitment', 'release') THEN NEW.amount_fen ELSE 0 END
   WHERE id = NEW.line_id;
END;
