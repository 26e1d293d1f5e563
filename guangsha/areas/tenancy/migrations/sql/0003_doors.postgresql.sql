-- A household that lives in a dwelling keeps a lasting key, card or code (operations.md W18): the wall behind the rules.
-- Statements are divided by lines of "--;;". Refusals carry SQLSTATE 23514 and the message tenancy:lock-out.
CREATE FUNCTION tenancy_has_key(lease bigint, but bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM tenancy_accessgrant g
                  WHERE g.lease_id = lease AND g.id <> but AND g.state = 'active' AND g.lasting
                    AND g.kind IN ('key', 'card', 'code') AND g.expires_on IS NULL)
$$;
--;;
CREATE FUNCTION tenancy_keep_home() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lived boolean;
BEGIN
  -- one at a time for a lease: two who each stop one of two keys must not both believe that the other remains
  SELECT l.handed_over_on IS NOT NULL AND l.handed_back_on IS NULL AND l.court_title = '' AND l.end_reason <> 'renewed'
    INTO lived FROM tenancy_lease l WHERE l.id = OLD.lease_id FOR UPDATE;
  IF lived AND NOT tenancy_has_key(OLD.lease_id, OLD.id) THEN
    RAISE EXCEPTION 'tenancy:lock-out' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
--;;
CREATE TRIGGER tenancy_grant_keeps_home BEFORE UPDATE ON tenancy_accessgrant FOR EACH ROW
WHEN (OLD.state = 'active' AND OLD.lasting AND OLD.kind IN ('key', 'card', 'code')
  AND (NEW.state <> 'active' OR NOT NEW.lasting OR NEW.kind NOT IN ('key', 'card', 'code') OR NEW.expires_on IS NOT NULL
       OR NEW.lease_id <> OLD.lease_id))
EXECUTE FUNCTION tenancy_keep_home();
--;;
CREATE FUNCTION tenancy_need_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT tenancy_has_key(NEW.id, 0) THEN
    RAISE EXCEPTION 'tenancy:lock-out' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
--;;
-- Nobody moves in, and nobody gets a home back, without one.
CREATE TRIGGER tenancy_lease_has_key BEFORE UPDATE ON tenancy_lease FOR EACH ROW
WHEN (NEW.handed_over_on IS NOT NULL AND NEW.handed_back_on IS NULL AND NEW.court_title = '' AND NEW.end_reason <> 'renewed'
  AND NOT (OLD.handed_over_on IS NOT NULL AND OLD.handed_back_on IS NULL AND OLD.court_title = '' AND OLD.end_reason <> 'renewed'))
EXECUTE FUNCTION tenancy_need_key();
