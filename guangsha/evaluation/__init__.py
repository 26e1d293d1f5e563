"""One unit's year from its figures to a scored, checked, publishable package (成果包)."""

from guangsha.evaluation.package import (
    FILES,
    Evaluation,
    Progress,
    deliver,
    evaluate,
    evaluate_facts,
    render,
    render_file,
    write_package,
)

__all__ = [
    "FILES",
    "Evaluation",
    "Progress",
    "deliver",
    "evaluate",
    "evaluate_facts",
    "render",
    "render_file",
    "write_package",
]
