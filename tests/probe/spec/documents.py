"""Documents as servers and tools write them, small."""

from __future__ import annotations

from typing import Any

ORDER = {
    "type": "object",
    "required": ["amount"],
    "properties": {"amount": {"type": "integer", "minimum": 1}},
}


def openapi(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "shop", "version": "1"},
        "paths": {
            "/orders": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                        }
                    },
                    "responses": {"201": {"description": "made"}},
                }
            },
            "/orders/{order_id}": {
                "parameters": [
                    {
                        "name": "order_id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer"},
                    }
                ],
                "get": {"responses": {"200": {"description": "it"}}},
            },
        },
        "components": {"schemas": {"Order": ORDER}},
    }
    return {**document, **changes}


def swagger(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "swagger": "2.0",
        "info": {"title": "shop", "version": "1"},
        "host": "shop.example",
        "basePath": "/api",
        "schemes": ["https"],
        "definitions": {"Order": ORDER},
        "parameters": {"page": {"name": "page", "in": "query", "type": "integer"}},
        "securityDefinitions": {"people": {"type": "basic"}},
        "security": [{"people": []}],
        "paths": {
            "/orders": {
                "get": {"parameters": [{"$ref": "#/parameters/page"}]},
                "post": {
                    "parameters": [
                        {"name": "order", "in": "body", "schema": {"$ref": "#/definitions/Order"}}
                    ]
                },
            },
            "/orders/{order_id}/note": {
                "parameters": [
                    {"name": "order_id", "in": "path", "required": True, "type": "integer"}
                ],
                "put": {
                    "consumes": ["multipart/form-data"],
                    "parameters": [
                        {"name": "text", "in": "formData", "type": "string", "required": True},
                        {"name": "picture", "in": "formData", "type": "file"},
                    ],
                },
            },
        },
    }
    return {**document, **changes}
