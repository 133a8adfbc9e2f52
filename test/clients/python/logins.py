"""kafka-python and librdkafka, who log in as they are told to: write what they are given, in rounds, and read as much."""

import logging
import sys
import time

import confluent_kafka
import kafka
import kafka.net.sasl.oauth as oauth
from json_commands import serve

PATIENCE_S = 30


class Given(oauth.AbstractTokenProvider):
    def __init__(self, token):
        self.given = token

    def token(self):
        return self.given


class Complaints(logging.Handler):
    """kafka-python tells in its log alone why it has no connection."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def kafka_python(c):
    complaints = Complaints()
    logging.getLogger("kafka").addHandler(complaints)
    try:
        return kafka_python_use(c)
    except kafka.errors.KafkaTimeoutError as e:
        told = [line for line in complaints.lines if "uthent" in line]
        raise RuntimeError(f"{e} {told[:3]}") from e
    finally:
        logging.getLogger("kafka").removeHandler(complaints)


def kafka_python_use(c):
    login = {
        "bootstrap_servers": c["bootstrap"],
        "security_protocol": c["protocol"],
        "sasl_mechanism": c["mechanism"],
        "ssl_cafile": c.get("ca"),
        "bootstrap_timeout_ms": 10_000,
    }
    if "token" in c:
        login["sasl_oauth_token_provider"] = Given(c["token"])
    else:
        login.update(sasl_plain_username=c["user"], sasl_plain_password=c["password"])
    producer = kafka.KafkaProducer(**login, max_block_ms=PATIENCE_S * 1000)
    consumer = kafka.KafkaConsumer(**login, group_id=c["topic"], auto_offset_reset="earliest")
    # See driver.py: a join that a poll's end interrupts may never end.
    consumer.partitions_for_topic(c["topic"])
    consumer.subscribe([c["topic"]])
    got = []
    sent = 0
    for n in range(c.get("rounds", 1)):
        if n > 0:
            time.sleep(c["pauseMs"] / 1000)
        for value in c["values"]:
            producer.send(c["topic"], value.encode()).get(timeout=PATIENCE_S)
            sent += 1
        end = time.time() + PATIENCE_S
        while len(got) < sent and time.time() < end:
            for batch in consumer.poll(timeout_ms=1000).values():
                got.extend(m.value.decode() for m in batch)
    producer.close()
    consumer.close()
    return {"values": got}


def librdkafka(c):
    failures = []

    def failed(error):
        failures.append(error)

    login = {
        "bootstrap.servers": c["bootstrap"],
        "security.protocol": c["protocol"],
        "sasl.mechanisms": c["mechanism"],
        "error_cb": failed,
    }
    if "ca" in c:
        login["ssl.ca.location"] = c["ca"]
    if "token" in c:
        login["oauth_cb"] = lambda _: (c["token"], time.time() + 3600)
    else:
        login.update({"sasl.username": c["user"], "sasl.password": c["password"]})

    def check():
        for error in failures:
            if error.code() == confluent_kafka.KafkaError._AUTHENTICATION:
                raise RuntimeError(f"_AUTHENTICATION: {error.str()}")

    producer = confluent_kafka.Producer(login)
    consumer = confluent_kafka.Consumer({**login, "group.id": c["topic"], "auto.offset.reset": "earliest"})
    consumer.subscribe([c["topic"]])
    got = []
    sent = 0
    try:
        for n in range(c.get("rounds", 1)):
            if n > 0:
                time.sleep(c["pauseMs"] / 1000)
            for value in c["values"]:
                producer.produce(c["topic"], value.encode())
                sent += 1
            end = time.time() + PATIENCE_S
            while len(producer) > 0 and time.time() < end:
                producer.flush(0.2)
                check()
            while len(got) < sent and time.time() < end:
                message = consumer.poll(0.2)
                check()
                if message is not None and message.error() is None:
                    got.append(message.value().decode())
    finally:
        producer.purge()
        consumer.close()
    return {"values": got, "failures": [e.str() for e in failures]}


serve(kafka_python if sys.argv[1] == "kafka-python" else librdkafka)
