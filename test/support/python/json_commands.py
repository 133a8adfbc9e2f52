"""One JSON command a line in, one JSON answer a line out, each command on a thread of its own."""

import json
import sys
import threading


def serve(run):
    """Until the standard input ends."""
    out = threading.Lock()

    def answer(command):
        try:
            reply = {"id": command["id"], "result": run(command)}
        except Exception as e:
            reply = {"id": command["id"], "error": f"{type(e).__name__}: {e}"}
        with out:
            print(json.dumps(reply), flush=True)

    for line in sys.stdin:
        threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()
