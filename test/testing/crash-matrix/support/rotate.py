"""A rotation function of an API key in Python: one event on standard input, exit status 0 or 1."""
import json
import os
import sys
import urllib.error
import urllib.request

import boto3

event = json.load(sys.stdin)
arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
client = boto3.client("secretsmanager", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def value(label):
    return json.loads(client.get_secret_value(SecretId=arn, VersionStage=label)["SecretString"])


def ask(method, secret, body=None):
    request = urllib.request.Request(secret["url"], body and body.encode(), {"authorization": secret["key"]}, method=method)
    try:
        urllib.request.urlopen(request, timeout=10).close()
        return True
    except urllib.error.HTTPError:
        return False


if step == "createSecret":
    changed = {**value("AWSCURRENT"), "key": f"key-{token}"}
    client.put_secret_value(
        SecretId=arn, ClientRequestToken=token, SecretString=json.dumps(changed), VersionStages=["AWSPENDING"]
    )
elif step == "setSecret":
    pending = value("AWSPENDING")
    if not ask("GET", pending) and not ask("PUT", value("AWSCURRENT"), pending["key"]):
        sys.exit("refused")
elif step == "testSecret":
    if not ask("GET", value("AWSPENDING")):
        sys.exit("refused")
else:
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, labels in versions.items() if "AWSCURRENT" in labels)
    if current != token:
        client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
