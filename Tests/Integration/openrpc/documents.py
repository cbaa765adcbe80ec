"""The OpenRPC documents of a running daemon, checked by the PyPI package jsonschema."""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from daemon import Daemon  # noqa: E402  (the module is found by the line above)
from jsonschema import Draft7Validator  # noqa: E402
from jsonschema_specifications import REGISTRY  # noqa: E402
from purser import Client  # noqa: E402
from referencing.jsonschema import DRAFT7  # noqa: E402

# The OpenRPC meta-schema names that of JSON Schema by an address and a place in it of its own: this
# is draft 7 there. Nothing is fetched.
SCHEMA_OF_SCHEMAS = DRAFT7.create_resource({
    "allOf": [{"$ref": "http://json-schema.org/draft-07/schema#"}],
    "definitions": {"JSONSchemaObject": {"properties": {"$ref": {"type": "string"}}}},
})
KNOWN = REGISTRY.with_resources(
    (f"https://meta.json-schema.tools{end}", SCHEMA_OF_SCHEMAS) for end in ("", "/"))


def check(holds, what):
    if not holds:
        raise SystemExit(f"documents.py: not so: {what}")


def check_schema(schema, what):
    """A schema is one, and not the empty one, which takes anything."""
    Draft7Validator.check_schema(schema)
    check(schema, f"{what} says something")


def faults(schema, value):
    return [f"{error.json_path}: {error.message}" for error in
            Draft7Validator(schema, registry=KNOWN).iter_errors(value)]


def check_value(schema, value, what):
    found = faults(schema, value)
    check(not found, f"{what} fits its schema: {found}")


def changed(value):
    """The value with one thing about it wrong: something of another type."""
    return 17 if isinstance(value, (str, dict, list)) else {"no": "such"}


def check_method(method):
    """A method's schemas are schemas, and what was recorded of it fits them; counts its values."""
    name = method["name"]
    parameters = {member["name"]: member for member in method["params"]}
    for member in parameters.values():
        check_schema(member["schema"], f"{name}.{member['name']}")
    check_schema(method["result"]["schema"], f"the reply of {name}")
    check(method.get("examples"), f"{name} has an example")
    values = 0
    for example in method["examples"]:
        given = {member["name"]: member["value"] for member in example["params"]}
        required = {each for each, member in parameters.items() if member["required"]}
        check(required <= set(given) <= set(parameters), f"the example of {name} is complete")
        for each, value in given.items():
            check_value(parameters[each]["schema"], value, f"{name}.{each} = {value!r}")
            check(faults(parameters[each]["schema"], changed(value)),
                  f"the schema of {name}.{each} refuses what is of another type")
        reply = example["result"]["value"]
        check_value(method["result"]["schema"], reply, f"the reply of {name}")
        check(faults(method["result"]["schema"], changed(reply)),
              f"the schema of {name}'s reply refuses what is of another type")
        values += len(given) + 1
    return values


def check_errors(document):
    for reason, error in document["components"]["errors"].items():
        check_schema(error["data"], f"the data of {reason}")
        check_value(error["data"]["properties"]["reason"], reason, f"the reason {reason}")


def check_live_refusals(document, client):
    """What the daemon refuses with now fits what the document says of that reason."""
    errors = document["components"]["errors"]
    for method, params, reason in (
            ("spend.charge", {"amount_msat": 1}, "unauthenticated"),
            ("spend.charge", {"amount_msat": "1"}, "invalid_params"),
            ("no.such", {}, "method_not_found")):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = client.ask(request)["error"]
        check(answer["data"]["reason"] == reason, f"{method} is refused for {reason}: {answer}")
        if reason in errors:
            check(answer["code"] == errors[reason]["code"], f"the code of {reason}")
            check_value(errors[reason]["data"], answer["data"], f"the data of {reason}")


class Raw(Client):
    """The client, for answers as they come."""

    def ask(self, request):
        self._connect()
        self._stream().sendall(json.dumps(request).encode() + b"\n")
        return self._read_line()


def check_meta_schema(meta, document, which):
    check_value(meta, document, f"the {which} document")
    for broken in (
            {key: value for key, value in document.items() if key != "info"},
            {**document, "surprise": True}, {**document, "openrpc": "4.0"},
            {**document, "methods": [{"name": "no.params"}]}):
        check(faults(meta, broken), "the meta-schema refuses a document that is none")
    print(f"ok: the {which} document fits the OpenRPC meta-schema")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="where the programs were built")
    parser.add_argument("--meta-schema", help="the OpenRPC meta-schema, a file")
    options = parser.parse_args()
    meta = None
    if options.meta_schema:
        with open(options.meta_schema, encoding="utf-8") as file:
            meta = json.load(file)
    with Daemon(options.build, "version: 1\nservices: {}\n") as daemon:
        for which, path in (("agents'", daemon.agents), ("operators'", daemon.operators)):
            with Raw(path) as client:
                document = client.call("rpc.discover")
                methods = document["methods"]
                values = sum(check_method(method) for method in methods)
                check_errors(document)
                if path == daemon.agents:
                    check_live_refusals(document, client)
            print(f"ok: the {which} document: {len(methods)} methods, {values} recorded values, "
                  f"{len(document['components']['errors'])} errors")
            if meta:
                check_meta_schema(meta, document, which)


if __name__ == "__main__":
    main()
