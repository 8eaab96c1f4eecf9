"""Drives every operation of Secrets Manager with AWS's Python SDK, good calls and refused ones; prints what it saw as JSON.

Configured by the environment alone; FUNCTION_ARN names a rotation function that works.
"""
import json
import os
import time

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

endpoint = os.environ["AWS_ENDPOINT_URL"]
function_arn = os.environ["FUNCTION_ARN"]
home, abroad = "us-west-2", "eu-west-1"
driven = set()


def connect(region):
    client = boto3.client("secretsmanager", endpoint_url=endpoint, region_name=region)
    client.meta.events.register("before-call.secretsmanager", lambda model, **_: driven.add(model.name))
    return client


def refusal(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return [error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"],
                error.response["Error"]["Message"]]
    return None


def without_metadata(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def wait_until(done):
    deadline = time.monotonic() + 20
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def raw(operation, body):
    """A signed request for what this boto3 is too old to know."""
    driven.add(operation)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager." + operation}
    request = AWSRequest("POST", endpoint + "/", headers=headers, data=json.dumps(body))
    SigV4Auth(boto3.Session().get_credentials(), "secretsmanager", home).add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    return [answer.status_code, json.loads(answer.content)]


here, there = connect(home), connect(abroad)
seen = {}
name = "py/all"

created = here.create_secret(Name=name, SecretString="one", Tags=[{"Key": "team", "Value": "a"}],
                             AddReplicaRegions=[{"Region": abroad}])
seen["replication"] = created["ReplicationStatus"]
seen["nameTaken"] = refusal(here.create_secret, Name=name, SecretString="two")

put = here.put_secret_value(SecretId=name, SecretString="two", VersionStages=["BLUE"])
seen["put"] = put["VersionStages"]
seen["putNothing"] = refusal(here.put_secret_value, SecretId=name)
seen["get"] = here.get_secret_value(SecretId=name, VersionStage="BLUE")["SecretString"]
seen["getUnknown"] = refusal(here.get_secret_value, SecretId=name, VersionStage="GREEN")
seen["stage"] = sorted(here.update_secret_version_stage(
    SecretId=name, VersionStage="GREEN", MoveToVersionId=put["VersionId"]).keys() - {"ResponseMetadata"})
seen["stageHeld"] = refusal(here.update_secret_version_stage, SecretId=name, VersionStage="AWSCURRENT",
                            MoveToVersionId=put["VersionId"])
versions = here.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
seen["versions"] = [version["VersionStages"] for version in versions]
seen["versionsUnknown"] = refusal(here.list_secret_version_ids, SecretId="nobody")
seen["update"] = here.update_secret(SecretId=name, Description="from Python")["Name"]
seen["updateBoth"] = refusal(here.update_secret, SecretId=name, SecretString="x", SecretBinary=b"x")
described = here.describe_secret(SecretId=name)
seen["describe"] = [described["Description"], described["PrimaryRegion"], described["Tags"]]
seen["describeUnknown"] = refusal(here.describe_secret, SecretId="not a name")
seen["list"] = [entry["Name"] for entry in here.list_secrets(
    Filters=[{"Key": "tag-key", "Values": ["team"]}], SortOrder="asc")["SecretList"]]
seen["listToken"] = refusal(here.list_secrets, NextToken="invented")
seen["password"] = len(here.get_random_password(PasswordLength=12, ExcludePunctuation=True)["RandomPassword"])
seen["passwordShort"] = refusal(here.get_random_password, PasswordLength=3)

here.tag_resource(SecretId=name, Tags=[{"Key": "stage", "Value": "test"}])
here.untag_resource(SecretId=name, TagKeys=["team"])
seen["tags"] = here.describe_secret(SecretId=name)["Tags"]
seen["tagReserved"] = refusal(here.tag_resource, SecretId=name, Tags=[{"Key": "aws:x", "Value": ""}])
seen["untagUnknown"] = refusal(here.untag_resource, SecretId="nobody", TagKeys=["x"])


def policy(principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})


own = policy({"AWS": "arn:aws:iam::111122223333:root"})
seen["policyPut"] = here.put_resource_policy(SecretId=name, ResourcePolicy=own)["Name"]
seen["policyPublic"] = refusal(here.put_resource_policy, SecretId=name, ResourcePolicy=policy("*"), BlockPublicPolicy=True)
seen["policySyntax"] = refusal(here.put_resource_policy, SecretId=name, ResourcePolicy="{not-json")
seen["policy"] = here.get_resource_policy(SecretId=name)["ResourcePolicy"].splitlines()[:3]
seen["policyUnknown"] = refusal(here.get_resource_policy, SecretId="nobody")
seen["policyValid"] = without_metadata(here.validate_resource_policy(SecretId=name, ResourcePolicy=own))
seen["policyInvalid"] = here.validate_resource_policy(ResourcePolicy=policy("*"))["ValidationErrors"][0]["CheckName"]
here.delete_resource_policy(SecretId=name)
seen["policyGone"] = sorted(without_metadata(here.get_resource_policy(SecretId=name)))
seen["policyDeleteUnknown"] = refusal(here.delete_resource_policy, SecretId="nobody")

status, batch = raw("BatchGetSecretValue", {"SecretIdList": [name, "nobody"]})
seen["batch"] = [status, [value["SecretString"] for value in batch["SecretValues"]],
                 [[error["SecretId"], error["ErrorCode"]] for error in batch["Errors"]]]
seen["batchNothing"] = [raw("BatchGetSecretValue", {})[0], raw("BatchGetSecretValue", {})[1]["__type"]]

rotated = here.rotate_secret(SecretId=name, RotationLambdaARN=function_arn,
                             RotationRules={"AutomaticallyAfterDays": 30})["VersionId"]
wait_until(lambda: "LastRotatedDate" in here.describe_secret(SecretId=name))
seen["rotated"] = sorted(here.describe_secret(SecretId=name)["VersionIdsToStages"][rotated])
seen["rotatedValue"] = here.get_secret_value(SecretId=name)["SecretString"]
seen["rotateUnknown"] = refusal(here.rotate_secret, SecretId=name, RotationLambdaARN=function_arn + "-other")
seen["cancel"] = sorted(without_metadata(here.cancel_rotate_secret(SecretId=name)))
seen["cancelled"] = here.describe_secret(SecretId=name)["RotationEnabled"]
seen["cancelUnknown"] = refusal(here.cancel_rotate_secret, SecretId="nobody")

wait_until(lambda: here.describe_secret(SecretId=name)["ReplicationStatus"][0]["Status"] == "InSync")
seen["replica"] = there.get_secret_value(SecretId=name)["SecretString"]
seen["replicaWrite"] = refusal(there.put_secret_value, SecretId=name, SecretString="x")
seen["replicated"] = [status["Region"] for status in here.replicate_secret_to_regions(
    SecretId=name, AddReplicaRegions=[{"Region": "eu-west-2"}])["ReplicationStatus"]]
seen["replicateHome"] = refusal(here.replicate_secret_to_regions, SecretId=name, AddReplicaRegions=[{"Region": home}])
seen["deletePrimary"] = refusal(here.delete_secret, SecretId=name)
seen["removed"] = [status["Region"] for status in here.remove_regions_from_replication(
    SecretId=name, RemoveReplicaRegions=["eu-west-2"])["ReplicationStatus"]]
seen["removeNothing"] = refusal(here.remove_regions_from_replication, SecretId="nobody", RemoveReplicaRegions=[abroad])
seen["promotePrimary"] = refusal(here.stop_replication_to_replica, SecretId=name)
seen["promoted"] = there.stop_replication_to_replica(SecretId=name)["ARN"].split(":")[3]

deleted = here.delete_secret(SecretId=name, RecoveryWindowInDays=7)
seen["window"] = round((deleted["DeletionDate"] - here.describe_secret(SecretId=name)["DeletedDate"]).total_seconds())
seen["marked"] = refusal(here.get_secret_value, SecretId=name)
seen["windowShort"] = refusal(there.delete_secret, SecretId=name, RecoveryWindowInDays=6)
seen["restored"] = here.restore_secret(SecretId=name)["Name"]
seen["restoreUnknown"] = refusal(here.restore_secret, SecretId="nobody")
seen["again"] = here.get_secret_value(SecretId=name)["SecretString"]

print(json.dumps({"driven": sorted(driven), "known": here.meta.service_model.operation_names, "seen": seen}))
