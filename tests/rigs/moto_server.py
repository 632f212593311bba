"""moto's server on 127.0.0.1, with change sets that do what AWS's do: `python -m tests.rigs.moto_server PORT`.

moto's own keep neither outputs nor parameters, update what did not change, and don't make what a condition left out
before. moto also garbles an updated task definition, forgets a service's network, takes 2 and "2" for different values,
refuses an empty change set, where AWS makes one that failed, and finds no template in a bucket without a host name.
"""

import sys
from typing import Any
from urllib.parse import urlsplit

from moto.cloudformation.models import ChangeSet, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.ecs.models import EC2ContainerServiceBackend, Service, TaskDefinition
from moto.moto_api import state_manager
from moto.s3.models import s3_backends
from moto.server import main


def apply(self: Any) -> None:
    """Execute a change set."""
    stack, made = self.stack, self.stack.resource_map
    made._resource_json_map = {
        name: resource for name, resource in made._resource_json_map.items() if made._parsed_resources.get(name)
    }
    made.input_parameters = dict(made.resolved_parameters)
    made.update(self.template_dict, self.parameters)
    stack.template, stack.parameters = self.template, self.parameters
    stack._parse_template()
    stack.output_map = stack._create_output_map()


def update_task_definition(original_resource: Any, new_resource_name: str, **resource: Any) -> Any:
    return TaskDefinition.create_from_cloudformation_json(new_resource_name, **resource)


_create_service = Service.create_from_cloudformation_json


def create_service(resource_name: str, cloudformation_json: Any, *place: str, **kwargs: Any) -> Any:
    made = _create_service(resource_name, cloudformation_json, *place, **kwargs)
    network = cloudformation_json["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]
    made.network_configuration = {
        "awsvpcConfiguration": {
            "subnets": network["Subnets"],
            "securityGroups": network["SecurityGroups"],
            "assignPublicIp": network["AssignPublicIp"],
        }
    }
    return made


def has_parameters(self: Any, given: dict[str, Any]) -> bool:
    def spelt(parameters: dict[str, Any]) -> dict[str, str]:
        return {name: str(value) for name, value in parameters.items()}

    return spelt(self.parameters) == spelt(given)


def read_template(self: Any, url: str) -> str:
    _, bucket, key = urlsplit(url).path.split("/", 2)
    found: bytes = s3_backends[self.current_account][self.partition].get_object(bucket, key).value
    return found.decode()


#: Each replaces an attribute of a class of moto's.
MENDED: list[tuple[type, str, Any]] = [
    (ChangeSet, "apply", apply),
    (TaskDefinition, "update_from_cloudformation_json", update_task_definition),
    # moto would add up what each container asks for; on Fargate the task does.
    (EC2ContainerServiceBackend, "_calculate_task_resource_requirements", lambda *_: {}),
    (Service, "create_from_cloudformation_json", create_service),
    (Stack, "has_parameters", has_parameters),
    (CloudFormationResponse, "_get_stack_from_s3_url", read_template),
    (CloudFormationResponse, "_validate_different_update", lambda *_: None),
]

if __name__ == "__main__":
    for owner, name, attribute in MENDED:
        setattr(owner, name, attribute)
    # A task that was run has ended when somebody asks.
    state_manager.set_transition("ecs::task", {"progression": "immediate"})
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
