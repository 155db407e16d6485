from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@require_GET
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show the OpenAPI document as a page, without any script from elsewhere."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return render(request, "api/docs.html", {"operations": _operations(schema), "schema": schema})


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "parameters": operation.get("parameters", []),
            "body": _body(schema, operation),
            "answers": sorted(operation.get("responses", {})),
        }
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def _body(schema: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of the body: name, type, whether it is needed, and the help text."""
    content = operation.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    shape = schema["components"]["schemas"].get(reference.rpartition("/")[2], {})
    needed = set(shape.get("required", []))
    return [
        {
            "name": name,
            "type": field.get("type", field.get("$ref", "").rpartition("/")[2] or "choice"),
            "is_needed": name in needed,
            "text": field.get("description", ""),
        }
        for name, field in shape.get("properties", {}).items()
    ]
