"""Auth endpoints that somebody wrote by hand in Python: /<defect> makes that mistake and no other, /none makes none.

python3 servers.py PORT, with the API key in ABLY_API_KEY.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = os.environ["ABLY_API_KEY"]
KEY_NAME, SECRET = KEY.split(":")
USERS = {"sid=one": "alice", "sid=two": "bob"}
ABLY_ERROR = {"code": 40300, "statusCode": 403, "message": "Not logged in."}
kept = {}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(defect, client_id, query):
    now = int(time.time())
    capability = '{"chat:*":["subscribe"]}'
    if defect == "every-right":
        capability = '{"*":["*"]}'
    if defect == "capability-from-query":
        capability = query.get("capability", capability)
    if defect == "object-capability":
        capability = {"chat:*": ["subscribe"]}
    ttl = {"whole-day": 86400, "milliseconds": 3600000}.get(defect, 3600)
    if defect == "ttl-from-query":
        ttl = int(query.get("ttl", 3600000)) // 1000
    name = "x-ably-capabilities" if defect == "plural-claim" else "x-ably-capability"
    claims = {"iat": now, "exp": now + ttl, name: capability}
    if client_id is not None:
        claims["x-ably-clientId"] = client_id
    kid = KEY_NAME.split(".")[0] if defect == "app-id-as-kid" else KEY_NAME
    parts = [{"alg": "HS256", "typ": "JWT", "kid": kid}, claims]
    text = ".".join(b64(json.dumps(part).encode()) for part in parts)
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256)
    signature = digest.hexdigest() if defect == "hex-signature" else b64(digest.digest())
    return text + "." + signature


def client_id_of(defect, user, query):
    if defect == "client-id-from-query":
        return query.get("clientId", user)
    return {"random-id": "user-" + str(uuid.uuid4()), "one-id": "user", "no-id": None}.get(defect, user)


def refuse(defect, headers):
    error = {"error": ABLY_ERROR}
    headers["Content-Type"] = "application/json"
    if defect == "redirect":
        return 302, {"Location": "/login"}, ""
    if defect == "login-page":
        return 200, {"Content-Type": "text/html"}, "<!doctype html><title>Login</title>"
    if defect == "crash":
        return 500, {"Content-Type": "text/plain"}, "KeyError: 'user'"
    if defect == "status-401":
        return 401, headers, json.dumps({"error": {**ABLY_ERROR, "code": 40100, "statusCode": 401}})
    if defect == "error-text":
        return 403, headers, json.dumps({"error": "Not logged in."})
    if defect == "error-charset":
        headers["Content-Type"] = "application/json; charset=utf-8"
    return 403, headers, json.dumps(error)


def answer(defect, query, cookie, origin):
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    user = USERS.get(cookie) or ("alice" if defect == "everybody" else None)
    if user is None:
        return refuse(defect, headers)
    token = sign(defect, client_id_of(defect, user, query), query)
    if defect == "kept":
        token = kept.setdefault(user, token)
    headers["Content-Type"] = "application/jwt"
    if defect == "html-type":
        headers["Content-Type"] = "application/octet-stream"
    if defect in ("bare-as-json", "wrapped", "key-too"):
        headers["Content-Type"] = "application/json"
    if defect == "quoted":
        headers["Content-Type"] = "text/plain"
        token = json.dumps(token)
    if defect == "wrapped":
        token = json.dumps({"accessToken": token})
    if defect == "key-too":
        now = int(time.time() * 1000)
        token = json.dumps({"token": token, "issued": now, "expires": now + 3600000, "key": KEY})
    if defect == "cacheable":
        headers["Cache-Control"] = "public, max-age=300"
    if defect == "sniffable":
        del headers["X-Content-Type-Options"]
    if defect == "any-origin":
        headers["Access-Control-Allow-Origin"] = origin or "*"
        headers["Access-Control-Allow-Credentials"] = "true"
    return 200, headers, token


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        given = self.headers
        status, headers, body = answer(url.path[1:], query, given.get("Cookie"), given.get("Origin"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.serve_forever()
