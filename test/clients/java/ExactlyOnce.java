import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * `app SERVERS DIR REPLICAS`: counts the words of `lines` and joins `left` and `right` in windows, exactly once. Its stores are
 * in memory, so that all of their state comes out of changelogs whenever it starts.
 * `drive SERVERS REPLICAS LINES MS`: feeds it for so long, reads what it committed, and says what is wrong with that.
 */
public class ExactlyOnce {
  static final int PARTITIONS = 3;
  static final int WORDS = 3;
  static final long START = 1_700_000_000_000L;
  static final Duration WINDOW = Duration.ofSeconds(1);

  public static void main(String[] args) throws Exception {
    if (args[0].equals("app")) app(args[1], args[2], Integer.parseInt(args[3]));
    else drive(args[1], Short.parseShort(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
  }

  static void app(String servers, String dir, int replicas) {
    Properties config = new Properties();
    config.put("application.id", "exact");
    config.put("bootstrap.servers", servers);
    config.put("processing.guarantee", "exactly_once_v2");
    config.put("state.dir", dir);
    config.put("replication.factor", replicas);
    config.put("num.stream.threads", 2);
    config.put("commit.interval.ms", 100);
    config.put("statestore.cache.max.bytes", 0);
    config.put("auto.offset.reset", "earliest");
    config.put("session.timeout.ms", 2000);
    config.put("heartbeat.interval.ms", 300);
    config.put("transaction.timeout.ms", 3000);
    config.put("request.timeout.ms", 5000);
    config.put("default.key.serde", Serdes.StringSerde.class.getName());
    config.put("default.value.serde", Serdes.StringSerde.class.getName());
    KafkaStreams streams = new KafkaStreams(topology(), config);
    streams.setUncaughtExceptionHandler(error -> {
      System.out.println("replaced a thread: " + error);
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    });
    streams.setStateListener((now, before) -> System.out.println("state " + now));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
  }

  static org.apache.kafka.streams.Topology topology() {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> lines = builder.stream("lines");
    Materialized<String, Long, KeyValueStore<Bytes, byte[]>> counts =
        Materialized.as(Stores.inMemoryKeyValueStore("counts"));
    lines
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.as("words"))
        .count(counts.withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
        .toStream()
        .mapValues(String::valueOf)
        .to("counted");
    Duration kept = Duration.ofDays(1);
    KStream<String, String> left = builder.stream("left");
    KStream<String, String> right = builder.stream("right");
    left.join(
            right,
            (a, b) -> a + " " + b,
            JoinWindows.ofTimeDifferenceAndGrace(WINDOW, kept),
            StreamJoined.with(Serdes.String(), Serdes.String(), Serdes.String())
                .withThisStoreSupplier(store("lefts", kept))
                .withOtherStoreSupplier(store("rights", kept)))
        .to("joined");
    return builder.build();
  }

  static org.apache.kafka.streams.state.WindowBytesStoreSupplier store(String name, Duration kept) {
    Duration size = WINDOW.multipliedBy(2);
    return Stores.inMemoryWindowStore(name, kept.plus(size), size, true);
  }

  static void drive(String servers, short replicas, int lines, int overMs) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) servers))) {
      List<NewTopic> topics = new ArrayList<>();
      for (String name : List.of("lines", "counted", "left", "right", "joined"))
        topics.add(new NewTopic(name, PARTITIONS, replicas).configs(Map.of("min.insync.replicas", replicas > 1 ? "2" : "1")));
      admin.createTopics(topics).all().get();
    }
    System.out.println("topics");
    Map<String, Integer> wanted = feed(servers, lines, overMs);
    System.out.println("fed");
    Map<String, List<Integer>> counted = new TreeMap<>();
    for (var record : read(servers, "counted", lines * WORDS))
      counted.computeIfAbsent(record.key(), word -> new ArrayList<>()).add(Integer.parseInt(record.value()));
    int wrong = 0;
    for (var each : wanted.entrySet()) {
      List<Integer> counts = counted.getOrDefault(each.getKey(), List.of());
      for (int i = 0; i < Math.max(counts.size(), each.getValue()); i++)
        if (i >= counts.size() || i >= each.getValue() || counts.get(i) != i + 1) wrong++;
    }
    System.out.println("words " + wanted.size() + ", counts that are wrong: " + wrong);
    Map<String, List<String>> joined = new HashMap<>();
    for (var record : read(servers, "joined", lines))
      joined.computeIfAbsent(record.key(), key -> new ArrayList<>()).add(record.value());
    int odd = 0;
    for (int i = 0; i < lines; i++)
      if (!List.of("l" + i + " r" + i).equals(joined.remove("pair-" + i))) odd++;
    System.out.println("pairs " + lines + ", pairs that are wrong: " + (odd + joined.size()));
    System.exit(0);
  }

  /** Gives how often each word was sent. */
  static Map<String, Integer> feed(String servers, int lines, int overMs) throws Exception {
    Map<String, Integer> words = new TreeMap<>();
    Random random = new Random(1);
    Map<String, Object> config = Map.of("bootstrap.servers", servers, "linger.ms", 5, "request.timeout.ms", 5000);
    long begun = System.nanoTime();
    try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < lines; i++) {
        List<String> line = new ArrayList<>();
        for (int j = 0; j < WORDS; j++) line.add("w" + random.nextInt(20));
        for (String word : line) words.merge(word, 1, Integer::sum);
        producer.send(new ProducerRecord<>("lines", "line-" + i, String.join(" ", line)));
        long at = START + i * 10L;
        producer.send(new ProducerRecord<>("left", null, at, "pair-" + i, "l" + i));
        producer.send(new ProducerRecord<>("right", null, at + 5, "pair-" + i, "r" + i));
        if (i % (lines / 20) == 0) System.out.println("sent " + i * 100 / lines);
        long ahead = (long) overMs * i / lines - (System.nanoTime() - begun) / 1_000_000;
        if (ahead > 0) Thread.sleep(ahead);
      }
      producer.flush();
    }
    return words;
  }

  /** What is committed: as much as is expected, and whatever comes in the second after that. */
  static List<ConsumerRecord<String, String>> read(String servers, String topic, int expected) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("isolation.level", "read_committed");
    config.put("auto.offset.reset", "earliest");
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      List<TopicPartition> all = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i++) all.add(new TopicPartition(topic, i));
      consumer.assign(all);
      long end = System.currentTimeMillis() + 60_000;
      while (records.size() < expected && System.currentTimeMillis() < end)
        for (var record : consumer.poll(Duration.ofMillis(200))) records.add(record);
      for (var record : consumer.poll(Duration.ofMillis(1000))) records.add(record);
    }
    return records;
  }
}
