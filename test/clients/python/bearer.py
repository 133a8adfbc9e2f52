"""kafka-python logs in with a token: writes a record and reads it again."""

import sys

import kafka
import kafka.net.sasl.oauth as oauth

bootstrap, topic, token = sys.argv[1:]


class Given(oauth.AbstractTokenProvider):
    def token(self):
        return token


LOGIN = {
    "bootstrap_servers": bootstrap,
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "OAUTHBEARER",
    "sasl_oauth_token_provider": Given(),
}

producer = kafka.KafkaProducer(**LOGIN)
producer.send(topic, b"from python").get(timeout=60)
producer.close()
consumer = kafka.KafkaConsumer(topic, auto_offset_reset="earliest", consumer_timeout_ms=60_000, **LOGIN)
print(next(consumer).value.decode())
consumer.close()
