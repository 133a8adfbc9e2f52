import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Producers and members of groups that go on whatever happens to the cluster, and remember what they saw.
 */
public final class Load {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Producing> PRODUCERS = new ConcurrentHashMap<>();
    private static final Map<String, Member> MEMBERS = new ConcurrentHashMap<>();
    private static final Map<String, Admin> ADMINS = new ConcurrentHashMap<>();

    public static void main(String[] args) throws Exception {
        JsonCommands.serve(Load::run);
    }

    private static Object run(JsonNode c) throws Exception {
        String name = c.path("name").asText();
        switch (c.path("op").asText()) {
            case "produce":
                PRODUCERS.put(name, new Producing(c));
                return null;
            case "acknowledged":
                return PRODUCERS.get(name).drain();
            case "stop":
                PRODUCERS.get(name).stop();
                return null;
            case "join":
                MEMBERS.put(name, new Member(c));
                return null;
            case "delivered":
                return MEMBERS.get(name).drain();
            case "leave":
                MEMBERS.get(name).leave();
                return null;
            case "committed": {
                Map<String, Long> offsets = new TreeMap<>();
                Admin admin = ADMINS.computeIfAbsent(c.path("bootstrap").asText(), b -> Admin.create(Map.of("bootstrap.servers", b)));
                admin.listConsumerGroupOffsets(c.path("group").asText()).partitionsToOffsetAndMetadata().get(5, TimeUnit.SECONDS).forEach((p, o) -> {
                    if (o != null && p.topic().equals(c.path("topic").asText())) offsets.put(String.valueOf(p.partition()), o.offset());
                });
                return offsets;
            }
            case "stored":
                return stored(c);
            default:
                throw new IllegalArgumentException("unknown command " + c.path("op").asText());
        }
    }

    private static Map<String, Object> config(JsonNode c) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", c.path("bootstrap").asText());
        c.path("config").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        return config;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(JsonNode c, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(Map.of("enable.auto.commit", false, "auto.offset.reset", "earliest"));
        config.putAll(more);
        config.putAll(config(c));
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** A record's value is `producer:sequence`, filled up with blanks. */
    private static Object[] row(ConsumerRecord<byte[], byte[]> record) {
        String[] parts = new String(record.value(), 0, Math.min(record.value().length, 60), StandardCharsets.US_ASCII).trim().split(":");
        return new Object[] {record.partition(), record.offset(), parts[0], Long.valueOf(parts[1])};
    }

    /** Everything that the topic holds, up to the ends that it has now. */
    private static Object stored(JsonNode c) {
        List<Object[]> rows = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(c, Map.of("max.poll.records", 5000))) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (PartitionInfo p : consumer.partitionsFor(c.path("topic").asText())) partitions.add(new TopicPartition(p.topic(), p.partition()));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long until = System.currentTimeMillis() + c.path("timeoutMs").asLong(30_000);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                if (System.currentTimeMillis() > until) throw new IllegalStateException("could not read the topic to its end");
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) rows.add(row(record));
            }
        }
        return rows;
    }

    private static final class Producing implements Runnable {
        private final KafkaProducer<byte[], byte[]> producer;
        private final JsonNode c;
        private final Thread thread = new Thread(this);
        private final List<long[]> acknowledged = new ArrayList<>();
        private final List<String> failed = new ArrayList<>();
        private volatile long sent;
        private volatile boolean stopping;

        Producing(JsonNode c) {
            this.c = c;
            Map<String, Object> config = new HashMap<>(Map.of("acks", "all", "enable.idempotence", true, "linger.ms", 2));
            config.putAll(config(c));
            producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void run() {
            String name = c.path("name").asText();
            String topic = c.path("topic").asText();
            int partitions = c.path("partitions").asInt(1);
            long perSecond = c.path("perSecond").asLong(1000);
            long begun = System.nanoTime();
            for (long i = 0; !stopping; i++) {
                byte[] value = new byte[c.path("bytes").asInt(100)];
                Arrays.fill(value, (byte) ' ');
                byte[] text = (name + ":" + i).getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(text, 0, value, 0, text.length);
                long sequence = i;
                sent = i + 1;
                try {
                    producer.send(new ProducerRecord<>(topic, (int) (i % partitions), null, value), (metadata, error) -> {
                        long now = System.currentTimeMillis();
                        synchronized (acknowledged) {
                            if (error == null) acknowledged.add(new long[] {metadata.partition(), metadata.offset(), sequence, now});
                            else if (failed.size() < 20) failed.add(sequence + ": " + error);
                        }
                    });
                } catch (RuntimeException e) {
                    synchronized (acknowledged) {
                        if (failed.size() < 20) failed.add(sequence + ": " + e);
                    }
                }
                for (long wait; !stopping && (wait = begun + (i + 1) * 1_000_000_000L / perSecond - System.nanoTime()) > 0; ) LockSupport.parkNanos(wait);
            }
        }

        Object drain() {
            synchronized (acknowledged) {
                Object rows = new ArrayList<>(acknowledged);
                acknowledged.clear();
                return Map.of("rows", rows, "sent", sent, "failed", new ArrayList<>(failed));
            }
        }

        void stop() throws Exception {
            stopping = true;
            thread.join();
            producer.close(Duration.ofSeconds(60));
        }
    }

    /** A member of a group that commits what it got after each poll. */
    private static final class Member implements Runnable {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Thread thread = new Thread(this);
        private final List<Object[]> delivered = new ArrayList<>();
        private volatile boolean leaving;

        Member(JsonNode c) {
            consumer = consumer(c, Map.of("group.id", c.path("group").asText(), "heartbeat.interval.ms", 500, "session.timeout.ms", 6000));
            consumer.subscribe(List.of(c.path("topic").asText()));
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void run() {
            while (!leaving) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
                synchronized (delivered) {
                    for (ConsumerRecord<byte[], byte[]> record : records) delivered.add(row(record));
                }
                if (records.isEmpty()) continue;
                try {
                    consumer.commitSync(Duration.ofSeconds(10));
                } catch (RuntimeException e) {
                    // Another member has the partitions by now, or nobody could be asked; what was not committed comes again.
                }
            }
            consumer.close();
        }

        Object drain() {
            synchronized (delivered) {
                Object rows = new ArrayList<>(delivered);
                delivered.clear();
                return rows;
            }
        }

        void leave() throws Exception {
            leaving = true;
            thread.join(30_000);
        }
    }
}
