"""What a script of a team does with ECS: boto3's own clients, paginators, waiters and exceptions."""

import time

import boto3

ecs = boto3.client("ecs")

image = ecs.describe_task_definition(taskDefinition="shop-local-worker")["taskDefinition"]["containerDefinitions"][0]["image"]
print("cluster", ecs.create_cluster(clusterName="by-boto")["cluster"]["status"])

revisions = [
    ecs.register_task_definition(
        family="ticker",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "ticker",
                "image": image,
                "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"],
                "environment": [{"name": "ROUND", "value": str(number)}],
                "stopTimeout": 2,
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    for number in (1, 2)
]
print("revisions", len(ecs.list_task_definitions(familyPrefix="ticker")["taskDefinitionArns"]))

ecs.create_service(
    cluster="by-boto",
    serviceName="ticker",
    taskDefinition=revisions[0],
    desiredCount=2,
    launchType="FARGATE",
    networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
)
stable = ecs.get_waiter("services_stable")
stable.wait(cluster="by-boto", services=["ticker"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
service = ecs.describe_services(cluster="by-boto", services=["ticker"])["services"][0]
print("running", service["runningCount"], "of", service["desiredCount"])

pages = ecs.get_paginator("list_tasks").paginate(cluster="by-boto", PaginationConfig={"PageSize": 1})
print("pages", sum(1 for page in pages if page["taskArns"]))

ecs.update_service(cluster="by-boto", service="ticker", taskDefinition=revisions[1])
stable.wait(cluster="by-boto", services=["ticker"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
service = ecs.describe_services(cluster="by-boto", services=["ticker"])["services"][0]
# A service is stable once its old tasks are gone; its deployment ends after that.
while service["deployments"][0]["rolloutState"] == "IN_PROGRESS":
    time.sleep(0.1)
    service = ecs.describe_services(cluster="by-boto", services=["ticker"])["services"][0]
print("moved to", service["taskDefinition"][-2:])
print("primary", service["deployments"][0]["rolloutState"])

try:
    ecs.update_service(cluster="by-boto", service="nothing", desiredCount=1)
except ecs.exceptions.ServiceNotFoundException as error:
    print("no such service", error.response["Error"]["Code"])

ecs.update_service(cluster="by-boto", service="ticker", desiredCount=0)
stable.wait(cluster="by-boto", services=["ticker"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
print("drained", ecs.describe_services(cluster="by-boto", services=["ticker"])["services"][0]["runningCount"])
ecs.delete_service(cluster="by-boto", service="ticker")
ecs.get_waiter("services_inactive").wait(cluster="by-boto", services=["ticker"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
print("service", ecs.describe_services(cluster="by-boto", services=["ticker"])["services"][0]["status"])
print("cluster", ecs.delete_cluster(cluster="by-boto")["cluster"]["status"])
