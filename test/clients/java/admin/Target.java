import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** One broker, with the clients that stand in its groups and transactions. */
final class Target {
    final String bootstrap;
    final String otherDirectory;
    final Admin admin;
    /** By transactional id. */
    final Map<String, KafkaProducer<String, String>> producers = new HashMap<>();
    final Map<String, Uuid> topicIds = new HashMap<>();
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Shape shape;

    Target(String bootstrap, String controllerPort, String directory, String otherDirectory) {
        this.bootstrap = bootstrap;
        this.otherDirectory = otherDirectory;
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "client.id", "admin", "request.timeout.ms", "20000"));
        String port = bootstrap.substring(bootstrap.lastIndexOf(':') + 1);
        Map<Long, String> ports = Map.of(Long.valueOf(port), "the port", Long.valueOf(controllerPort), "the controller's port");
        this.shape = new Shape(ports, List.of(new String[] {otherDirectory, "<other>"}, new String[] {directory, "<data>"}, new String[] {":" + port, ":<port>"}));
    }

    JsonNode answer(Steps.Step step) {
        try {
            Object given = step.work().of(this);
            boolean isResult = given != null && given.getClass().getSimpleName().endsWith("Result");
            return isResult ? shape.ofResult(given) : shape.of(given);
        } catch (Throwable e) {
            return shape.ofError(e);
        }
    }

    void send(String topic, int partition, int count) throws Exception {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>(topic, partition, 1_000L * i, "key " + i, "value " + i)).get();
        }
    }

    KafkaProducer<String, String> producer(Map<String, Object> more) {
        Map<String, Object> configs = new HashMap<>(more);
        configs.put("bootstrap.servers", bootstrap);
        return new KafkaProducer<>(configs, new StringSerializer(), new StringSerializer());
    }

    /** A transaction with a record in the topic, left open. */
    void begin(String transactionalId, String topic) throws Exception {
        KafkaProducer<String, String> producer = producer(Map.of("transactional.id", transactionalId, "transaction.timeout.ms", 60_000));
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 0, 1_000L, "key", "value")).get();
        producers.put(transactionalId, producer);
    }

    /** A member that polls until it is told to leave. */
    void join(String group, String protocol, String topic, Map<String, Object> more) {
        Map<String, Object> configs = new HashMap<>(more);
        configs.put("bootstrap.servers", bootstrap);
        configs.put("group.id", group);
        configs.put("client.id", group + "-client");
        members.put(group, new Member(protocol.equals("share") ? sharing(configs, topic) : consuming(configs, protocol, topic)));
    }

    void leave(String group) throws Exception {
        members.remove(group).leave();
    }

    private static Client consuming(Map<String, Object> configs, String protocol, String topic) {
        configs.put("group.protocol", protocol);
        configs.put("auto.offset.reset", "earliest");
        configs.put("enable.auto.commit", false);
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(configs, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(topic));
        return new Client(consumer::poll, consumer::close);
    }

    private static Client sharing(Map<String, Object> configs, String topic) {
        KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(configs, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(topic));
        return new Client(consumer::poll, consumer::close);
    }

    private record Client(Consumer<Duration> poll, Runnable close) {}

    private static final class Member {
        private final Thread thread;
        private volatile boolean isOver = false;

        Member(Client client) {
            thread = new Thread(() -> live(client));
            thread.setDaemon(true);
            thread.start();
        }

        private void live(Client client) {
            try {
                while (!isOver) client.poll().accept(Duration.ofMillis(100));
            } catch (RuntimeException e) {
                // Somebody removed it from its group: it is as good as gone.
            }
            client.close().run();
        }

        void leave() throws InterruptedException {
            isOver = true;
            thread.join();
        }
    }
}
