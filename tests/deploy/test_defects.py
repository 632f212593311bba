"""Breaks the template in ways that linters don't see, and asserts that its check fails."""

import pytest

from tests.deploy.checks import CHECKS, DEFECTS
from tests.deploy.cloudformation import Template, Unresolvable
from tests.deploy.conftest import Build
from tests.deploy.defects import CDN, CONTAINER, Defect, Mutate, assert_caught, broken, drop, put

#: Defects that CloudFormation itself would refuse, and the variant in which it would.
UNRESOLVABLE = [
    (
        "bucket and distribution name each other",
        put(f"{CDN}/Origins/1/DomainName", {"Fn::GetAtt": ["PictureBucket", "RegionalDomainName"]}),
        "defaults",
    ),
    ("scaling of a service that is not there", drop("Scaling/Condition"), "first deploy"),
    ("alarm on a service that is not there", drop("CpuAlarm/Condition"), "first deploy"),
    (
        "origin that is not there",
        put(f"{CDN}/Origins/0/VpcOriginConfig", {"VpcOriginId": {"Ref": "VpcOrigin"}}),
        "public load balancer",
    ),
    (
        "a condition that selects from what is empty",
        lambda template: template["Conditions"].update(
            IsVerifierTls={"Fn::Equals": [{"Fn::Select": [1, {"Fn::Split": [":", {"Ref": "VerifyUrl"}]}]}, ""]}
        ),
        "defaults",
    ),
    ("secret that is not there", put(f"{CONTAINER}/Secrets/0/ValueFrom", {"Ref": "Secret"}), "defaults"),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_defect_is_caught(defect: Defect, template: Template, build: Build) -> None:
    assert_caught(defect, template, build)


@pytest.mark.parametrize(
    ("name", "mutate", "variant"), UNRESOLVABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_unresolvable_is_refused(name: str, mutate: Mutate, variant: str, template: Template, build: Build) -> None:
    build(template, variant)
    with pytest.raises(Unresolvable):
        build(broken(template, mutate), variant)


def test_every_check_can_fail() -> None:
    assert {defect.check for defect in DEFECTS} == set(CHECKS)
    names = [defect.name for defect in DEFECTS]
    assert len(names) == len(set(names))
