"""Run by ``test_interrupted`` in a process of its own: acts at the same moment on a SQLite file, as a small agency has it."""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Migrate, build the cast, let threads act at once; print what came of it."""
    import django

    django.setup()
    from guangsha.testing.template import fill

    fill()
    from guangsha.areas.intake import actions
    from guangsha.areas.intake.models import Case, Draft
    from guangsha.areas.intake.tests.builders import accepted, answers, opinion, repair
    from guangsha.areas.intake.tests.test_interrupted import at_once
    from guangsha.testing.cast import build_cast

    cast = build_cast()
    actor = cast.actor("applicant")
    draft = actions.save_draft(actor, "elig_apply", answers(cast))
    sent = at_once(*[lambda: actions.submit(actor, draft.pk, draft.key)] * 6)
    one = Case.objects.get()
    actions.withdraw(actor, one.pk, one.version)
    repairs = at_once(*[lambda: repair(cast)] * 6)
    case = accepted(cast)
    for who in ("street_clerk", "civil_checker"):
        opinion(case, cast.actor(who))
    reviewers = [cast.actor("district_reviewer"), cast.actor("second_reviewer")]
    said = at_once(*[
        lambda who=who: actions.give_opinion(who, case.pk, case.version, "pass") for who in reviewers
    ])  # fmt: skip
    sys.stdout.write(
        json.dumps(
            {
                "cases": sorted({getattr(result, "pk", repr(result)) for result in sent}, key=str),
                "drafts": Draft.objects.count(),
                "numbers": sorted(
                    result.number[16:22] if isinstance(result, Case) else repr(result) for result in repairs
                ),
                "opinions": sorted(type(result).__name__ for result in said),
            }
        )
    )


if __name__ == "__main__":
    main()
