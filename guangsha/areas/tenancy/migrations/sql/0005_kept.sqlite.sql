-- Who held which credential stays until the lease is over (operations.md W18): the wall of 0003 against removing instead of stopping.
-- Statements are divided by lines of "--;;". "OR REPLACE" fires no delete trigger, so that it is refused where it would remove.
CREATE TRIGGER tenancy_grant_kept BEFORE DELETE ON tenancy_accessgrant
-- a lease that is gone before its credentials says nothing of whether somebody lives there: refused too
WHEN NOT EXISTS (SELECT 1 FROM tenancy_lease l WHERE l.id = OLD.lease_id AND l.state = 'ended')
BEGIN SELECT RAISE(ABORT, 'tenancy:kept'); END;
--;;
CREATE TRIGGER tenancy_grant_not_replaced BEFORE INSERT ON tenancy_accessgrant
WHEN EXISTS (SELECT 1 FROM tenancy_accessgrant g WHERE g.id = NEW.id OR g.replaces_id = NEW.replaces_id)
BEGIN SELECT RAISE(ABORT, 'tenancy:kept'); END;
--;;
CREATE TRIGGER tenancy_grant_not_overwritten BEFORE UPDATE OF id, replaces_id ON tenancy_accessgrant
WHEN NEW.id <> OLD.id
  OR EXISTS (SELECT 1 FROM tenancy_accessgrant g WHERE g.replaces_id = NEW.replaces_id AND g.id <> OLD.id)
BEGIN SELECT RAISE(ABORT, 'tenancy:kept'); END;
--;;
CREATE TRIGGER tenancy_lease_kept BEFORE DELETE ON tenancy_lease
WHEN OLD.handed_over_on IS NOT NULL AND OLD.state <> 'ended'
BEGIN SELECT RAISE(ABORT, 'tenancy:kept'); END;
--;;
CREATE TRIGGER tenancy_lease_not_replaced BEFORE INSERT ON tenancy_lease
WHEN EXISTS (SELECT 1 FROM tenancy_lease l WHERE l.id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'tenancy:kept'); END;
