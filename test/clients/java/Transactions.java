import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

/** What transactional producers and readers of both isolation levels see, one line for each step. */
public class Transactions {
  static String servers;

  static KafkaProducer<String, String> producer(String id, int timeoutMs) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("transactional.id", id);
    config.put("transaction.timeout.ms", timeoutMs);
    config.put("linger.ms", 0);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  static KafkaConsumer<String, String> consumer(String isolation, String group) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("isolation.level", isolation);
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", false);
    if (group != null) config.put("group.id", group);
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  static List<String> read(String topic, int partitions, String isolation) {
    try (var consumer = consumer(isolation, null)) {
      List<TopicPartition> all = new ArrayList<>();
      for (int i = 0; i < partitions; i++) all.add(new TopicPartition(topic, i));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      List<String> values = new ArrayList<>();
      while (all.stream().anyMatch(at -> consumer.position(at) < ends.get(at)))
        for (var record : consumer.poll(Duration.ofMillis(200))) values.add(record.value());
      Collections.sort(values);
      return values;
    }
  }

  static String both(String topic) {
    return read(topic, 3, "read_committed") + " of " + read(topic, 3, "read_uncommitted");
  }

  static void send(KafkaProducer<String, String> producer, String topic, String... values) throws Exception {
    for (int i = 0; i < values.length; i++) producer.send(new ProducerRecord<>(topic, i % 3, "k", values[i])).get();
  }

  static String name(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) cause = cause.getCause();
    return cause.getClass().getSimpleName();
  }

  public static void main(String[] args) throws Exception {
    servers = args[0];
    short replicas = Short.parseShort(args[1]);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) servers))) {
      admin.createTopics(List.of(new NewTopic("in", 3, replicas), new NewTopic("out", 1, replicas))).all().get();
      var first = producer("a", 30_000);
      first.initTransactions();
      first.beginTransaction();
      send(first, "in", "c0", "c1", "c2");
      System.out.println("open: " + both("in"));
      first.commitTransaction();
      first.beginTransaction();
      send(first, "in", "a0", "a1");
      first.abortTransaction();
      first.beginTransaction();
      first.abortTransaction();
      first.beginTransaction();
      first.commitTransaction();
      first.beginTransaction();
      send(first, "in", "d0");
      first.commitTransaction();
      System.out.println("ended: " + both("in"));
      readProcessWrite(first, admin);
      first.beginTransaction();
      send(first, "in", "zombie");
      var second = producer("a", 30_000);
      second.initTransactions();
      try {
        send(first, "in", "late");
        first.commitTransaction();
        System.out.println("not fenced");
      } catch (Exception error) {
        System.out.println("fenced: " + name(error));
      }
      second.beginTransaction();
      send(second, "in", "e0");
      second.commitTransaction();
      var slow = producer("b", 1000);
      slow.initTransactions();
      slow.beginTransaction();
      send(slow, "in", "slow");
      while (!state(admin, "b").equals("COMPLETE_ABORT")) Thread.sleep(50);
      try {
        slow.commitTransaction();
        System.out.println("not timed out");
      } catch (Exception error) {
        System.out.println("timed out: " + name(error));
      }
      System.out.println("in: " + both("in"));
      System.out.println("out: " + read("out", 1, "read_committed"));
    }
    System.exit(0);
  }

  static String state(Admin admin, String id) throws Exception {
    return admin.describeTransactions(List.of(id)).all().get().get(id).state().name();
  }

  static void readProcessWrite(KafkaProducer<String, String> producer, Admin admin) throws Exception {
    try (var consumer = consumer("read_committed", "g")) {
      consumer.subscribe(List.of("in"));
      int seen = 0;
      boolean hidden = true;
      while (seen < 4) {
        var records = consumer.poll(Duration.ofMillis(500));
        if (records.isEmpty()) continue;
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (var record : records) {
          seen++;
          producer.send(new ProducerRecord<>("out", "k", "from " + record.value()));
          offsets.put(new TopicPartition("in", record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        var before = admin.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get();
        for (var at : offsets.keySet()) {
          var committed = before.get(at);
          if (committed != null && committed.offset() >= offsets.get(at).offset()) hidden = false;
        }
        producer.commitTransaction();
        var after = consumer.committed(offsets.keySet());
        if (!after.equals(offsets)) System.out.println("offsets: " + after + " instead of " + offsets);
      }
      System.out.println("offsets hidden until the commit: " + hidden);
    }
  }
}
