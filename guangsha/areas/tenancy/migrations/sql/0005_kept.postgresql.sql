-- Who held which credential stays until the lease is over (operations.md W18): the wall of 0003 against removing instead of stopping.
-- Statements are divided by lines of "--;;". Refusals carry SQLSTATE 23514 and the message tenancy:kept.
CREATE FUNCTION tenancy_keep_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- a lease that is gone before its credentials says nothing of whether somebody lives there: refused too
  IF NOT EXISTS (SELECT 1 FROM tenancy_lease l WHERE l.id = OLD.lease_id AND l.state = 'ended') THEN
    RAISE EXCEPTION 'tenancy:kept' USING ERRCODE = '23514';
  END IF;
  RETURN OLD;
END $$;
--;;
CREATE TRIGGER tenancy_grant_kept BEFORE DELETE ON tenancy_accessgrant FOR EACH ROW EXECUTE FUNCTION tenancy_keep_grant();
--;;
CREATE FUNCTION tenancy_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'tenancy:kept' USING ERRCODE = '23514';
END $$;
--;;
CREATE TRIGGER tenancy_lease_kept BEFORE DELETE ON tenancy_lease FOR EACH ROW
WHEN (OLD.handed_over_on IS NOT NULL AND OLD.state <> 'ended') EXECUTE FUNCTION tenancy_keep();
--;;
-- Tables in which nobody has a home any more may be emptied: test runs do it.
CREATE FUNCTION tenancy_keep_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM tenancy_lease l WHERE l.handed_over_on IS NOT NULL AND l.state <> 'ended') THEN
    RAISE EXCEPTION 'tenancy:kept' USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $$;
--;;
CREATE TRIGGER tenancy_grant_full BEFORE TRUNCATE ON tenancy_accessgrant EXECUTE FUNCTION tenancy_keep_rows();
--;;
CREATE TRIGGER tenancy_lease_full BEFORE TRUNCATE ON tenancy_lease EXECUTE FUNCTION tenancy_keep_rows();
