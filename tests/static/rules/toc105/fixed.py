from django.http import HttpResponseForbidden
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from policy import still_allowed

app = FastAPI()


@app.middleware("http")
async def verify(request: Request, call_next):
    if not await still_allowed(request.state.user):
        return JSONResponse({"detail": "forbidden"}, status_code=403)
    return await call_next(request)


class Verify:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_active:
            return HttpResponseForbidden()
        return self.get_response(request)
