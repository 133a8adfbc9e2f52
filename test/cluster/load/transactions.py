"""librdkafka's transactional producers, and members of a group that read, write and commit their offsets in transactions,
until the input of this process ends. What they do and see goes out as events of a history, one line each."""

import json
import os
import random
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

SERVERS, INPUT, OUTPUT, GROUP = sys.argv[1:5]
PARTITIONS, TRANSACTORS, PROCESSORS = map(int, sys.argv[5:8])
SECONDS = 15
# Longer than anything here may take. librdkafka 2.16 waits in send_offsets_to_transaction for an answer of its own threads, with
# no end to it, where the group's coordinator was killed in the middle: no request of its is under way then.
STUCK_SECONDS = 90

over = threading.Event()
telling = threading.Lock()
# By incarnation: when it last did anything, and the transaction that it has open; and those that are stuck.
moved = {}
underway = {}
stuck = set()


class Ended(Exception):
    """This incarnation is over."""


def tell(process, **event):
    with telling:
        if process in stuck:
            raise Ended()
        print(json.dumps({"time": time.monotonic_ns() / 1e6, "process": process, **event}), flush=True)


def moves_on(process):
    moved[process] = time.monotonic()


class Incarnation:
    def __init__(self, name, number):
        self.process = f"{name}.{number}"
        self.name = name
        self.random = random.Random(self.process)
        self.values = 0
        self.unsent = None
        config = {
            "bootstrap.servers": SERVERS,
            "transactional.id": name,
            "transaction.timeout.ms": 10_000,
            "message.timeout.ms": 8_000,
            "socket.timeout.ms": 4_000,
            "topic.metadata.refresh.interval.ms": 2_000,
            "linger.ms": 1,
            "log_level": 0,
        }
        self.producer = Producer(config)
        self.producer.init_transactions(SECONDS)

    def send(self, sends, topic, source=""):
        partition = self.random.randrange(PARTITIONS)
        value = f"{self.process}:{self.values}{source}"
        self.values += 1
        # Whatever comes of it, it may be there.
        sent = {"at": f"{topic}-{partition}", "value": value}
        sends.append(sent)

        def delivered(error, message):
            if error is not None:
                self.unsent = error
            elif message.offset() >= 0:
                sent["offset"] = message.offset()

        self.producer.produce(topic, value=value.encode(), partition=partition, on_delivery=delivered)

    def transact(self, body, crash, abort, polls=(), moves=()):
        """One transaction: True where it is committed."""
        sends = []
        self.unsent = None
        moves_on(self.process)
        kind, error = "fail", None
        told = {"transactionalId": self.name, "sends": sends, "polls": list(polls), "moves": list(moves)}
        tell(self.process, type="invoke", f="transact")
        underway[self.process] = "fail", told
        try:
            self.producer.begin_transaction()
            body(sends)
            if self.producer.flush(SECONDS) > 0 or self.unsent is not None:
                raise KafkaException(self.unsent or KafkaError(KafkaError._TIMED_OUT))
            dice = self.random.randrange(100)
            if dice < crash:
                error = "crash"
            elif dice < crash + abort:
                self.producer.abort_transaction(SECONDS)
            else:
                tell(self.process, type="commits")
                kind = "info"
                underway[self.process] = kind, told
                self.producer.commit_transaction(SECONDS)
                kind = "ok"
        except KafkaException as failure:
            error = failure.args[0].name()
            if kind == "fail":
                self.give_up()
        tell(self.process, f="transact", type=kind, **told, **({"error": error} if error else {}))
        underway.pop(self.process, None)
        if error is not None:
            raise Ended()
        return kind == "ok"

    def give_up(self):
        try:
            self.producer.abort_transaction(SECONDS)
        except KafkaException:
            pass

    def close(self):
        """What was not sent is forgotten: nobody is to find it later."""
        self.producer.purge()


def transactor(name, number):
    one = Incarnation(name, number)
    try:
        while not over.is_set():
            count = 1 + one.random.randrange(6)
            one.transact(lambda sends: [one.send(sends, INPUT) for _ in range(count)], crash=3, abort=12)
            time.sleep(one.random.random() / 50)
    finally:
        one.close()


def processor(name, number):
    one = Incarnation(name, number)
    config = {
        "bootstrap.servers": SERVERS,
        "group.id": GROUP,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "session.timeout.ms": 6_000,
        # So long a JoinGroup waits, also for a coordinator that is gone without a word.
        "max.poll.interval.ms": 15_000,
        "heartbeat.interval.ms": 1_000,
        "topic.metadata.refresh.interval.ms": 2_000,
        "log_level": 0,
    }
    consumer = Consumer(config)
    try:
        consumer.subscribe([INPUT])
        while not over.is_set():
            moves_on(one.process)
            messages = [each for each in consumer.consume(20, 0.2) if each.error() is None]
            if messages:
                process(one, consumer, messages)
    finally:
        consumer.close()
        one.close()


def process(one, consumer, messages):
    found = {}
    for message in messages:
        found.setdefault(message.partition(), []).append(message)
    polls, moves, offsets = [], [], []
    for partition, own in found.items():
        at, first, following = f"{INPUT}-{partition}", own[0].offset(), own[-1].offset() + 1
        records = [[each.offset(), each.value().decode()] for each in own]
        polls.append({"at": at, "from": first, "next": following, "records": records})
        moves.append({"group": GROUP, "at": at, "from": first, "to": following})
        offsets.append(TopicPartition(INPUT, partition, following))

    def body(sends):
        for each in messages:
            one.send(sends, OUTPUT, f"<{each.topic()}-{each.partition()}@{each.offset()}")
        one.producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), SECONDS)

    # A member that did not commit has to begin anew where its group is.
    if not one.transact(body, crash=1, abort=6, polls=polls, moves=moves):
        raise Ended()


def live(life, name):
    """One incarnation after another. One that is stuck is left alone, and does nothing more where it wakes up."""
    number = 0
    while not over.is_set():
        number += 1
        process = f"{name}.{number}"
        moves_on(process)
        thread = threading.Thread(target=once, args=(life, name, number), daemon=True)
        thread.start()
        while thread.is_alive() and time.monotonic() - moved[process] < STUCK_SECONDS:
            thread.join(1)
        if thread.is_alive():
            print(f"{process} is stuck", file=sys.stderr, flush=True)
            if process in underway:
                kind, told = underway[process]
                tell(process, f="transact", type=kind, **told, error="stuck")
            stuck.add(process)


def once(life, name, number):
    try:
        life(name, number)
    except Ended:
        pass
    except KafkaException as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        time.sleep(0.1)


lives = [(transactor, f"{GROUP}-p{i}") for i in range(TRANSACTORS)]
lives += [(processor, f"{GROUP}-q{i}") for i in range(PROCESSORS)]
threads = [threading.Thread(target=live, args=each) for each in lives]
for thread in threads:
    thread.start()
sys.stdin.read()
over.set()
for thread in threads:
    thread.join()
sys.stdout.flush()
# Without waiting for the clients of those that are stuck.
os._exit(0)
