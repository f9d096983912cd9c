"""Both OpenAPI documents, held against a running platform by schemathesis: what they promise is what is answered, whatever is sent.

A short search here, with a fixed seed; `make soak` searches longer with seeds of its own.
"""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

import pytest

EXAMPLES = int(os.environ.get("CALLPORT_DOCUMENT_EXAMPLES", "6"))
SEED = os.environ.get("CALLPORT_DOCUMENT_SEED", "1")
NOBODY = "http://127.0.0.1:9/nobody"
SCHEMATHESIS = pathlib.Path(sys.executable).with_name("schemathesis")

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance", "ignored_auth"]

# A business-side API reads more than its document says (numbers as strings, forms, words in any case), so nothing is said of what must be refused.
GRAPH = """
[parameters]
id = "4001"
phone_number_id = "4001"
waba_id = "2001"
app_id = "1001"
business_id = "3001"
solution_id = "1"
credit_line_id = "1"
"""


def search(folder, document, url, token, settings):
    (folder / "schemathesis.toml").write_text(settings)
    command = [SCHEMATHESIS, "--config-file", folder / "schemathesis.toml", "run", document, "--url", url, "--checks", ",".join(CHECKS)]
    command += ["--header", f"Authorization: Bearer {token}", "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)]
    command += ["--seed", SEED, "--generation-database", "none", "--no-color", "--suppress-health-check", "all", "--warnings", "off"]
    if not SCHEMATHESIS.exists():
        raise RuntimeError(f"{SCHEMATHESIS} is missing: run scripts/setup test")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=3600)
    print(done.stdout[-20_000:])
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


def nowhere_else(schema):
    """Addresses that the platform would connect to are on this machine, with nobody there."""
    if isinstance(schema, list):
        return [nowhere_else(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {"type": "string", "enum": [NOBODY]} if schema.get("format") == "uri" else {name: nowhere_else(one) for name, one in schema.items()}


def fetched(folder, url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=30) as reply:
        document = nowhere_else(json.load(reply))
    (folder / "openapi.json").write_text(json.dumps(document))
    return folder / "openapi.json"


@pytest.mark.parametrize("token", ["EAAtest", "1001|test_app_secret"])
def test_the_public_api_keeps_its_document(platform, tmp_path, token):
    one = platform(NOBODY)
    document = fetched(tmp_path, f"{one.public}/openapi.json")
    search(tmp_path, document, f"{one.public}/v25.0", token, GRAPH)


def test_the_operators_api_keeps_its_document(platform, tmp_path):
    one = platform(NOBODY)
    document = fetched(tmp_path, f"{one.operator}/admin/openapi.json", one.operator_token)
    search(tmp_path, document, one.operator, one.operator_token, "")
