import time

from django.http import HttpResponseForbidden
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from flask import Flask
from policy import Denied, allowed, log, sign
from starlette.middleware.base import BaseHTTPMiddleware

app = FastAPI()
flask = Flask(__name__)


@app.middleware("http")
async def measured(request: Request, call_next):
    began = time.monotonic()
    response = await call_next(request)
    response.headers["X-Time"] = str(time.monotonic() - began)
    if time.monotonic() - began > 1:
        log(request.url)
    return response


@app.middleware("http")
async def passed_on(request: Request, call_next):
    response = await call_next(request)
    if response.status_code == 401:
        return JSONResponse({"detail": "who are you?"}, status_code=401)
    return response


@app.middleware("http")
async def translated(request: Request, call_next):
    try:
        return await call_next(request)
    except Denied:
        return JSONResponse({"detail": "no"}, status_code=403)


class Before(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if not await allowed(request):
            return JSONResponse({"detail": "forbidden"}, status_code=403)
        return await call_next(request)


class Elsewhere(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.url.path == "/public":
            return await call_next(request)
        if not await allowed(request):
            raise HTTPException(403)
        return await call_next(request)


@flask.after_request
def signed(response):
    if allowed(response):
        response.headers["X-Signature"] = sign(response)
    return response


class Verify:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_active:
            return HttpResponseForbidden()
        response = self.get_response(request)
        response["X-User"] = str(request.user.pk)
        return response


def factory(get_response):
    def middleware(request):
        if not allowed(request.user):
            return HttpResponseForbidden()
        return get_response(request)

    return middleware


class Client:
    """Asks another service: no middleware."""

    def __init__(self, http):
        self.http = http

    def get_response(self, request):
        response = self.http.send(request)
        if not allowed(request):
            raise HTTPException(403)
        return response
