"""The Python clients under remote control. Bytes travel as base64."""

import base64
import queue
import sys
import threading
import time

from json_commands import serve


def encode(value):
    return None if value is None else base64.b64encode(value).decode()


def decode(value):
    return None if value is None else base64.b64decode(value)


class KafkaPython:
    def __init__(self, bootstrap):
        import kafka
        import kafka.admin

        self.kafka = kafka
        self.bootstrap = bootstrap
        self.admin = kafka.KafkaAdminClient(bootstrap_servers=bootstrap)

    def close(self):
        self.admin.close()

    def create_topic(self, topic, partitions):
        self.admin.create_topics({topic: {"num_partitions": partitions, "replication_factor": 1}})

    def produce(self, topic, records, compression):
        producer = self.kafka.KafkaProducer(
            bootstrap_servers=self.bootstrap,
            compression_type=None if compression == "none" else compression,
            max_request_size=4_000_000,
            linger_ms=5,
        )
        sent = [
            producer.send(
                topic,
                value=r["value"],
                key=r["key"],
                headers=r["headers"],
                partition=r["partition"],
                timestamp_ms=r["timestamp"],
            )
            for r in records
        ]
        placed = [f.get(timeout=60) for f in sent]
        producer.close()
        return [{"partition": p.partition, "offset": p.offset} for p in placed]

    def _consumer(self, group=None):
        return self.kafka.KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            heartbeat_interval_ms=300,
        )

    @staticmethod
    def _record(m):
        return {
            "key": encode(m.key),
            "value": encode(m.value),
            "headers": [[k, encode(v)] for k, v in m.headers],
            "timestamp": m.timestamp,
            "partition": m.partition,
            "offset": m.offset,
        }

    def consume(self, topic, since, count, timeout):
        consumer = self._consumer()
        found = []
        try:
            ids = consumer.partitions_for_topic(topic)
            partitions = [self.kafka.TopicPartition(topic, p) for p in ids]
            consumer.assign(partitions)
            if since is None:
                consumer.seek_to_beginning(*partitions)
            else:
                for p, at in consumer.offsets_for_times({p: since for p in partitions}).items():
                    if at is None:
                        consumer.seek_to_end(p)
                    else:
                        consumer.seek(p, at.offset)
            end = time.time() + timeout
            while len(found) < count and time.time() < end:
                for batch in consumer.poll(timeout_ms=200).values():
                    found.extend(self._record(m) for m in batch)
        finally:
            consumer.close()
        return found

    def join(self, group, topic, more):
        consumer = self._consumer(group)
        # A join that begins again because partitions became known meanwhile, or that a poll's end interrupts, may never
        # end in kafka-python 3.0.12: the broker has answered SyncGroup, the client waits on.
        consumer.partitions_for_topic(topic)
        consumer.subscribe([topic])
        return consumer

    def poll(self, consumer):
        return [self._record(m) for batch in consumer.poll(timeout_ms=1000).values() for m in batch]

    def assignment(self, consumer):
        return [p.partition for p in consumer.assignment()]

    def commit(self, consumer):
        consumer.commit()

    def committed(self, group, topic):
        offsets = self.admin.list_group_offsets({group: None})[group]
        return {str(p.partition): o.offset for p, o in offsets.items() if p.topic == topic}

    def _config(self, topic, configs):
        from kafka.admin import ConfigResource, ConfigResourceType

        return ConfigResource(ConfigResourceType.TOPIC, topic, configs=configs)

    def list_topics(self):
        return self.admin.list_topics()

    def partitions(self, topic):
        return len(self.admin.describe_topics([topic])[0]["partitions"])

    def get_config(self, topic, name):
        found = self.admin.describe_configs([self._config(topic, {name: None})], config_filter="all")
        return found["topic"][topic][name]["value"]

    def set_config(self, topic, name, value):
        self.admin.alter_configs([self._config(topic, {name: value})])

    def add_partitions(self, topic, count):
        self.admin.create_partitions({topic: count})

    def delete_records(self, topic, partition, before):
        self.admin.delete_records({self.kafka.TopicPartition(topic, partition): before})

    def groups(self):
        return [g["group_id"] for g in self.admin.list_groups()]

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])

    def cluster_id(self):
        return self.admin.describe_cluster()["cluster_id"]


class Confluent:
    def __init__(self, bootstrap):
        import confluent_kafka
        import confluent_kafka.admin

        self.ck = confluent_kafka
        self.ca = confluent_kafka.admin
        self.bootstrap = bootstrap
        self.admin = self.ca.AdminClient({"bootstrap.servers": bootstrap})

    def close(self):
        self.admin = None

    def create_topic(self, topic, partitions):
        self.admin.create_topics([self.ca.NewTopic(topic, partitions, 1)])[topic].result()

    def produce(self, topic, records, compression):
        producer = self.ck.Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "compression.type": compression,
                "message.max.bytes": 4_000_000,
                "enable.idempotence": True,
            }
        )
        placed = [None] * len(records)
        failed = []

        def report(i):
            def delivered(error, message):
                if error is not None:
                    failed.append(str(error))
                else:
                    placed[i] = {"partition": message.partition(), "offset": message.offset()}

            return delivered

        for i, r in enumerate(records):
            where = {} if r["partition"] is None else {"partition": r["partition"]}
            when = {} if r["timestamp"] is None else {"timestamp": r["timestamp"]}
            producer.produce(
                topic, value=r["value"], key=r["key"], headers=r["headers"], on_delivery=report(i), **where, **when
            )
        producer.flush(60)
        if failed or None in placed:
            raise RuntimeError(f"not delivered: {failed[:3]}")
        return placed

    def _consumer(self, group=None, protocol="classic"):
        config = {
            "bootstrap.servers": self.bootstrap,
            "group.id": group or "unused",
            "group.protocol": protocol,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
        # Members of the consumer protocol are told by the broker.
        if protocol == "classic":
            config["heartbeat.interval.ms"] = 300
        return self.ck.Consumer(config)

    @staticmethod
    def _records(messages):
        """An error that is not fatal is news: the consumer goes on by itself."""
        for m in messages:
            if m.error() is None:
                continue
            if m.error().fatal():
                raise RuntimeError(str(m.error()))
            print(f"told by the consumer: {m.error()}", file=sys.stderr, flush=True)
        return [
            {
                "key": encode(m.key()),
                "value": encode(m.value()),
                "headers": [[k, encode(v)] for k, v in m.headers() or []],
                "timestamp": m.timestamp()[1],
                "partition": m.partition(),
                "offset": m.offset(),
            }
            for m in messages
            if m.error() is None
        ]

    def consume(self, topic, since, count, timeout):
        consumer = self._consumer()
        found = []
        try:
            ids = consumer.list_topics(topic, timeout=60).topics[topic].partitions
            at = self.ck.OFFSET_BEGINNING if since is None else since
            places = [self.ck.TopicPartition(topic, p, at) for p in ids]
            if since is not None:
                places = consumer.offsets_for_times(places, timeout=60)
            consumer.assign(places)
            end = time.time() + timeout
            while len(found) < count and time.time() < end:
                found.extend(self._records(consumer.consume(500, timeout=0.2)))
        finally:
            consumer.close()
        return found

    def join(self, group, topic, more):
        consumer = self._consumer(group, more.get("protocol", "classic"))
        # A name that begins with ^ is a pattern.
        consumer.subscribe([more.get("pattern", topic)])
        return consumer

    def poll(self, consumer):
        return self._records(consumer.consume(500, timeout=0.1))

    def assignment(self, consumer):
        return [p.partition for p in consumer.assignment()]

    def commit(self, consumer):
        try:
            consumer.commit(asynchronous=False)
        except self.ck.KafkaException as e:
            # Nothing to commit: the other clients say nothing about that.
            if e.args[0].code() != self.ck.KafkaError._NO_OFFSET:
                raise

    def committed(self, group, topic):
        asked = [self.ck.ConsumerGroupTopicPartitions(group)]
        found = self.admin.list_consumer_group_offsets(asked)[group].result().topic_partitions
        return {str(p.partition): p.offset for p in found if p.topic == topic}

    def list_topics(self):
        return list(self.admin.list_topics(timeout=60).topics)

    def partitions(self, topic):
        return len(self.admin.list_topics(topic, timeout=60).topics[topic].partitions)

    def get_config(self, topic, name):
        resource = self.ca.ConfigResource(self.ca.ResourceType.TOPIC, topic)
        return self.admin.describe_configs([resource])[resource].result()[name].value

    def set_config(self, topic, name, value):
        entry = self.ca.ConfigEntry(name, value, incremental_operation=self.ca.AlterConfigOpType.SET)
        resource = self.ca.ConfigResource(self.ca.ResourceType.TOPIC, topic, incremental_configs=[entry])
        self.admin.incremental_alter_configs([resource])[resource].result()

    def add_partitions(self, topic, count):
        self.admin.create_partitions([self.ca.NewPartitions(topic, count)])[topic].result()

    def delete_records(self, topic, partition, before):
        place = self.ck.TopicPartition(topic, partition, before)
        self.admin.delete_records([place])[place].result()

    def groups(self):
        return [g.group_id for g in self.admin.list_consumer_groups().result().valid]

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])[topic].result()

    def cluster_id(self):
        return self.admin.describe_cluster().result().cluster_id


class Member:
    """Polls on its own thread until it is told to leave; a consumer is used by that thread alone."""

    def __init__(self, client, group, topic, more):
        self.client = client
        self.received = []
        self.assignment = []
        self.failure = None
        self.leaving = False
        self.asked = None
        self.consumer = client.join(group, topic, more)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.leaving:
                self.received.extend(self.client.poll(self.consumer))
                self.assignment = self.client.assignment(self.consumer)
                asked, self.asked = self.asked, None
                if asked is not None:
                    asked.put(self._outcome_of_commit())
            self.consumer.close()
        except Exception as e:  # told to whoever asks next
            self.failure = e

    def _outcome_of_commit(self):
        """A commit may fail and be tried again: one that met a rebalance or a broker that restarts. The member reads on."""
        try:
            self.client.commit(self.consumer)
        except Exception as e:
            return e

    def check(self):
        if self.failure is not None:
            raise self.failure
        return self

    def commit(self):
        asked = queue.Queue()
        self.asked = asked
        while True:
            try:
                failed = asked.get(timeout=0.1)
            except queue.Empty:
                self.check()
                continue
            if failed is not None:
                raise failed
            return

    def leave(self):
        self.leaving = True
        self.thread.join(60)
        self.check()


KINDS = {"kafka-python": KafkaPython, "confluent": Confluent}
kind = KINDS[sys.argv[1]]
client = None
members = {}


def run(c):
    global client
    op, topic = c["op"], c.get("topic")
    if op == "connect":
        if client is not None:
            client.close()
        client = kind(c["bootstrap"])
    elif op == "createTopic":
        client.create_topic(topic, c["partitions"])
    elif op == "produce":
        records = [
            {
                "key": decode(r.get("key")),
                "value": decode(r.get("value")),
                "headers": [(k, decode(v)) for k, v in r.get("headers", [])],
                "partition": r.get("partition"),
                "timestamp": r.get("timestamp"),
            }
            for r in c["records"]
        ]
        return client.produce(topic, records, c["compression"])
    elif op == "consume":
        since = c["from"] if isinstance(c["from"], int) else None
        return client.consume(topic, since, c["count"], c.get("timeoutMs", 60000) / 1000)
    elif op == "join":
        members[c["member"]] = Member(client, c["group"], topic, c)
    elif op == "assignment":
        return members[c["member"]].check().assignment
    elif op == "received":
        return list(members[c["member"]].check().received)
    elif op == "commit":
        members[c["member"]].commit()
    elif op == "leave":
        members.pop(c["member"]).leave()
    elif op == "committed":
        return client.committed(c["group"], topic)
    elif op == "listTopics":
        return client.list_topics()
    elif op == "partitions":
        return client.partitions(topic)
    elif op == "getConfig":
        return client.get_config(topic, c["name"])
    elif op == "setConfig":
        client.set_config(topic, c["name"], c["value"])
    elif op == "addPartitions":
        client.add_partitions(topic, c["partitions"])
    elif op == "deleteRecords":
        client.delete_records(topic, c["partition"], c["before"])
    elif op == "groups":
        return client.groups()
    elif op == "deleteTopic":
        client.delete_topic(topic)
    elif op == "clusterId":
        return client.cluster_id()
    else:
        raise ValueError(f"unknown command {op}")


serve(run)
