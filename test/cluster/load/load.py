"""librdkafka's producer that goes on whatever happens to the cluster, and remembers what was acknowledged."""

import threading
import time

import confluent_kafka
from json_commands import serve


class Producing(threading.Thread):
    def __init__(self, command):
        super().__init__(daemon=True)
        self.command = command
        self.acknowledged = []
        self.failed = []
        self.sent = 0
        self.stopping = False
        self.lock = threading.Lock()
        config = {"bootstrap.servers": command["bootstrap"], "enable.idempotence": True, "linger.ms": 2}
        config.update(command.get("config", {}))
        self.producer = confluent_kafka.Producer(config)
        self.start()

    def delivered(self, sequence):
        def report(error, message):
            now = int(time.time() * 1000)
            with self.lock:
                if error is None:
                    self.acknowledged.append([message.partition(), message.offset(), sequence, now])
                elif len(self.failed) < 20:
                    self.failed.append(f"{sequence}: {error}")

        return report

    def run(self):
        command = self.command
        partitions = command.get("partitions", 1)
        per_second = command.get("perSecond", 1000)
        begun = time.monotonic()
        while not self.stopping:
            i = self.sent
            value = f"{command['name']}:{i}".ljust(command.get("bytes", 100)).encode()
            try:
                self.producer.produce(command["topic"], value=value, partition=i % partitions, on_delivery=self.delivered(i))
            except BufferError:
                self.producer.poll(0.1)
                continue
            self.sent = i + 1
            self.producer.poll(0)
            while not self.stopping and (wait := begun + (i + 1) / per_second - time.monotonic()) > 0:
                self.producer.poll(min(wait, 0.05))

    def drain(self):
        with self.lock:
            rows, self.acknowledged = self.acknowledged, []
            return {"rows": rows, "sent": self.sent, "failed": list(self.failed)}

    def stop(self):
        self.stopping = True
        self.join()
        self.producer.flush(60)


PRODUCERS = {}


def run(command):
    op, name = command["op"], command.get("name")
    if op == "produce":
        PRODUCERS[name] = Producing(command)
        return None
    if op == "acknowledged":
        return PRODUCERS[name].drain()
    if op == "stop":
        PRODUCERS[name].stop()
        return None
    raise ValueError(f"unknown command {op}")


serve(run)
