"""Reads events of a file, one a line, with OpenLineage's own client for Python, and says each again: what differs is printed, as JSON."""
import inspect
import json
import pkgutil
import sys
from importlib import import_module

from openlineage.client import event_v2, facet_v2
from openlineage.client.serde import Serde

FACETS = {}
for name in dir(facet_v2):
    module = getattr(facet_v2, name)
    if inspect.ismodule(module):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if hasattr(kind, "_get_schema") and kind._get_schema():
                FACETS[kind._get_schema()] = (kind, module)


def facets(told):
    return {name: facet(one) for name, one in (told or {}).items()}


def facet(told):
    kind, module = FACETS[told["_schemaURL"]]
    return kind(**{name: inner(value, module) for name, value in told.items() if name[0] != "_"}, producer=told["_producer"])


def inner(value, module):
    """A part of a facet is read into the client's own class for it, where it has one."""
    if isinstance(value, list):
        return [inner(one, module) for one in value]
    if not isinstance(value, dict):
        return value
    for _, kind in inspect.getmembers(module, inspect.isclass):
        names = {one.name for one in getattr(kind, "__attrs_attrs__", ())}
        if value and set(value) <= names and not hasattr(kind, "_get_schema"):
            return kind(**{name: inner(one, module) for name, one in value.items()})
    return {name: inner(one, module) for name, one in value.items()}


def dataset(kind, told, also):
    more = {also: facets(told[also])} if also in told else {}
    return kind(namespace=told["namespace"], name=told["name"], facets=facets(told.get("facets")), **more)


def read(told):
    return event_v2.RunEvent(
        eventType=event_v2.RunState(told["eventType"]),
        eventTime=told["eventTime"],
        run=event_v2.Run(runId=told["run"]["runId"], facets=facets(told["run"].get("facets"))),
        job=event_v2.Job(told["job"]["namespace"], told["job"]["name"], facets(told["job"].get("facets"))),
        inputs=[dataset(event_v2.InputDataset, one, "inputFacets") for one in told["inputs"]],
        outputs=[dataset(event_v2.OutputDataset, one, "outputFacets") for one in told["outputs"]],
        producer=told["producer"],
    )


def plain(value):
    """Without what is empty, which the client leaves out or adds."""
    if isinstance(value, dict):
        kept = {name: plain(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, {}, [])}
    return [plain(one) for one in value] if isinstance(value, list) else value


count, differing = 0, []
with open(sys.argv[1]) as lines:
    for line in lines:
        told = json.loads(line)
        again = json.loads(Serde.to_json(read(told)))
        count += 1
        if plain(told) != plain(again):
            differing.append([plain(told), plain(again)])
print(json.dumps({"count": count, "differing": differing[:2]}))
