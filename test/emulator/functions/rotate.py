"""A rotation function without a server of its own: one event on standard input, AWS's SDK for Python, exit status 0 or 1."""
import json
import os
import sys

import boto3

event = json.load(sys.stdin)
arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
# Debian's boto3 is older than AWS_ENDPOINT_URL.
client = boto3.client("secretsmanager", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
print(step)


def create_secret():
    current = json.loads(client.get_secret_value(SecretId=arn, VersionStage="AWSCURRENT")["SecretString"])
    try:
        client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
    except client.exceptions.ResourceNotFoundException:
        current["password"] = client.get_random_password(PasswordLength=20)["RandomPassword"]
        client.put_secret_value(
            SecretId=arn, ClientRequestToken=token, SecretString=json.dumps(current), VersionStages=["AWSPENDING"]
        )


def set_secret():
    pass


def test_secret():
    client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")


def finish_secret():
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    client.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
    )


{"createSecret": create_secret, "setSecret": set_secret, "testSecret": test_secret, "finishSecret": finish_secret}[step]()
