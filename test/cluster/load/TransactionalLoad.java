import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.stream.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.serialization.*;

/**
 * Transactional producers, and members of a group that read, write and commit their offsets in transactions, until the input of
 * this process ends. What they do and see goes out as events of a history, one line each.
 */
public class TransactionalLoad {
  static final AtomicBoolean over = new AtomicBoolean();
  static String servers, input, output, group;
  static int partitions;

  record Sent(String at, String value, Future<RecordMetadata> future) {}

  static synchronized void tell(String process, String rest) {
    System.out.println("{\"time\":" + System.nanoTime() / 1e6 + ",\"process\":\"" + process + "\"," + rest + "}");
  }

  public static void main(String[] args) throws Exception {
    servers = args[0];
    input = args[1];
    output = args[2];
    group = args[3];
    partitions = Integer.parseInt(args[4]);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(args[5]); i++) threads.add(thread("j" + i, TransactionalLoad::transact));
    for (int i = 0; i < Integer.parseInt(args[6]); i++) threads.add(thread("k" + i, TransactionalLoad::process));
    while (System.in.read() >= 0) {}
    over.set(true);
    for (Thread thread : threads) thread.join();
    System.exit(0);
  }

  interface Life {
    void live(String id, String process, Random random) throws Exception;
  }

  /** One incarnation after the other. */
  static Thread thread(String id, Life life) {
    Thread thread =
        new Thread(
            () -> {
              Random random = new Random(id.hashCode());
              for (int incarnation = 1; !over.get(); incarnation++) {
                try {
                  life.live(group + "-" + id, group + "-" + id + "." + incarnation, random);
                } catch (KafkaException error) {
                  System.err.println(id + ": " + error);
                } catch (Exception error) {
                  error.printStackTrace();
                }
              }
            });
    thread.start();
    return thread;
  }

  static KafkaProducer<String, String> producer(String transactionalId) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("transactional.id", transactionalId);
    config.put("transaction.timeout.ms", 10_000);
    config.put("request.timeout.ms", 3_000);
    config.put("delivery.timeout.ms", 8_000);
    config.put("max.block.ms", 15_000);
    config.put("metadata.max.age.ms", 2_000);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  static void transact(String id, String process, Random random) throws Exception {
    KafkaProducer<String, String> producer = producer(id);
    try {
      producer.initTransactions();
      for (int number = 0; !over.get(); number++) {
        tell(process, "\"type\":\"invoke\",\"f\":\"transact\"");
        List<Sent> sent = new ArrayList<>();
        int count = 1 + random.nextInt(6);
        int dice = random.nextInt(100);
        String ended =
            end(id, process, producer, sent, "\"polls\":[],\"moves\":[]", dice, () -> {
              for (int i = 0; i < count; i++)
                send(producer, sent, input, random.nextInt(partitions), process + ":" + next(process));
            });
        if (ended.equals("over")) return;
        Thread.sleep(random.nextInt(20));
      }
    } finally {
      producer.close(Duration.ZERO);
    }
  }

  static final ConcurrentHashMap<String, AtomicLong> numbers = new ConcurrentHashMap<>();

  static long next(String process) {
    return numbers.computeIfAbsent(process, each -> new AtomicLong()).getAndIncrement();
  }

  static void send(KafkaProducer<String, String> producer, List<Sent> sent, String topic, int partition, String value) {
    // Whatever comes of it, it may be there.
    CompletableFuture<RecordMetadata> unsent = CompletableFuture.failedFuture(new KafkaException("not sent"));
    sent.add(new Sent(topic + "-" + partition, value, unsent));
    Future<RecordMetadata> future = producer.send(new ProducerRecord<>(topic, partition, null, value));
    sent.set(sent.size() - 1, new Sent(topic + "-" + partition, value, future));
  }

  interface Body {
    void run() throws Exception;
  }

  /** One transaction; how it ended, or `over` where this incarnation has. */
  static String end(
      String id, String process, KafkaProducer<String, String> producer, List<Sent> sent, String rest, int dice, Body body)
      throws Exception {
    String type = "fail";
    String error = "";
    boolean goesOn = true;
    try {
      producer.beginTransaction();
      body.run();
      producer.flush();
      for (Sent each : sent) each.future().get();
      if (dice < 3) {
        // A crash: the next incarnation aborts it.
        error = "crash";
        goesOn = false;
      } else if (dice < 15) producer.abortTransaction();
      else {
        tell(process, "\"type\":\"commits\"");
        type = "info";
        producer.commitTransaction();
        type = "ok";
      }
    } catch (KafkaException | ExecutionException failure) {
      error = failure.getClass().getSimpleName();
      goesOn = false;
      if (type.equals("fail")) {
        try {
          producer.abortTransaction();
          goesOn = true;
        } catch (KafkaException fatal) {
          error = fatal.getClass().getSimpleName();
        }
      }
    }
    String sends =
        sent.stream()
            .map(each -> "{\"at\":\"" + each.at() + "\",\"value\":\"" + each.value() + "\"" + offset(each) + "}")
            .collect(Collectors.joining(","));
    String ended = "\"f\":\"transact\",\"type\":\"" + type + "\",\"transactionalId\":\"" + id + "\",";
    String why = error.isEmpty() ? "" : ",\"error\":\"" + error + "\"";
    tell(process, ended + "\"sends\":[" + sends + "]," + rest + why);
    return goesOn ? type : "over";
  }

  static String offset(Sent sent) {
    try {
      if (!sent.future().isDone()) return "";
      long offset = sent.future().get().offset();
      return offset < 0 ? "" : ",\"offset\":" + offset;
    } catch (Exception error) {
      return "";
    }
  }

  static void process(String id, String process, Random random) throws Exception {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", servers);
    config.put("group.id", group);
    config.put("isolation.level", "read_committed");
    config.put("auto.offset.reset", "none");
    config.put("enable.auto.commit", false);
    config.put("max.poll.records", 20);
    config.put("session.timeout.ms", 6_000);
    // A JoinGroup waits five seconds longer than this, also for a coordinator that is gone without a word.
    config.put("max.poll.interval.ms", 15_000);
    config.put("heartbeat.interval.ms", 1_000);
    config.put("request.timeout.ms", 7_000);
    config.put("metadata.max.age.ms", 2_000);
    KafkaProducer<String, String> producer = producer(id);
    try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      producer.initTransactions();
      consumer.subscribe(List.of(input));
      while (!over.get()) {
        ConsumerRecords<String, String> records;
        try {
          records = consumer.poll(Duration.ofMillis(200));
        } catch (NoOffsetForPartitionException nothingYet) {
          consumer.seekToBeginning(nothingYet.partitions());
          continue;
        }
        if (records.isEmpty()) continue;
        tell(process, "\"type\":\"invoke\",\"f\":\"transact\"");
        List<Sent> sent = new ArrayList<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        List<String> polls = new ArrayList<>();
        List<String> moves = new ArrayList<>();
        for (TopicPartition at : records.partitions()) {
          var own = records.records(at);
          long from = own.get(0).offset();
          long next = own.get(own.size() - 1).offset() + 1;
          offsets.put(at, new OffsetAndMetadata(next, own.get(own.size() - 1).leaderEpoch(), ""));
          String range = "\"at\":\"" + at + "\",\"from\":" + from;
          String pairs =
              own.stream().map(each -> "[" + each.offset() + ",\"" + each.value() + "\"]").collect(Collectors.joining(","));
          polls.add("{" + range + ",\"next\":" + next + ",\"records\":[" + pairs + "]}");
          moves.add("{\"group\":\"" + group + "\"," + range + ",\"to\":" + next + "}");
        }
        String rest = "\"polls\":[" + String.join(",", polls) + "],\"moves\":[" + String.join(",", moves) + "]";
        // A member that did not commit has to begin anew where its group is.
        boolean isCommitted =
            end(id, process, producer, sent, rest, random.nextInt(200), () -> {
              for (var record : records) {
                String source = "<" + record.topic() + "-" + record.partition() + "@" + record.offset();
                String value = process + ":" + next(process) + source;
                send(producer, sent, output, random.nextInt(partitions), value);
              }
              producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            }).equals("ok");
        if (!isCommitted) return;
      }
    } finally {
      producer.close(Duration.ZERO);
    }
  }
}
