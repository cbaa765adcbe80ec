"""Validates the policies that are shipped against their JSON Schemas.

usage: validate.py ROOT
"""

import json
import pathlib
import sys

import yaml
from jsonschema import Draft202012Validator


class Loader(yaml.SafeLoader):
    """YAML as Purser reads it: days and moments are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

SERVICE = {"origins": ["https://a.example"], "challenge_path": "/"}
REFUSED = [
    {"version": 2},
    {"services": {}},
    {"version": 1, "service": {}},
    {"version": 1, "services": {"a": {"origins": ["https://a.example"]}}},
    {"version": 1, "services": {"a b": SERVICE}},
    {"version": 1, "services": {"a": SERVICE | {"price_cieling": "1sat"}}},
    {"version": 1, "services": {"a": SERVICE | {"price_ceiling": 100}}},
    {"version": 1, "services": {"a": SERVICE | {"payees": ["05" + "ab" * 32]}}},
    {"version": 1, "services": {"a": SERVICE | {"charge": "free"}}},
    {"version": 1, "services": {"a": SERVICE | {"credential_lifetime": "10 minutes"}}},
    {"version": 1, "services": {"a": SERVICE | {"origins": []}}},
    {"version": 1, "limits": {"descendants": "5"}},
    {"version": 1, "limits": {"grant_spend": ["1sat/1w"]}},
    {"version": 1, "limits": {"valid_until": "2027-1-1"}},
    {"version": 1, "claims": {"a": {}}},
    {"version": 1, "claims": {"a": {"uid": -1}}},
    {"version": 1, "claims": {"a": {"cgroup": "a"}}},
    {"version": 1, "claims": {"a": {"uid": 1, "calls": "5"}}},
]


def validator(path: pathlib.Path) -> Draft202012Validator:
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    policies = validator(root / "docs/policy.schema.json")
    tests = validator(root / "docs/policy-test.schema.json")
    faults = []
    files = sorted((root / "policies").glob("*.yaml"))
    for path in files:
        schema = tests if path.name.endswith(".test.yaml") else policies
        document = yaml.load(path.read_text(), Loader)
        faults += [f"{path.name}: {e.json_path}: {e.message}" for e in schema.iter_errors(document)]
    faults += [f"passes: {document}" for document in REFUSED if policies.is_valid(document)]
    for fault in faults:
        print(f"policy: {fault}", file=sys.stderr)
    print(f"policy: {len(files)} files fit their schemas, {len(REFUSED)} mistakes do not")
    return 1 if faults or len(files) < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
