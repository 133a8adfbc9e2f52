"""A producer of librdkafka that tells the broker of itself until it is killed."""

import sys
import time

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": sys.argv[1], "client.id": "librdkafka-client", "enable.metrics.push": True})
while True:
    producer.produce(sys.argv[2], b"x")
    producer.poll(0.05)
    time.sleep(0.05)
