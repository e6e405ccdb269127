"""The control of the durable answers: a Flask route that checks the signature and puts the body into a queue in memory.

flask-receiver.py <secret> prints its port, and ends with its standard input.
"""

import hashlib
import hmac
import logging
import os
import queue
import sys
import threading

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

SECRET = sys.argv[1].encode()
app = Flask(__name__)
kept = queue.Queue()


@app.post("/webhooks/sentry")
def webhook():
    body = request.get_data()
    wanted = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers.get("Sentry-Hook-Signature", "")):
        return {"error": "signature"}, 401
    kept.put(body)
    return Response('{"ok":true}', 202, mimetype="application/json")


class Silent(WSGIRequestHandler):
    """Nothing is logged for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_):
        pass


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
print(server.server_port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
