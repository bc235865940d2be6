# Runs inside a function's child process, in the place of Lambda's Python runtime. Events and answers travel over the IPC channel of Node.js,
# a socket with a line of JSON for each message; stdout and stderr belong to the function.
import datetime
import importlib
import json
import logging
import os
import socket
import sys
import threading
import time
import traceback

IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"

channel = socket.socket(fileno=int(os.environ.pop("NODE_CHANNEL_FD")))
os.environ.pop("NODE_CHANNEL_SERIALIZATION_MODE", None)
os.set_inheritable(channel.fileno(), False)
sys.stdout.reconfigure(line_buffering=True)
sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])

# Id of the invocation under way.
request_id = ""


def send(**message):
    channel.sendall(json.dumps(message).encode() + b"\n")


def write(text):
    # One event for each call, also with line breaks.
    sys.stdout.write(text.rstrip("\n").replace("\n", "\r") + "\n")
    sys.stdout.flush()


def timestamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class LogHandler(logging.Handler):
    """The handler that Lambda puts on the root logger."""

    def emit(self, record):
        text = record.getMessage()
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        if IS_JSON:
            line = {"timestamp": timestamp(), "level": record.levelname, "message": text, "logger": record.name, "requestId": request_id}
            if record.exc_info:
                line["errorType"] = record.exc_info[0].__name__
                line["errorMessage"] = str(record.exc_info[1])
                line["stackTrace"] = traceback.format_tb(record.exc_info[2])
            write(json.dumps(line))
        else:
            write(f"[{record.levelname}]\t{timestamp()}\t{request_id}\t{text}" + (f"\n{trace}" if trace else ""))


def report(error):
    """An error as Lambda reports it."""
    kind, value, trace = error
    return {
        "errorMessage": str(value),
        "errorType": kind.__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(traceback.extract_tb(trace)[1:]),
    }


def fail(reported, fatal=False):
    frames = "".join(reported.get("stackTrace", []))
    if IS_JSON:
        write(json.dumps({"timestamp": timestamp(), "log_level": "ERROR", **reported}))
    else:
        kind, message = reported["errorType"], reported["errorMessage"]
        first = f"[ERROR] {kind}: {message}" if message else f"[ERROR] {kind}"
        write(first + (f"\nTraceback (most recent call last):\n{frames}" if frames else ""))
    send(type="error", fatal=fatal, payload=json.dumps(reported))


class Context:
    """The context object of the handler."""

    identity = None
    client_context = None

    def __init__(self, message):
        context = message["context"]
        self.aws_request_id = message["id"]
        self.function_name = context["functionName"]
        self.function_version = context["functionVersion"]
        self.invoked_function_arn = context["invokedFunctionArn"]
        self.memory_limit_in_mb = context["memoryLimitInMB"]
        self.log_group_name = context["logGroupName"]
        self.log_stream_name = context["logStreamName"]
        self._deadline = message["deadline"]

    def get_remaining_time_in_millis(self):
        return max(0, int(self._deadline - time.time() * 1000))


def load_handler():
    """Returns the handler, or what Lambda says of a handler that it does not find."""
    name = os.environ["_HANDLER"]
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError:
        return None, {"errorType": "Runtime.MalformedHandlerName", "errorMessage": f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"}
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        return None, {"errorType": "Runtime.ImportModuleError", "errorMessage": f"Unable to import module '{module_name}': {error}"}
    except SyntaxError as error:
        return None, {"errorType": "Runtime.UserCodeSyntaxError", "errorMessage": f"Syntax error in module '{module_name}': {error}"}
    try:
        return getattr(module, function_name), None
    except AttributeError:
        return None, {"errorType": "Runtime.HandlerNotFound", "errorMessage": f"Handler '{function_name}' missing on module '{module_name}'"}


def invoke(handler, message):
    global request_id
    request_id = message["id"]
    os.environ["_X_AMZN_TRACE_ID"] = message["traceId"]
    try:
        result = handler(json.loads(message["payload"]), Context(message))
    except Exception:
        return fail(report(sys.exc_info()))
    try:
        payload = json.dumps(result, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        return fail({"errorType": "Runtime.MarshalError", "errorMessage": f"Unable to marshal response: {error}", "requestId": request_id})
    send(type="result", payload=payload)


def messages():
    """What Node.js sends, read by a thread of its own: the end of the channel ends the process, also while the handler works."""
    condition = threading.Condition()
    received = []

    def read():
        with channel.makefile("rb") as lines:
            for line in lines:
                with condition:
                    received.append(json.loads(line))
                    condition.notify()
        os._exit(1)

    threading.Thread(target=read, daemon=True).start()
    while True:
        with condition:
            condition.wait_for(lambda: received)
            message = received.pop(0)
        yield message


root = logging.getLogger()
root.addHandler(LogHandler())
if IS_JSON:
    root.setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO").replace("TRACE", "DEBUG").replace("FATAL", "CRITICAL"))

handler, problem = load_handler()
if problem:
    fail(problem, fatal=True)
    sys.exit(1)
send(type="ready")
for message in messages():
    invoke(handler, message)
