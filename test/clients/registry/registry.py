"""Confluent's Python client of a schema registry: what it stores and gives back, and its serialisers."""

import sys

from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient, SchemaRegistryError
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.schema_registry.schema_registry_client import ConfigCompatibilityLevel, ServerConfig
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2

from json_commands import serve

STATE = {}


def connect(command):
    config = {"url": command["url"]}
    if "user" in command:
        config["basic.auth.user.info"] = command["user"]
    if "ca" in command:
        config["ssl.ca.location"] = command["ca"]
    STATE["client"] = SchemaRegistryClient(config)
    # One that remembers nothing of what the first has sent, as a consumer's does.
    STATE["other"] = SchemaRegistryClient(config)


def avro(command):
    client, topic = STATE["client"], command["topic"]
    inner = '{"type":"record","name":"Inner","namespace":"n","fields":[{"name":"x","type":"int"}]}'
    client.register_schema("py-inner", Schema(inner, "AVRO"))
    outer = '{"type":"record","name":"Outer","fields":[{"name":"i","type":"n.Inner"},{"name":"s","type":"string"}]}'
    schema = Schema(outer, "AVRO", [SchemaReference("n.Inner", "py-inner", 1)])
    context = SerializationContext(topic, MessageField.VALUE)
    value = {"i": {"x": 7}, "s": "é"}
    data = AvroSerializer(client, schema)(value, context)
    return {"same": AvroDeserializer(STATE["other"])(data, context) == value, "id": int.from_bytes(data[1:5], "big")}


def json_schema(command):
    client, topic = STATE["client"], command["topic"]
    schema = '{"title":"T","type":"object","properties":{"a":{"type":"string"}},"required":["a"]}'
    context = SerializationContext(topic, MessageField.VALUE)
    value = {"a": "b"}
    data = JSONSerializer(schema, client)(value, context)
    return {"same": JSONDeserializer(None, schema_registry_client=STATE["other"])(data, context) == value}


def protobuf_message():
    """Of a file that imports one of a user's own and one of Protobuf's."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    inner = descriptor_pb2.FileDescriptorProto(name="inner.proto", package="n", syntax="proto3")
    inner.message_type.add(name="Inner").field.add(name="x", number=1, label=1, type=5)
    pool.Add(inner)
    outer = descriptor_pb2.FileDescriptorProto(name="outer.proto", package="n", syntax="proto3")
    outer.dependency.extend(["inner.proto", "google/protobuf/timestamp.proto"])
    fields = outer.message_type.add(name="Outer").field
    fields.add(name="i", number=1, label=1, type=11, type_name=".n.Inner")
    fields.add(name="at", number=2, label=1, type=11, type_name=".google.protobuf.Timestamp")
    pool.Add(outer)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("n.Outer"))


def protobuf(command):
    client, topic = STATE["client"], command["topic"]
    context = SerializationContext(topic, MessageField.VALUE)
    Outer = protobuf_message()
    value = Outer(i={"x": 7}, at={"seconds": 5})
    data = ProtobufSerializer(Outer, client, {"skip.known.types": command["skips"]})(value, context)
    back = ProtobufDeserializer(Outer, {}, STATE["other"])(data, context)
    version = STATE["other"].get_latest_version(topic + "-value")
    return {"same": back == value, "references": [r.name for r in version.schema.references or []]}


def administer(command):
    client = STATE["client"]
    schema = Schema('{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]}', "AVRO")
    made = client.register_schema_full_response("py-admin", schema)
    found = client.lookup_schema("py-admin", schema)
    by_guid = client.get_schema_by_guid(made.guid)
    client.set_compatibility("py-admin", "FULL")
    worse = Schema('{"type":"record","name":"A","fields":[{"name":"b","type":"int"}]}', "AVRO")
    try:
        client.register_schema("py-admin", worse)
        refused = None
    except SchemaRegistryError as e:
        refused = [e.http_status_code, e.error_code]
    config = client.set_config("py-admin", ServerConfig(compatibility=ConfigCompatibilityLevel.NONE))
    result = {
        "same": found.schema_id == made.schema_id and by_guid.schema_str == schema.schema_str,
        "refused": refused,
        "level": client.get_compatibility("py-admin"),
        "config": config["compatibility"],
        "compatible": client.test_compatibility("py-admin", worse),
        "types": sorted(client.get_schema_types()),
        "versions": client.get_versions("py-admin"),
        "subjects": client.get_subjects_by_schema_id(made.schema_id),
        "mode": client.get_global_mode(),
        "contexts": client.get_contexts(),
        "referenced": client.get_referenced_by("py-inner", 1) != [],
    }
    client.delete_version("py-admin", 1)
    client.delete_subject("py-admin", permanent=True) if "py-admin" in client.get_subjects(deleted=True) else None
    result["left"] = "py-admin" in client.get_subjects(deleted=True)
    return result


def attempt(command):
    try:
        return {"subjects": STATE["client"].get_subjects()}
    except SchemaRegistryError as e:
        return {"refused": [e.http_status_code, e.error_code]}


COMMANDS = {
    "connect": connect,
    "avro": avro,
    "json": json_schema,
    "protobuf": protobuf,
    "administer": administer,
    "attempt": attempt,
}

if __name__ == "__main__":
    serve(lambda command: COMMANDS[command["op"]](command))
    sys.exit(0)
