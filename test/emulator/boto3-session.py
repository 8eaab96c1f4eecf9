"""Uses Secrets Manager and STS with AWS's Python SDK. Configured by the environment alone; prints what it saw as JSON."""
import functools
import json
import os

import boto3
from botocore.exceptions import ClientError

# Debian's boto3 is older than AWS_ENDPOINT_URL.
connect = functools.partial(boto3.client, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
client = connect("secretsmanager")


def refusal(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return [error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"],
                error.response["Error"]["Message"]]
    return None


created = client.create_secret(Name="py/db", SecretString="one", Description="from Python")
put = client.put_secret_value(SecretId="py/db", SecretBinary=b"\x00two\xff", VersionStages=["AWSCURRENT", "BLUE"])
read = client.get_secret_value(SecretId="py/db")
previous = client.get_secret_value(SecretId=created["ARN"], VersionStage="AWSPREVIOUS")
described = client.describe_secret(SecretId="py/db")
pages = client.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 1})
names = [entry["Name"] for page in pages for entry in page["SecretList"]]

print(json.dumps({
    "arn": created["ARN"],
    "put": sorted(put["VersionStages"]),
    "binary": read["SecretBinary"].hex(),
    "previous": previous["SecretString"],
    "created": described["CreatedDate"].isoformat(),
    "described": {key: described[key] for key in ("Name", "Description", "VersionIdsToStages")},
    "names": names,
    "password": len(client.get_random_password(PasswordLength=20)["RandomPassword"]),
    "identity": connect("sts").get_caller_identity()["Arn"],
    "notFound": refusal(client.get_secret_value, SecretId="nobody"),
    "exists": refusal(client.create_secret, Name="py/db", SecretString="two"),
    "invalid": refusal(client.get_secret_value, SecretId="py/db", VersionId="short" * 7, VersionStage="AWSCURRENT"),
    "noFunction": refusal(client.rotate_secret, SecretId="py/db"),
}))
