import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Share consumers of one group, one line for each thing that must be the same with every broker. */
public class ShareConsumers {
  private static String bootstrap;

  public static void main(String[] args) throws Exception {
    bootstrap = args[0];
    acknowledgeTypes();
    expiredLock();
    renewedLock();
    recordLimit();
    twoConsumers();
    transactions();
    System.out.println("end");
  }

  private static Properties base() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    return properties;
  }

  private static KafkaShareConsumer<String, String> consumer(String group, String topic, String... more) {
    Properties properties = base();
    properties.put("group.id", group);
    properties.put("share.acknowledgement.mode", "explicit");
    for (int i = 0; i < more.length; i += 2) properties.put(more[i], more[i + 1]);
    KafkaShareConsumer<String, String> consumer =
        new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    consumer.subscribe(List.of(topic));
    return consumer;
  }

  private static void produce(String topic, int from, int count) throws Exception {
    Properties properties = base();
    properties.put("linger.ms", "0");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      for (int i = from; i < from + count; i++) producer.send(new ProducerRecord<>(topic, 0, null, "v" + i)).get();
    }
  }

  private static List<ConsumerRecord<String, String>> poll(KafkaShareConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> all = new ArrayList<>();
    long until = System.currentTimeMillis() + 20_000;
    while (all.size() < count && System.currentTimeMillis() < until) {
      ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
      records.forEach(all::add);
      if (all.size() < count && !records.isEmpty()) throw new IllegalStateException("in parts: " + all.size());
    }
    return all;
  }

  private static String show(Iterable<ConsumerRecord<String, String>> records) {
    StringBuilder text = new StringBuilder();
    for (ConsumerRecord<String, String> record : records)
      text.append(' ').append(record.value()).append('#').append(record.deliveryCount().orElse((short) -1));
    return text.toString();
  }

  private static void acknowledgeTypes() throws Exception {
    produce("acks", 0, 4);
    try (KafkaShareConsumer<String, String> consumer = consumer("acks", "acks")) {
      List<ConsumerRecord<String, String>> first = new ArrayList<>();
      while (first.size() < 4) {
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
        for (ConsumerRecord<String, String> record : records) {
          first.add(record);
          AcknowledgeType[] types = {
            AcknowledgeType.ACCEPT, AcknowledgeType.RELEASE, AcknowledgeType.REJECT, AcknowledgeType.RELEASE
          };
          consumer.acknowledge(record, types[(int) record.offset()]);
        }
        consumer.commitSync().values().forEach(error -> error.ifPresent(System.out::println));
      }
      System.out.println("acks first" + show(first));
      TreeMap<String, Integer> deliveries = new TreeMap<>();
      long until = System.currentTimeMillis() + 20_000;
      while (System.currentTimeMillis() < until && deliveries.values().stream().mapToInt(i -> i).sum() < 8) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          deliveries.merge(record.value(), 1, Integer::sum);
          consumer.acknowledge(record, AcknowledgeType.RELEASE);
        }
        consumer.commitSync().values().forEach(error -> error.ifPresent(System.out::println));
      }
      System.out.println("acks released until there are no deliveries left " + deliveries);
    }
    produce("acks", 4, 1);
    try (KafkaShareConsumer<String, String> consumer = consumer("acks", "acks")) {
      List<ConsumerRecord<String, String>> rest = poll(consumer, 1);
      rest.forEach(consumer::acknowledge);
      System.out.println("acks rest" + show(rest));
    }
  }

  private static void expiredLock() throws Exception {
    produce("locks", 0, 1);
    try (KafkaShareConsumer<String, String> slow = consumer("locks", "locks");
        KafkaShareConsumer<String, String> other = consumer("locks", "locks")) {
      System.out.println("lock held" + show(poll(slow, 1)));
      List<ConsumerRecord<String, String>> again = poll(other, 1);
      System.out.println("lock expired" + show(again));
      again.forEach(other::acknowledge);
      other.commitSync();
    }
  }

  private static void renewedLock() throws Exception {
    produce("renewals", 0, 1);
    try (KafkaShareConsumer<String, String> consumer = consumer("renewals", "renewals")) {
      ConsumerRecord<String, String> record = poll(consumer, 1).get(0);
      for (int i = 0; i < 3; i++) {
        consumer.acknowledge(record, AcknowledgeType.RENEW);
        consumer.commitSync().values().forEach(error -> error.ifPresent(System.out::println));
        Thread.sleep(700);
        ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
        record = records.iterator().next();
      }
      consumer.acknowledge(record, AcknowledgeType.ACCEPT);
      boolean failed = consumer.commitSync().values().stream().anyMatch(error -> error.isPresent());
      System.out.println("renewed " + record.deliveryCount().get() + (failed ? " in vain" : " and accepted"));
    }
  }

  private static void recordLimit() throws Exception {
    Properties properties = base();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(withLinger(properties), new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>("limits", 0, null, "v" + i));
    }
    String[] strict = {"share.acquire.mode", "record_limit", "max.poll.records", "3"};
    try (KafkaShareConsumer<String, String> consumer = consumer("limits", "limits", strict)) {
      for (int seen = 0; seen < 10; ) {
        List<ConsumerRecord<String, String>> records = poll(consumer, 1);
        if (records.isEmpty()) break;
        System.out.println("limit" + show(records));
        seen += records.size();
        records.forEach(consumer::acknowledge);
        consumer.commitSync();
      }
    }
  }

  private static Properties withLinger(Properties properties) {
    properties.put("linger.ms", "200");
    return properties;
  }

  private static void twoConsumers() throws Exception {
    Set<String> seen = new TreeSet<>();
    try (KafkaShareConsumer<String, String> a = consumer("two", "two");
        KafkaShareConsumer<String, String> b = consumer("two", "two")) {
      a.poll(Duration.ofMillis(1000));
      b.poll(Duration.ofMillis(1000));
      produce("two", 0, 100);
      long until = System.currentTimeMillis() + 30_000;
      while (seen.size() < 100 && System.currentTimeMillis() < until) {
        for (KafkaShareConsumer<String, String> consumer : List.of(a, b)) {
          for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
            seen.add(record.value());
            consumer.acknowledge(record);
          }
        }
      }
      a.commitSync();
      b.commitSync();
    }
    // Some may come again, where this process was so slow that a lock ended.
    System.out.println("two " + seen.size());
  }

  private static void transactions() throws Exception {
    Properties properties = base();
    properties.put("transactional.id", "share");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      producer.initTransactions();
      for (String value : List.of("kept", "aborted", "kept too")) {
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("transactions", 0, null, value)).get();
        if (value.equals("aborted")) producer.abortTransaction();
        else producer.commitTransaction();
      }
    }
    try (KafkaShareConsumer<String, String> consumer = consumer("committed", "transactions")) {
      StringBuilder values = new StringBuilder();
      long until = System.currentTimeMillis() + 20_000;
      while (!values.toString().contains("kept too") && System.currentTimeMillis() < until) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          values.append(' ').append(record.value());
          consumer.acknowledge(record);
        }
      }
      consumer.commitSync();
      System.out.println("committed" + values);
    }
  }
}
