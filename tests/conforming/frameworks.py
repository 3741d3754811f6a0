"""Conforming servers written as people write them with a framework, each with that framework's own habits.

They share nothing with one another but the client and the signing of tokens: a mistake in one is not in the others.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec

from tests.conforming.face import PREFIX, TOKEN_PATH, Credentials, TokenStyle
from tests.conforming.tokens import sign

LIFETIME = 3600
STYLE = TokenStyle(claims="profile", lifetime=LIFETIME)
BARE = TokenStyle(alg="HS256", kid=None, claims="bare", lifetime=LIFETIME)

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def _matches(credentials: Credentials, client_id: str, secret: str) -> bool:
    given = f"{client_id}\0{secret}".encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given, f"{credentials.client_id}\0{credentials.client_secret}".encode())


def _media_type(content_type: str | None) -> str:
    return (content_type or "application/json").split(";")[0].strip().lower()


def starlette_by_hand(credentials: Credentials) -> App:
    """Starlette with the JSON of the standard library; plain text for 404 and 405, as Starlette has it."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.requests import Request
    from starlette.responses import JSONResponse, PlainTextResponse, Response
    from starlette.routing import Route

    def refusal(status: int, message: str, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return JSONResponse({"error": status, "message": message}, status, named)

    async def token(request: Request) -> Response:
        if _media_type(request.headers.get("content-type")) != "application/json":
            return PlainTextResponse("Unsupported Media Type", 415)
        try:
            body = json.loads((await request.body()).decode())
        except (ValueError, RecursionError):
            return refusal(400, "The body is not valid JSON")
        client_id, secret = (body.get("clientId"), body.get("clientSecret")) if isinstance(body, dict) else (None, None)
        if not isinstance(client_id, str) or not isinstance(secret, str):
            return refusal(400, "clientId and clientSecret are required")
        if not _matches(credentials, client_id, secret):
            return refusal(401, "Invalid client credentials", www_authenticate='Bearer realm="partners"')
        issued = {
            "accessToken": sign(STYLE, credentials.client_id, time.time()),
            "tokenType": "Bearer",
            "expiresIn": LIFETIME,
        }
        return JSONResponse(issued, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    routes = [Route(TOKEN_PATH, token, methods=["POST"])]
    app = Starlette(routes=routes, middleware=[Middleware(GZipMiddleware, minimum_size=200)])
    app.router.redirect_slashes = False
    return app


class AuthenticateRequest(msgspec.Struct):
    """The body as a typed decoder knows it."""

    client_id: str = msgspec.field(name="clientId")
    client_secret: str = msgspec.field(name="clientSecret")


def starlette_typed(credentials: Credentials) -> App:
    """Starlette with a typed decoder, `Error` for everything, and a 404 for every method but POST."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    decoder = msgspec.json.Decoder(AuthenticateRequest)

    async def failed(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
        status = 404 if status == HTTPStatus.METHOD_NOT_ALLOWED else status
        headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
        message = error.detail if status in (400, 401) and isinstance(error, HTTPException) else "Not Found"
        return JSONResponse({"error": int(status), "message": message}, status, headers)

    async def token(request: Request) -> Response:
        # this one never looks at the Content-Type of JSON, and calls every other body invalid
        media = _media_type(request.headers.get("content-type"))
        if media != "application/json" and not media.endswith("+json"):
            raise HTTPException(400, "Expected a JSON body")
        try:
            body = decoder.decode(await request.body())
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise HTTPException(400, "The body does not match AuthenticateRequest") from None
        if not _matches(credentials, body.client_id, body.client_secret):
            raise HTTPException(401, "Unauthorized")
        issued = {"accessToken": sign(BARE, credentials.client_id, time.time()), "tokenType": "Bearer"}
        return JSONResponse({**issued, "expiresIn": LIFETIME}, headers={"Cache-Control": "no-store, max-age=0"})

    routes = [Route(TOKEN_PATH, token, methods=["POST"])]
    app = Starlette(routes=routes, exception_handlers={HTTPException: failed})
    app.router.redirect_slashes = False
    return app


@contextlib.contextmanager
def uvicorn_serving(app: App, port: int = 0, http: str = "h11") -> Iterator[str]:
    """Serve an ASGI application with uvicorn; `http` is its protocol implementation."""
    import uvicorn

    # asyncio turns Nagle's algorithm off only where the socket says that it is TCP
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="critical", http=http, loop="asyncio", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{PREFIX}"
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()


def werkzeug_app(credentials: Credentials) -> Callable[..., Any]:  # noqa: C901 - one application, read top to bottom
    """A WSGI application as Flask people write it: HTML pages for 404, 405 and 415."""
    from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge, Unauthorized, UnsupportedMediaType
    from werkzeug.routing import Map, Rule
    from werkzeug.wrappers import Request, Response

    urls = Map([Rule(TOKEN_PATH, methods=["POST"], endpoint="token")], strict_slashes=False, merge_slashes=False)

    def token(request: Request) -> Response:
        if not request.is_json:
            raise UnsupportedMediaType
        if (request.content_length or 0) > 100_000:
            raise RequestEntityTooLarge
        try:
            document = json.loads(request.get_data())
        except (ValueError, RecursionError):
            raise BadRequest("Malformed JSON") from None
        match document:
            case {"clientId": str(client_id), "clientSecret": str(secret)}:
                pass
            case _:
                raise BadRequest("Validation failed")
        # many frameworks call an empty string absent
        if not client_id or not secret:
            raise BadRequest("Validation failed")
        if not _matches(credentials, client_id, secret):
            raise Unauthorized
        issued = {"expiresIn": LIFETIME, "tokenType": "Bearer", "accessToken": ""}
        issued["accessToken"] = sign(STYLE, credentials.client_id, time.time())
        return answer(200, issued, {"Cache-Control": "private, no-store"})

    def answer(status: int, value: object, headers: dict[str, str] | None = None) -> Response:
        return Response(json.dumps(value, indent=4) + "\n", status, headers, content_type="application/json")

    @Request.application
    def application(request: Request) -> Any:
        try:
            urls.bind_to_environ(request.environ).match()
            return token(request)
        except BadRequest as error:
            return answer(400, {"error": 400, "message": error.description})
        except Unauthorized:
            challenge = {"WWW-Authenticate": 'Bearer realm="partners-api", error="invalid_token"'}
            return answer(401, {"error": 401, "message": "Authentication failed"}, challenge)
        except HTTPException as error:
            return error

    return application


@contextlib.contextmanager
def wsgi_serving(application: Callable[..., Any], port: int = 0) -> Iterator[str]:
    """Serve a WSGI application with Werkzeug's server, a thread for each connection."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - Werkzeug's name
            """Say nothing."""

    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet)
    with _running(server):
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"


def handler_of(credentials: Credentials) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one class inside
    """The standard library's handler: HTTP/1.0, one request a connection, HTML for what it does not know."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            octets = self.rfile.read(length)
            if self.path.partition("?")[0] != TOKEN_PATH:
                self.send_error(HTTPStatus.NOT_FOUND)
            elif self.headers.get_content_type() not in ("application/json", "text/plain") or (
                self.headers.get_content_type() == "text/plain" and "Content-Type" in self.headers
            ):
                # get_content_type calls an absent field text/plain
                self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            else:
                self._token(octets)

        def _token(self, octets: bytes) -> None:
            try:
                body = json.loads(octets.decode("utf-8-sig"))
                pair = [body["clientId"], body["clientSecret"]]
                ok = isinstance(body, dict) and all(isinstance(one, str) for one in pair)
            except (ValueError, TypeError, KeyError, RecursionError):
                ok, pair = False, []
            if not ok:
                self._json(400, {"message": "Bad Request", "error": 400})
            elif not _matches(credentials, *pair):
                self._json(401, {"message": "Unauthorized", "error": 401})
            else:
                token = sign(STYLE, credentials.client_id, time.time())
                self._json(200, {"accessToken": token, "tokenType": "Bearer", "expiresIn": LIFETIME})

        def _json(self, status: int, value: object) -> None:
            octets = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            if status == HTTPStatus.OK:
                self.send_header("Cache-Control", "no-store")
            if status == HTTPStatus.UNAUTHORIZED:
                self.send_header("WWW-Authenticate", "Bearer")
            self.end_headers()
            self.wfile.write(octets)

        def _other(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(HTTPStatus.METHOD_NOT_ALLOWED)
            self.send_header("Allow", "POST")
            self.end_headers()

        do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = _other  # noqa: N815 - the names http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    return Handler


@contextlib.contextmanager
def stdlib_serving(credentials: Credentials, port: int = 0) -> Iterator[str]:
    """Serve with `http.server`, one connection at a time."""
    server = HTTPServer(("127.0.0.1", port), handler_of(credentials))
    with _running(server):
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"


@contextlib.contextmanager
def _running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
