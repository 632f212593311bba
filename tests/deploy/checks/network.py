"""Who reaches whom: the internet, CloudFront, the load balancer, the tasks and AWS."""

from typing import Any
from urllib.parse import urlsplit

from tests.deploy.cloudformation import Stack
from tests.deploy.cloudfront import origin
from tests.deploy.defects import CDN, Defect, drop, put, resource, spell, variable
from tests.deploy.service import configuration, container


def requests_reach_the_tasks(stack: Stack) -> None:
    port = configuration(stack).port
    assert configuration(stack).host == "0.0.0.0"
    assert [mapping["ContainerPort"] for mapping in container(stack)["PortMappings"]] == [port, *_metrics(stack)]
    (served,) = stack["Service"]["LoadBalancers"]
    assert (served["ContainerName"], served["ContainerPort"]) == (container(stack)["Name"], port)
    assert (stack["TargetGroup"]["Port"], stack["TargetGroup"]["TargetType"]) == (port, "ip")
    assert served["TargetGroupArn"] == "TargetGroup"
    (inbound,) = _inbound(stack, "LoadBalancerGroup")
    assert (inbound["FromPort"], inbound["ToPort"]) == (stack["Listener"]["Port"],) * 2
    (outbound,) = stack["LoadBalancerGroup"]["SecurityGroupEgress"]
    (accepted,) = (rule for rule in _inbound(stack, "TaskGroup") if _source(rule) == "LoadBalancerGroup")
    for rule in (outbound, accepted):
        assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (port, port, "tcp")
    assert stack["Alb"]["SecurityGroups"] == ["LoadBalancerGroup"]
    forwarding = stack["Listener"]["DefaultActions"] + stack.resources.get("OriginRule", {"Properties": {}})[
        "Properties"
    ].get("Actions", [])
    assert {"Type": "forward", "TargetGroupArn": "TargetGroup"} in forwarding


def tasks_are_reached_from_the_load_balancer_alone(stack: Stack) -> None:
    network = _network(stack)
    assert network["SecurityGroups"] == ["TaskGroup"]
    sent = ("IpProtocol", "FromPort", "ToPort")
    reached = [(_source(rule), *map(rule.get, sent)) for rule in _inbound(stack, "TaskGroup")]
    asked = [("LoadBalancerGroup", configuration(stack).port)]
    asked += [(stack.parameters["MetricsSource"], port) for port in _metrics(stack)]
    assert reached == [(source, "tcp", port, port) for source, port in asked]


def numbers_are_read_from_where_asked(stack: Stack) -> None:
    source = stack.parameters["MetricsSource"]
    assert ("MetricsIngress" in stack.resources) == bool(source) == bool(_metrics(stack))
    if source:
        rule = stack["MetricsIngress"]
        assert {name: rule.get(name) for name in ("SourceSecurityGroupId", "CidrIp")} == {
            "SourceSecurityGroupId": source if source.startswith("sg-") else None,
            "CidrIp": None if source.startswith("sg-") else source,
        }


def load_balancer_is_reached_from_cloudfront_alone(stack: Stack) -> None:
    sources = [_source(rule) for rule in _inbound(stack, "LoadBalancerGroup")]
    within_vpc = stack.parameters["LoadBalancer"] == "internal" and stack.parameters["VpcOriginSource"] == "vpc"
    assert sources == [stack.parameters["VpcCidr" if within_vpc else "CloudFrontPrefixListId"]]
    # A range of ports would also open others than the listener's.
    (rule,) = _inbound(stack, "LoadBalancerGroup")
    assert rule["FromPort"] == rule["ToPort"] == stack["Listener"]["Port"]
    if stack.parameters["LoadBalancer"] == "internal":
        assert stack["Alb"]["Scheme"] == "internal"
        assert not any(_is_public(stack, subnet) for subnet in stack["Alb"]["Subnets"])
    else:
        assert stack["Alb"]["Scheme"] == "internet-facing"
        assert all(_is_public(stack, subnet) for subnet in stack["Alb"]["Subnets"])


def load_balancer_serves_our_distribution_alone(stack: Stack) -> None:
    api = origin(stack, "/uploads/init")
    if stack.parameters["LoadBalancer"] == "internal":
        assert api["DomainName"] == stack.attribute("Alb", "DNSName")
        assert api["VpcOriginConfig"]["VpcOriginId"] == "VpcOrigin.Id"
        endpoint = stack["VpcOrigin"]["VpcOriginEndpointConfig"]
        assert (endpoint["Arn"], endpoint["HTTPPort"]) == ("Alb", stack["Listener"]["Port"])
        assert "CustomOriginConfig" not in api
        return
    assert "VpcOriginConfig" not in api
    assert api["DomainName"] == stack.parameters["OriginDomainName"]
    assert api["CustomOriginConfig"]["HTTPSPort"] == stack["Listener"]["Port"]
    # Every distribution of CloudFront has the same addresses.
    secret = f"{{{{resolve:secretsmanager:{stack.ref('OriginSecret')}}}}}"
    assert api["OriginCustomHeaders"] == [{"HeaderName": "X-Origin-Secret", "HeaderValue": secret}]
    assert [action["Type"] for action in stack["Listener"]["DefaultActions"]] == ["fixed-response"]
    (condition,) = stack["OriginRule"]["Conditions"]
    assert condition["HttpHeaderConfig"] == {"HttpHeaderName": "X-Origin-Secret", "Values": [secret]}
    assert stack["OriginSecret"]["GenerateSecretString"]["PasswordLength"] >= 32


def no_token_crosses_the_internet_in_plain_text(stack: Stack) -> None:
    """Requests reach an internal load balancer within AWS's network, but a public one over the internet."""
    listeners = stack.of_type("AWS::ElasticLoadBalancingV2::Listener")
    assert listeners.keys() == {"Listener"}
    listener = listeners["Listener"]
    api = origin(stack, "/uploads/init")
    if stack["Alb"]["Scheme"] == "internal":
        assert "VpcOriginConfig" in api
        assert listener["Protocol"] == "HTTP"
        return
    assert listener["Protocol"] == "HTTPS"
    assert listener["Certificates"] == [{"CertificateArn": stack.parameters["OriginCertificateArn"]}]
    assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    sent = api["CustomOriginConfig"]
    assert (sent["OriginProtocolPolicy"], sent["OriginSSLProtocols"]) == ("https-only", ["TLSv1.2"])
    # The name that the certificate must cover, and where it points to.
    assert api["DomainName"] == stack.parameters["OriginDomainName"]
    assert stack.outputs["LoadBalancerDomain"] == stack.attribute("Alb", "DNSName")
    if stack.parameters["HostedZoneId"]:
        record = stack["OriginRecord"]
        assert (record["Name"], record["Type"]) == (api["DomainName"], "A")
        assert record["AliasTarget"] == {
            "DNSName": stack.attribute("Alb", "DNSName"),
            "HostedZoneId": "Alb.CanonicalHostedZoneID",
        }


def groups_let_out_what_is_needed(stack: Stack) -> None:
    # A group without any rule lets everything out.
    def destinations(group: str) -> list[tuple[Any, ...]]:
        target = ("DestinationSecurityGroupId", "CidrIp", "IpProtocol", "FromPort", "ToPort")
        return [tuple(map(rule.get, target)) for rule in stack[group]["SecurityGroupEgress"]]

    port = configuration(stack).port
    assert destinations("LoadBalancerGroup") == [("TaskGroup", None, "tcp", port, port)]
    check = urlsplit(configuration(stack).verify_url or "https://")
    port = check.port or 443
    # In plain text nothing leaves the VPC: a question has a link to a picture that is not public yet.
    where = "0.0.0.0/0" if check.scheme == "https" else stack.parameters["VpcCidr"]
    asked = {(None, "0.0.0.0/0", "tcp", "443", "443"), (None, where, "tcp", str(port), str(port))}
    assert {(*rule[:3], *map(str, rule[3:])) for rule in destinations("TaskGroup")} == asked


def tasks_reach_aws_without_nat(stack: Stack) -> None:
    assert not stack.of_type("AWS::EC2::NatGateway")
    network = _network(stack)
    assert network["AssignPublicIp"] == "ENABLED"
    assert all(_is_public(stack, subnet) for subnet in network["Subnets"])
    wanted = stack.parameters["AvailabilityZones"] or f"{stack.region}a,{stack.region}b"
    for subnets in (network["Subnets"], stack["Alb"]["Subnets"]):
        assert [stack[subnet]["AvailabilityZone"] for subnet in subnets] == wanted.split(",")
    endpoint = stack["S3Endpoint"]
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert set(endpoint["RouteTableIds"]) >= {_routes(stack, subnet) for subnet in network["Subnets"]}
    blocks = [subnet["CidrBlock"] for subnet in stack.of_type("AWS::EC2::Subnet").values()]
    assert len(blocks) == len(set(blocks))


def _metrics(stack: Stack) -> list[int]:
    """Return the port of the metrics, if there are any."""
    port = configuration(stack).metrics_port
    return [] if port is None else [port]


def _network(stack: Stack) -> dict[str, Any]:
    return stack["Service"]["NetworkConfiguration"]["AwsvpcConfiguration"]


def _inbound(stack: Stack, group: str) -> list[dict[str, Any]]:
    apart = [rule for rule in stack.of_type("AWS::EC2::SecurityGroupIngress").values() if rule["GroupId"] == group]
    return [*stack[group].get("SecurityGroupIngress", []), *apart]


def _source(rule: dict[str, Any]) -> str:
    (source,) = (
        value for name, value in rule.items() if name.startswith(("Source", "Cidr")) and not name.endswith("OwnerId")
    )
    return source


def _routes(stack: Stack, subnet: str) -> str | None:
    associations = stack.of_type("AWS::EC2::SubnetRouteTableAssociation").values()
    return next((each["RouteTableId"] for each in associations if each["SubnetId"] == subnet), None)


def _is_public(stack: Stack, subnet: str) -> bool:
    return any(
        route["RouteTableId"] == _routes(stack, subnet) and route.get("GatewayId") == "InternetGateway"
        for route in stack.of_type("AWS::EC2::Route").values()
    )


LOADBALANCER_IN = "LoadBalancerGroup/SecurityGroupIngress"

DEFECTS = [
    Defect("task port one off", requests_reach_the_tasks, put("TaskIngress/FromPort", 8001)),
    Defect("listener nobody may reach", requests_reach_the_tasks, put("Listener/Port", 8080)),
    Defect("task listens on loopback", requests_reach_the_tasks, variable("HOST", "127.0.0.1")),
    Defect(
        "tasks open to the world",
        tasks_are_reached_from_the_load_balancer_alone,
        put("TaskGroup/SecurityGroupIngress", [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "::/0"}]),
    ),
    Defect(
        "tasks open by a rule apart",
        tasks_are_reached_from_the_load_balancer_alone,
        resource(
            "Debug",
            "AWS::EC2::SecurityGroupIngress",
            {"GroupId": {"Fn::GetAtt": ["TaskGroup", "GroupId"]}, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
        ),
    ),
    Defect(
        "tasks in the load balancer's group",
        tasks_are_reached_from_the_load_balancer_alone,
        spell("Service/NetworkConfiguration", "TaskGroup", "LoadBalancerGroup"),
    ),
    Defect(
        "public load balancer open to the world",
        load_balancer_is_reached_from_cloudfront_alone,
        put(f"{LOADBALANCER_IN}/0", {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}),
        "public load balancer",
    ),
    Defect(
        "every port of the load balancer",
        load_balancer_is_reached_from_cloudfront_alone,
        put(f"{LOADBALANCER_IN}/0/ToPort", 65535),
    ),
    Defect(
        "internal load balancer on the internet",
        load_balancer_is_reached_from_cloudfront_alone,
        put("Alb/Scheme", "internet-facing"),
    ),
    Defect(
        "private subnet with a way to the internet",
        load_balancer_is_reached_from_cloudfront_alone,
        spell("PublicRoutesA", "PublicSubnetA", "PrivateSubnetA"),
    ),
    Defect(
        "public load balancer for every distribution",
        load_balancer_serves_our_distribution_alone,
        put("Listener/DefaultActions", [{"Type": "forward", "TargetGroupArn": {"Ref": "TargetGroup"}}]),
        "public load balancer",
    ),
    Defect(
        "secret header under another name",
        load_balancer_serves_our_distribution_alone,
        spell("OriginRule/Conditions", "X-Origin-Secret", "X-Origin"),
        "public load balancer",
    ),
    Defect(
        "public load balancer without TLS",
        no_token_crosses_the_internet_in_plain_text,
        put("Listener/Protocol", "HTTP"),
        "public load balancer",
    ),
    Defect(
        "public load balancer by old TLS",
        no_token_crosses_the_internet_in_plain_text,
        spell("Listener/SslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"),
        "public load balancer",
    ),
    Defect(
        "CloudFront sends in plain text",
        no_token_crosses_the_internet_in_plain_text,
        spell(f"{CDN}/Origins/0/CustomOriginConfig", "https-only", "match-viewer"),
        "public load balancer",
    ),
    Defect(
        "a second door without TLS",
        no_token_crosses_the_internet_in_plain_text,
        resource(
            "PlainListener",
            "AWS::ElasticLoadBalancingV2::Listener",
            {"LoadBalancerArn": {"Ref": "Alb"}, "Protocol": "HTTP", "Port": 80, "DefaultActions": []},
        ),
        "public load balancer",
    ),
    Defect(
        "a name that its certificate does not cover",
        no_token_crosses_the_internet_in_plain_text,
        put(f"{CDN}/Origins/0/DomainName", {"Fn::GetAtt": ["Alb", "DNSName"]}),
        "domain with DNS elsewhere",
    ),
    Defect(
        "load balancer on the internet and spoken to as if it were not",
        no_token_crosses_the_internet_in_plain_text,
        put("Alb/Scheme", "internet-facing"),
    ),
    Defect(
        "metrics for the internet",
        tasks_are_reached_from_the_load_balancer_alone,
        put("MetricsIngress/CidrIp", "0.0.0.0/0"),
        "measured from a range",
    ),
    Defect(
        "whoever reads the numbers reaches the API too",
        tasks_are_reached_from_the_load_balancer_alone,
        put("MetricsIngress/FromPort", 8000),
        "measured from a range",
    ),
    Defect(
        "a security group taken for a range",
        numbers_are_read_from_where_asked,
        put("MetricsIngress/CidrIp", {"Ref": "MetricsSource"}),
        "pictures checked in the VPC",
    ),
    Defect(
        "tasks can't call the check",
        groups_let_out_what_is_needed,
        drop("TaskGroup/SecurityGroupEgress/1"),
        "pictures checked at a port of its own",
    ),
    Defect(
        "the check is called at another port",
        groups_let_out_what_is_needed,
        put("TaskGroup/SecurityGroupEgress/1/Fn::If/1/ToPort", 9101),
        "pictures checked in the VPC",
    ),
    Defect(
        "plain questions to the internet",
        groups_let_out_what_is_needed,
        put("TaskGroup/SecurityGroupEgress/1/Fn::If/1/CidrIp", "0.0.0.0/0"),
        "pictures checked in the VPC",
    ),
    Defect(
        "load balancer may send anywhere",
        groups_let_out_what_is_needed,
        drop("LoadBalancerGroup/SecurityGroupEgress/0/DestinationSecurityGroupId"),
    ),
    Defect("tasks may send anything", groups_let_out_what_is_needed, put("TaskGroup/SecurityGroupEgress", [])),
    Defect(
        "tasks without a way to ECR",
        tasks_reach_aws_without_nat,
        put("Service/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp", "DISABLED"),
    ),
    Defect(
        "tasks in the private subnets",
        tasks_reach_aws_without_nat,
        spell("Service/NetworkConfiguration", "PublicSubnet", "PrivateSubnet"),
    ),
    Defect(
        "both subnets in one zone",
        tasks_reach_aws_without_nat,
        put("PublicSubnetB/AvailabilityZone", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
    ),
]
