from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseForbidden
from django.utils.deprecation import MiddlewareMixin
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from flask import Flask, abort, g
from policy import still_allowed
from starlette.middleware.base import BaseHTTPMiddleware

app = FastAPI()
flask = Flask(__name__)


@app.middleware("http")
async def verify(request: Request, call_next):
    response = await call_next(request)
    if not await still_allowed(request.state.user):
        return JSONResponse({"detail": "forbidden"}, status_code=403)  # finds: TOC105
    return response


def ensure(user):
    if not still_allowed(user):
        raise HTTPException(403)  # finds: TOC105


class Ensuring(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.url.path.startswith("/static"):
            return await call_next(request)
        answer = await call_next(request)
        ensure(request.state.user)
        return answer


@flask.after_request
def late(response):
    if not still_allowed(g.user):
        abort(403)  # finds: TOC105
    return response


class Verify:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not User.objects.get(pk=request.user.pk).is_active:
            return HttpResponseForbidden()  # finds: TOC105
        return response


class Old(MiddlewareMixin):
    def process_response(self, request, response):
        if not still_allowed(request.user):
            raise PermissionDenied  # finds: TOC105
        return response


def factory(get_response):
    def middleware(request):
        response = get_response(request)
        if not still_allowed(request.user):
            return HttpResponseForbidden()  # finds: TOC105
        return response

    return middleware
