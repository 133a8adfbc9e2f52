"""librdkafka fetches its tokens itself: writes a record and reads it again."""

import sys

from confluent_kafka import Consumer, Producer

bootstrap, topic, url, client, secret = sys.argv[1:]

LOGIN = {
    "bootstrap.servers": bootstrap,
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanisms": "OAUTHBEARER",
    "sasl.oauthbearer.method": "oidc",
    "sasl.oauthbearer.client.id": client,
    "sasl.oauthbearer.client.secret": secret,
    "sasl.oauthbearer.token.endpoint.url": url,
}

producer = Producer(LOGIN)
producer.produce(topic, b"from librdkafka")
if producer.flush(60) > 0:
    sys.exit("not written")
consumer = Consumer({**LOGIN, "group.id": topic, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
message = consumer.poll(60)
print(message.value().decode())
consumer.close()
