"""A Lambda runtime interface client of the standard library alone. Its handler counts its events and does what MODE says."""
import json
import os
import sys
import urllib.request

api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/"
count = 0


def handler(event):
    global count
    count += 1
    print(os.getpid(), count, event["Step"], flush=True)
    if os.environ.get("MODE") == "raise":
        raise ValueError("no such host")


def post(path, body):
    urllib.request.urlopen(urllib.request.Request(api + path, json.dumps(body).encode(), method="POST")).close()


while True:
    with urllib.request.urlopen(api + "invocation/next") as response:
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(response)
    try:
        handler(event)
    except Exception as error:
        print(repr(error), file=sys.stderr, flush=True)
        post(f"invocation/{request_id}/error", {"errorType": type(error).__name__, "errorMessage": str(error)})
    else:
        post(f"invocation/{request_id}/response", None)
