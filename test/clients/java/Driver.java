import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Java client under remote control. Bytes travel as base64. */
public final class Driver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Member> MEMBERS = new ConcurrentHashMap<>();
    private static String bootstrap;
    private static Admin admin;

    public static void main(String[] args) throws Exception {
        JsonCommands.serve(Driver::run);
    }

    private static Object run(JsonNode c) throws Exception {
        String topic = c.path("topic").asText();
        switch (c.path("op").asText()) {
            case "connect":
                if (admin != null) admin.close();
                bootstrap = c.path("bootstrap").asText();
                admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
                return null;
            case "createTopic":
                admin.createTopics(List.of(new NewTopic(topic, c.path("partitions").asInt(), (short) 1))).all().get();
                return null;
            case "produce":
                return produce(c, topic);
            case "consume":
                return consume(c, topic);
            case "join":
                MEMBERS.put(c.path("member").asText(), new Member(c.path("group").asText(), topic, c.path("protocol").asText("classic"), c.path("pattern").asText("")));
                return null;
            case "assignment":
                return MEMBERS.get(c.path("member").asText()).check().assignment;
            case "received": {
                Member member = MEMBERS.get(c.path("member").asText()).check();
                synchronized (member.received) {
                    return new ArrayList<>(member.received);
                }
            }
            case "commit":
                MEMBERS.get(c.path("member").asText()).commit();
                return null;
            case "leave":
                MEMBERS.remove(c.path("member").asText()).leave();
                return null;
            case "committed": {
                Map<String, Long> offsets = new TreeMap<>();
                admin.listConsumerGroupOffsets(c.path("group").asText()).partitionsToOffsetAndMetadata().get().forEach((p, o) -> {
                    if (p.topic().equals(topic)) offsets.put(String.valueOf(p.partition()), o.offset());
                });
                return offsets;
            }
            case "listTopics":
                return admin.listTopics().names().get();
            case "partitions":
                return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
            case "getConfig": {
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(c.path("name").asText()).value();
            }
            case "setConfig": {
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                ConfigEntry entry = new ConfigEntry(c.path("name").asText(), c.path("value").asText());
                admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET)))).all().get();
                return null;
            }
            case "addPartitions":
                admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(c.path("partitions").asInt()))).all().get();
                return null;
            case "deleteRecords": {
                TopicPartition partition = new TopicPartition(topic, c.path("partition").asInt());
                admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(c.path("before").asLong()))).all().get();
                return null;
            }
            case "groups": {
                List<String> ids = new ArrayList<>();
                admin.listGroups().all().get().forEach(group -> ids.add(group.groupId()));
                return ids;
            }
            case "groupState":
                return admin.describeConsumerGroups(List.of(c.path("group").asText())).all().get().get(c.path("group").asText())
                    .groupState().toString();
            case "deleteTopic":
                admin.deleteTopics(List.of(topic)).all().get();
                return null;
            case "clusterId":
                return admin.describeCluster().clusterId().get();
            default:
                throw new IllegalArgumentException("unknown command " + c.path("op").asText());
        }
    }

    private static byte[] bytes(JsonNode node) {
        return node == null || node.isNull() || node.isMissingNode() ? null : Base64.getDecoder().decode(node.asText());
    }

    private static Object produce(JsonNode c, String topic) throws Exception {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("compression.type", c.path("compression").asText("none"));
        config.put("max.request.size", 4_000_000);
        config.put("linger.ms", 5);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (JsonNode r : c.path("records")) {
                Integer partition = r.path("partition").isInt() ? Integer.valueOf(r.path("partition").asInt()) : null;
                Long timestamp = r.path("timestamp").isNumber() ? Long.valueOf(r.path("timestamp").asLong()) : null;
                ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, partition, timestamp, bytes(r.get("key")), bytes(r.get("value")));
                for (JsonNode h : r.path("headers")) record.headers().add(h.get(0).asText(), bytes(h.get(1)));
                sent.add(producer.send(record));
            }
            List<Map<String, Object>> placed = new ArrayList<>();
            for (Future<RecordMetadata> f : sent) {
                placed.add(Map.of("partition", f.get().partition(), "offset", f.get().offset()));
            }
            return placed;
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String group, String protocol) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("enable.auto.commit", false);
        config.put("auto.offset.reset", "earliest");
        if (group != null) {
            config.put("group.id", group);
            config.put("group.protocol", protocol);
            // Members of the consumer protocol are told by the broker.
            if (protocol.equals("classic")) config.put("heartbeat.interval.ms", 300);
        }
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static ObjectNode json(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode node = JSON.createObjectNode();
        node.put("key", record.key() == null ? null : Base64.getEncoder().encodeToString(record.key()));
        node.put("value", record.value() == null ? null : Base64.getEncoder().encodeToString(record.value()));
        ArrayNode headers = node.putArray("headers");
        for (Header header : record.headers()) {
            headers.addArray().add(header.key()).add(header.value() == null ? null : Base64.getEncoder().encodeToString(header.value()));
        }
        node.put("timestamp", record.timestamp());
        node.put("partition", record.partition());
        node.put("offset", record.offset());
        return node;
    }

    private static Object consume(JsonNode c, String topic) {
        List<ObjectNode> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(null, null)) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (PartitionInfo p : consumer.partitionsFor(topic)) partitions.add(new TopicPartition(topic, p.partition()));
            consumer.assign(partitions);
            if (c.path("from").isNumber()) {
                Map<TopicPartition, Long> times = new HashMap<>();
                for (TopicPartition p : partitions) times.put(p, c.path("from").asLong());
                consumer.offsetsForTimes(times).forEach((p, found) -> {
                    if (found == null) consumer.seekToEnd(List.of(p));
                    else consumer.seek(p, found.offset());
                });
            } else {
                consumer.seekToBeginning(partitions);
            }
            long end = System.currentTimeMillis() + c.path("timeoutMs").asLong(60_000);
            while (records.size() < c.path("count").asInt() && System.currentTimeMillis() < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) records.add(json(record));
            }
        }
        return records;
    }

    /** A group member that polls on its own thread until it is told to leave. */
    private static final class Member implements Runnable, ConsumerRebalanceListener {
        final List<ObjectNode> received = new ArrayList<>();
        volatile List<Integer> assignment = List.of();
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Thread thread;
        private volatile boolean leaving;
        private volatile CompletableFuture<Void> commitAsked;
        private volatile RuntimeException ended;

        /** With a pattern it is subscribed to what the broker finds by it. */
        Member(String group, String topic, String protocol, String pattern) {
            consumer = consumer(group, protocol);
            if (pattern.isEmpty()) consumer.subscribe(List.of(topic), this);
            else consumer.subscribe(new SubscriptionPattern(pattern), this);
            thread = new Thread(this);
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void run() {
            try {
                live();
            } catch (RuntimeException e) { // told to whoever asks next
                ended = e;
            }
        }

        private void live() {
            while (!leaving) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    synchronized (received) {
                        received.add(json(record));
                    }
                }
                List<Integer> owned = new ArrayList<>();
                for (TopicPartition p : consumer.assignment()) owned.add(p.partition());
                assignment = owned;
                CompletableFuture<Void> asked = commitAsked;
                if (asked != null) {
                    commitAsked = null;
                    try {
                        consumer.commitSync();
                        asked.complete(null);
                    } catch (RuntimeException e) {
                        asked.completeExceptionally(e);
                    }
                }
            }
            consumer.close();
        }

        void commit() throws Exception {
            CompletableFuture<Void> asked = new CompletableFuture<>();
            commitAsked = asked;
            while (true) {
                try {
                    asked.get(100, TimeUnit.MILLISECONDS);
                    return;
                } catch (TimeoutException e) {
                    check();
                }
            }
        }

        void leave() throws Exception {
            leaving = true;
            thread.join();
            check();
        }

        Member check() {
            if (ended != null) throw ended;
            return this;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        }
    }
}
