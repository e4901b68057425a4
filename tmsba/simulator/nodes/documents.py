"""Templates of layouts and metadata of spaces, kept as they are (CMS API reference, 6.12 and 8.6)."""

import json
from collections.abc import Sequence

from tmsba.simulator.catalogue.servers import LAYOUT_TEMPLATES
from tmsba.simulator.failures import parameter_error, refused
from tmsba.simulator.http import Request, Response, Routes
from tmsba.simulator.kinds import INVALID
from tmsba.simulator.nodes import kept
from tmsba.simulator.nodes.spaces import find_space
from tmsba.simulator.objects import Bridge

# How long a template may be is not documented.
_LONGEST_TEMPLATE = 65_536


def _show_template(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    text = kept.find(bridge, LAYOUT_TEMPLATES, ids).values.get("template", "")
    return Response(headers={"Content-Type": "application/json"}, body=text.encode())


def _change_template(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    template = kept.find(bridge, LAYOUT_TEMPLATES, ids)
    if len(request.body) > _LONGEST_TEMPLATE:
        raise refused("layoutTemplateDescriptionTooLong")
    try:
        text = request.body.decode()
        json.loads(text)
    except (ValueError, RecursionError):
        raise parameter_error("template", INVALID) from None
    template.values["template"] = text
    return Response()


def _show_metadata(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    return Response(headers={"Content-Type": "text/plain"}, body=find_space(bridge, ids[0]).metadata)


def _change_metadata(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    find_space(bridge, ids[0]).metadata = request.body
    return Response()


ROUTES: Routes = {
    ("layouttemplates", "{}", "template"): {"GET": _show_template, "PUT": _change_template},
    ("cospaces", "{}", "metadata"): {"GET": _show_metadata, "PUT": _change_metadata},
}
