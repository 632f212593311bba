"""What the deployed service must be: a module for each subject, with the defects that its checks must catch.

Every public function of these modules is a check: it takes a resolved stack with a task. `test_template.py` runs them
over the template in every variant, `test_defects.py` over broken ones.
"""

import inspect
from types import ModuleType

from tests.deploy.checks import buckets, cdn, headers, network, operation, roles, stopping, task, watching
from tests.deploy.defects import Check, Defect

SUBJECTS = [network, stopping, task, operation, roles, buckets, cdn, headers, watching]


def checks_of(subject: ModuleType) -> list[Check]:
    """Return the public functions that a module defines, in their order."""
    return [
        function
        for name, function in vars(subject).items()
        if inspect.isfunction(function) and function.__module__ == subject.__name__ and not name.startswith("_")
    ]


CHECKS: list[Check] = [check for subject in SUBJECTS for check in checks_of(subject)]
DEFECTS: list[Defect] = [defect for subject in SUBJECTS for defect in subject.DEFECTS]
