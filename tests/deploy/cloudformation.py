"""CloudFormation, as far as the template needs it: from file and parameters to the resources of a stack."""

import ipaddress
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "deploy" / "cloudformation.yaml"
ACCOUNT = "123456789012"

Template = dict[str, Any]


class Unresolvable(AssertionError):
    """CloudFormation would refuse this before it makes any resource."""


class _Loader(yaml.SafeLoader):
    pass


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


def load(path: Path = TEMPLATE) -> Template:
    return yaml.load(path.read_text(), _Loader)  # noqa: S506  (a SafeLoader)


_NO_VALUE = object()


class Stack:
    """A template with its parameters filled in: its `resources` and `outputs`."""

    def __init__(self, template: Template, *, region: str = "us-east-1", **given: str) -> None:
        self._template = template
        self._references: dict[str, set[str]] = {}
        self._user = ""
        self.region = region
        self.parameters = _parameters(template, given)
        self._pseudo = {
            "AWS::Region": region,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::StackName": "images",
            "AWS::NoValue": _NO_VALUE,
        }
        self.resources: dict[str, dict[str, Any]] = {}
        for name, resource in template["Resources"].items():
            if self._holds(resource):
                self._user, self._references[name] = name, set()
                for needed in _list(resource.get("DependsOn", [])):
                    self._refer(needed)
                self.resources[name] = self._resolve({"Properties": {}, **resource})
        self._user = ""
        for name in template["Conditions"]:
            self._condition({"Condition": name})
        self.outputs = {
            name: self._resolve(output["Value"]) for name, output in template["Outputs"].items() if self._holds(output)
        }
        try:
            TopologicalSorter(self._references).prepare()
        except CycleError as error:
            raise Unresolvable(f"cycle: {error.args[1]}") from error

    def __getitem__(self, name: str) -> dict[str, Any]:
        """Return the properties of a resource."""
        assert name in self.resources, f"{name} is not made"
        return self.resources[name]["Properties"]

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: made["Properties"] for name, made in self.resources.items() if made["Type"] == kind}

    @property
    def broken_rules(self) -> list[str]:
        return [
            assertion["AssertDescription"]
            for rule in self._template.get("Rules", {}).values()
            if self._condition(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self._condition(assertion["Assert"])
        ]

    def ref(self, name: str) -> str:
        """Return what Ref gives, in AWS's spelling where that matters."""
        kind, properties = self._template["Resources"][name]["Type"], self._properties(name)
        match kind:
            case "AWS::S3::Bucket":
                return self._resolve(properties.get("BucketName", f"images-{name.lower()}-1x2y3z"))
            case "AWS::CloudFront::Distribution":
                return f"E1{name.upper()}"
            case "AWS::SecretsManager::Secret":
                return f"arn:aws:secretsmanager:{self.region}:{ACCOUNT}:secret:{name}"
            case "AWS::Logs::LogGroup":
                return self._resolve(properties["LogGroupName"])
        return name

    def attribute(self, name: str, attribute: str) -> str:
        """Return what Fn::GetAtt gives."""
        kind = self._template["Resources"][name]["Type"]
        match kind, attribute:
            case "AWS::S3::Bucket", "Arn":
                return f"arn:aws:s3:::{self.ref(name)}"
            case "AWS::S3::Bucket", "RegionalDomainName":
                return f"{self.ref(name)}.s3.{self.region}.amazonaws.com"
            case "AWS::S3::Bucket", "DomainName":
                return f"{self.ref(name)}.s3.amazonaws.com"
            case "AWS::CloudFront::Distribution", "DomainName":
                return f"d111111abcdef{len(name)}.cloudfront.net"
            case "AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName":
                return f"internal-Images-{name}-1A2B3C-456.{self.region}.elb.amazonaws.com"
            case "AWS::EC2::SecurityGroup", "GroupId":
                return name
            case "AWS::CloudFront::OriginAccessControl", "Id":
                return name
            case "AWS::ECR::Repository", "Arn":
                return f"arn:aws:ecr:{self.region}:{ACCOUNT}:repository/{name}"
            case "AWS::Logs::LogGroup", "Arn":
                return f"arn:aws:logs:{self.region}:{ACCOUNT}:log-group:{self.ref(name)}:*"
        return f"{name}.{attribute}"

    def _properties(self, name: str) -> dict[str, Any]:
        return self._template["Resources"][name].get("Properties", {})

    def _holds(self, part: dict[str, Any]) -> bool:
        return "Condition" not in part or self._condition({"Condition": part["Condition"]})

    def _refer(self, name: str) -> None:
        resource = self._template["Resources"].get(name)
        if resource is None or not self._holds(resource):
            raise Unresolvable(f"{self._user or 'an output'} refers to {name}, which is not made")
        if self._user:
            self._references[self._user].add(name)

    def _condition(self, value: Any) -> bool:
        match value:
            case {"Condition": name}:
                return self._condition(self._template["Conditions"][name])
            case {"Fn::Not": [inner]}:
                return not self._condition(inner)
            case {"Fn::And": parts} | {"Fn::Or": parts}:
                held = [self._condition(part) for part in parts]  # Each is looked at, as CloudFormation does.
                return all(held) if "Fn::And" in value else any(held)
            case {"Fn::Equals": [left, right]}:
                return str(self._resolve(left)) == str(self._resolve(right))
        raise Unresolvable(f"no condition: {value}")

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and ((name := next(iter(value))) == "Ref" or name.startswith("Fn::")):
            return self._call(name, value[name])
        resolved = {name: self._resolve(item) for name, item in value.items()}
        return {name: item for name, item in resolved.items() if item is not _NO_VALUE}

    def _call(self, function: str, argument: Any) -> Any:
        match function, argument:
            case "Ref", str(name):
                return self._name(name)
            case "Fn::GetAtt", [str(name), str(attribute)]:
                self._refer(name)
                return self.attribute(name, attribute)
            case "Fn::If", [condition, yes, no]:
                return self._resolve(yes if self._condition({"Condition": condition}) else no)
            case "Fn::Sub", str(text):
                return self._substitute(text, {})
            case "Fn::Sub", [str(text), dict(names)]:
                return self._substitute(text, self._resolve(names))
            case "Fn::Split", [str(separator), text]:
                return self._resolve(text).split(separator)
            case "Fn::Select", [index, items]:
                found = self._resolve(items)
                if int(index) >= len(found):
                    raise Unresolvable(f"nothing at index {index} of {found}")
                return found[int(index)]
            case "Fn::GetAZs", _:
                return [f"{self.region}{letter}" for letter in "abc"]
            case "Fn::Cidr", [block, count, bits]:
                network = ipaddress.ip_network(self._resolve(block))
                return [str(subnet) for subnet in network.subnets(new_prefix=32 - bits)][:count]
        raise Unresolvable(f"{function} of {argument}")

    def _name(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        self._refer(name)
        return self.ref(name)

    def _substitute(self, text: str, names: dict[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name, _, attribute = match[1].partition(".")
            if match[1] in names:
                return str(names[match[1]])
            return str(self._call("Fn::GetAtt", [name, attribute]) if attribute else self._name(name))

        return re.sub(r"\$\{([^}!]+)\}", value, text)


def _parameters(template: Template, given: dict[str, str]) -> dict[str, Any]:
    declared = template["Parameters"]
    if unknown := given.keys() - declared.keys():
        raise Unresolvable(f"no such parameters: {unknown}")
    values = {}
    for name, parameter in declared.items():
        value = str(given.get(name, parameter.get("Default", _NO_VALUE)))
        if "AllowedValues" in parameter and value not in map(str, parameter["AllowedValues"]):
            raise Unresolvable(f"{name}: {value} is none of {parameter['AllowedValues']}")
        if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], value):
            raise Unresolvable(f"{name}: {value} is not {parameter['AllowedPattern']}")
        if (
            not parameter.get("MinValue", 0)
            <= float(value if parameter["Type"] == "Number" else 0)
            <= parameter.get("MaxValue", float("inf"))
        ):
            raise Unresolvable(f"{name}: {value} is out of range")
        values[name] = value
    return values


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
