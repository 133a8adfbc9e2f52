import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The clients that are measured, under remote control: one JSON command a line in, one JSON answer a line out. */
public class Load {
  static final ObjectMapper JSON = new ObjectMapper();
  static String servers;

  public static void main(String[] args) throws Exception {
    servers = args[0];
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode command = JSON.readTree(line);
      Map<String, Object> answer = new HashMap<>(run(command));
      answer.put("id", command.path("id").asInt());
      System.out.println(JSON.writeValueAsString(answer));
    }
    Runtime.getRuntime().halt(0);
  }

  static Map<String, Object> run(JsonNode command) throws Exception {
    String topic = command.path("topic").asText();
    switch (command.path("op").asText()) {
      case "create":
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) servers))) {
          admin.createTopics(List.of(new NewTopic(topic, command.path("partitions").asInt(), (short) 1))).all().get();
        }
        return Map.of();
      case "produce":
        return produce(topic, command);
      case "transact":
        return transact(topic, command);
      case "count":
        return count(topic, command.path("records").asInt());
      default:
        throw new IllegalArgumentException(command.toString());
    }
  }

  static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put("bootstrap.servers", servers);
    config.put("acks", "all");
    config.put("batch.size", 131072);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** So many records as fast as it goes; keys where they are to be counted. */
  static Map<String, Object> produce(String topic, JsonNode command) throws Exception {
    byte[] value = new byte[command.path("bytes").asInt()];
    int keys = command.path("keys").asInt(0);
    int records = command.path("records").asInt();
    long begun = System.nanoTime();
    try (var producer = producer(Map.of("linger.ms", 5, "enable.idempotence", command.path("idempotent").asBoolean()))) {
      for (int i = 0; i < records; i++)
        producer.send(new ProducerRecord<>(topic, keys == 0 ? null : ("key " + i % keys).getBytes(), value));
      producer.flush();
    }
    return Map.of("seconds", (System.nanoTime() - begun) / 1e9);
  }

  /** Transactions of a given length one after another, for so long or so many records; how long their commits take. */
  static Map<String, Object> transact(String topic, JsonNode command) throws Exception {
    byte[] value = new byte[command.path("bytes").asInt()];
    long length = command.path("ms").asLong() * 1_000_000;
    double perSecond = command.path("perSecond").asDouble();
    List<Double> commits = new ArrayList<>();
    long records = 0;
    long seconds = command.path("seconds").asLong();
    long most = command.path("records").asLong(Long.MAX_VALUE);
    try (var producer = producer(Map.of("linger.ms", 1, "transactional.id", "load-" + topic))) {
      producer.initTransactions();
      long begun = System.nanoTime();
      long end = begun + seconds * 1_000_000_000;
      while (System.nanoTime() < end && records < most) {
        long until = System.nanoTime() + length;
        producer.beginTransaction();
        do {
          producer.send(new ProducerRecord<>(topic, value));
          records++;
          if (perSecond > 0) {
            long ahead = begun + (long) (records * 1e9 / perSecond) - System.nanoTime();
            if (ahead > 0) LockSupport.parkNanos(ahead);
          }
        } while (System.nanoTime() < until && records < most);
        long asked = System.nanoTime();
        // The client may ask for the end before it sends a record that comes at the same moment, and is refused then.
        producer.flush();
        producer.commitTransaction();
        commits.add((System.nanoTime() - asked) / 1e6);
      }
      double took = (System.nanoTime() - begun) / 1e9;
      double[] sorted = commits.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return Map.of(
          "seconds", took,
          "records", records,
          "transactions", sorted.length,
          "p50", sorted[sorted.length / 2],
          "p99", sorted[(int) Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)]);
    }
  }

  /** A Streams application counts what is in a topic, exactly once, and somebody waits for the last count to be committed. */
  static Map<String, Object> count(String topic, int records) throws Exception {
    Properties config = new Properties();
    config.put("application.id", "count-" + topic);
    config.put("bootstrap.servers", servers);
    config.put("processing.guarantee", "exactly_once_v2");
    config.put("state.dir", java.nio.file.Files.createTempDirectory("count").toString());
    config.put("statestore.cache.max.bytes", 0);
    config.put("auto.offset.reset", "earliest");
    config.put("num.stream.threads", 2);
    config.put("default.key.serde", Serdes.ByteArraySerde.class.getName());
    config.put("default.value.serde", Serdes.ByteArraySerde.class.getName());
    StreamsBuilder builder = new StreamsBuilder();
    Materialized<byte[], Long, KeyValueStore<Bytes, byte[]>> counts =
        Materialized.as(Stores.inMemoryKeyValueStore("counts"));
    builder.<byte[], byte[]>stream(topic).groupByKey()
        .count(counts.withKeySerde(Serdes.ByteArray()).withValueSerde(Serdes.Long()))
        .toStream().mapValues(count -> count.toString().getBytes()).to("counted-" + topic);
    Map<String, Object> reading = Map.of(
        "bootstrap.servers", servers, "isolation.level", "read_committed", "auto.offset.reset", "earliest");
    KafkaStreams streams = new KafkaStreams(builder.build(), config);
    long seen = 0;
    long first = 0;
    long sent = 0;
    try (var consumer = new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(consumer.partitionsFor("counted-" + topic).stream()
          .map(each -> new TopicPartition(each.topic(), each.partition())).toList());
      streams.start();
      while (seen < records) {
        int got = consumer.poll(Duration.ofMillis(100)).count();
        // Joining the group and making topics is not what is measured.
        if (first == 0 && got > 0) {
          first = System.nanoTime();
          sent = got;
        }
        seen += got;
      }
      double seconds = (System.nanoTime() - first) / 1e9;
      streams.close(Duration.ofSeconds(10));
      return Map.of("seconds", seconds, "records", seen - sent);
    }
  }
}
