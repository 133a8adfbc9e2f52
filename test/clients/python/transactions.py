"""What librdkafka's transactional producers see, one line for each step."""

import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

SERVERS = sys.argv[1]


def producer(name):
    made = Producer({"bootstrap.servers": SERVERS, "transactional.id": name, "linger.ms": 0})
    made.init_transactions(30)
    return made


def consumer(isolation, group="readers"):
    return Consumer(
        {
            "bootstrap.servers": SERVERS,
            "group.id": group,
            "isolation.level": isolation,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )


def read(isolation, topic="py"):
    reader = consumer(isolation)
    reader.assign([TopicPartition(topic, 0, 0)])
    values = []
    while True:
        message = reader.poll(10)
        if message is None or message.error():
            break
        values.append(message.value().decode())
    reader.close()
    return values


def main():
    admin = AdminClient({"bootstrap.servers": SERVERS})
    for future in admin.create_topics([NewTopic("py", 1, 1), NewTopic("pyout", 1, 1)]).values():
        future.result()
    first = producer("py")
    first.begin_transaction()
    first.produce("py", b"c0")
    first.flush()
    print("open:", read("read_committed"), "of", read("read_uncommitted"))
    first.commit_transaction(30)
    first.begin_transaction()
    first.produce("py", b"a0")
    first.flush()
    first.abort_transaction(30)
    first.begin_transaction()
    first.produce("py", b"c1")
    first.commit_transaction(30)
    print("ended:", read("read_committed"), "of", read("read_uncommitted"))
    reader = consumer("read_committed", "pygroup")
    reader.subscribe(["py"])
    message = None
    while message is None or message.error():
        message = reader.poll(10)
    first.begin_transaction()
    first.produce("pyout", b"from " + message.value())
    offsets = [TopicPartition("py", 0, message.offset() + 1)]
    first.send_offsets_to_transaction(offsets, reader.consumer_group_metadata(), 30)
    first.commit_transaction(30)
    print("offset:", reader.committed([TopicPartition("py", 0)], 10)[0].offset)
    reader.close()
    second = producer("py")
    try:
        first.begin_transaction()
        first.produce("py", b"zombie")
        first.commit_transaction(30)
        print("not fenced")
    except KafkaException as error:
        print("fenced:", error.args[0].name())
    second.begin_transaction()
    second.produce("py", b"c2")
    second.commit_transaction(30)
    print("py:", read("read_committed"))
    print("pyout:", read("read_committed", "pyout"))


main()
