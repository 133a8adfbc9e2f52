"""Moves numbers into two topics at once, by librdkafka's transactions, until it is told to stop; then says what is in them."""

import sys
import threading

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

SERVERS = sys.argv[1]
TOPICS = ["left", "right"]
MOST_AT_ONCE_S = 30


def connected():
    settings = {
        "bootstrap.servers": SERVERS,
        "transactional.id": "transfers",
        "transaction.timeout.ms": 10_000,
        "socket.timeout.ms": 5_000,
        "linger.ms": 0,
    }
    while True:
        producer = Producer(settings)
        try:
            producer.init_transactions(MOST_AT_ONCE_S)
            return producer
        except KafkaException:
            pass


def finish(step):
    """Again as long as the client says that it may help."""
    while True:
        try:
            return step(MOST_AT_ONCE_S)
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


def transfer(producer, number):
    producer.begin_transaction()
    for topic in TOPICS:
        producer.produce(topic, str(number).encode())
    if number % 4 == 0:
        producer.flush(MOST_AT_ONCE_S)
        finish(producer.abort_transaction)
        return "aborted"
    finish(producer.commit_transaction)
    return "committed"


def read(topic):
    settings = {
        "bootstrap.servers": SERVERS,
        "group.id": "reader",
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
    }
    reader = Consumer(settings)
    reader.assign([TopicPartition(topic, 0, 0)])
    values = []
    while True:
        message = reader.poll(MOST_AT_ONCE_S)
        if message is None or message.error():
            break
        values.append(message.value().decode())
    reader.close()
    return values


def main():
    admin = AdminClient({"bootstrap.servers": SERVERS})
    topics = [NewTopic(name, 1, 3, config={"min.insync.replicas": "2"}) for name in TOPICS]
    for future in admin.create_topics(topics).values():
        future.result()
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    producer = connected()
    number = 0
    while not stop.is_set():
        number += 1
        try:
            print(transfer(producer, number), number, flush=True)
        except KafkaException as error:
            print("unknown", number, error.args[0].name(), flush=True)
            if error.args[0].fatal():
                producer = connected()
            else:
                try:
                    finish(producer.abort_transaction)
                except KafkaException:
                    producer = connected()
        # Not faster than a few dozen a second.
        stop.wait(0.02)
    for topic in TOPICS:
        print(topic, *read(topic), flush=True)


main()
