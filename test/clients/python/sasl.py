"""Logs in, writes one record and reads it back: bootstrap, mechanism, user, password, topic."""

import json
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

bootstrap, mechanism, user, password, topic = sys.argv[1:]
login = {
    "bootstrap_servers": bootstrap,
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": mechanism,
    "sasl_plain_username": user,
    "sasl_plain_password": password,
}
try:
    producer = KafkaProducer(**login)
    producer.send(topic, b"from python").get(timeout=20)
    producer.close()
    consumer = KafkaConsumer(**login, auto_offset_reset="earliest", consumer_timeout_ms=20000)
    consumer.assign([TopicPartition(topic, 0)])
    print(json.dumps(next(consumer).value.decode()))
    consumer.close()
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "text": str(error)}))
