-- A household that lives in a dwelling keeps a lasting key, card or code (operations.md W18): the wall behind the rules.
-- Statements are divided by lines of "--;;".
CREATE TRIGGER tenancy_grant_keeps_home BEFORE UPDATE ON tenancy_accessgrant
WHEN OLD.state = 'active' AND OLD.lasting AND OLD.kind IN ('key', 'card', 'code')
 AND (NEW.state <> 'active' OR NOT NEW.lasting OR NEW.kind NOT IN ('key', 'card', 'code') OR NEW.expires_on IS NOT NULL
      OR NEW.lease_id <> OLD.lease_id)
BEGIN
  SELECT RAISE(ABORT, 'tenancy:lock-out') FROM tenancy_lease l
   WHERE l.id = OLD.lease_id AND l.handed_over_on IS NOT NULL AND l.handed_back_on IS NULL AND l.court_title = ''
     AND l.end_reason <> 'renewed'
     AND NOT EXISTS (SELECT 1 FROM tenancy_accessgrant g
                      WHERE g.lease_id = OLD.lease_id AND g.id <> OLD.id AND g.state = 'active' AND g.lasting
                        AND g.kind IN ('key', 'card', 'code') AND g.expires_on IS NULL);
END;
--;;
-- Nobody moves in, and nobody gets a home back, without one.
CREATE TRIGGER tenancy_lease_has_key BEFORE UPDATE OF handed_over_on, handed_back_on, court_title, end_reason ON tenancy_lease
WHEN NEW.handed_over_on IS NOT NULL AND NEW.handed_back_on IS NULL AND NEW.court_title = '' AND NEW.end_reason <> 'renewed'
 AND NOT (OLD.handed_over_on IS NOT NULL AND OLD.handed_back_on IS NULL AND OLD.court_title = '' AND OLD.end_reason <> 'renewed')
BEGIN
  SELECT RAISE(ABORT, 'tenancy:lock-out')
   WHERE NOT EXISTS (SELECT 1 FROM tenancy_accessgrant g
                      WHERE g.lease_id = NEW.id AND g.state = 'active' AND g.lasting
                        AND g.kind IN ('key', 'card', 'code') AND g.expires_on IS NULL);
END;
