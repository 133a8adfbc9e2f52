import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.security.token.delegation.DelegationToken;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The Java client, which logs in as it is told to. */
public final class LogIn {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_MS = 30_000;

    public static void main(String[] args) throws Exception {
        JsonCommands.serve(LogIn::run);
    }

    private static Object run(JsonNode c) throws Exception {
        Map<String, Object> config = new HashMap<>();
        c.path("config").properties().forEach(e -> config.put(e.getKey(), e.getValue().asText()));
        return c.path("op").asText().equals("token") ? token(config) : use(config, c);
    }

    private static Object token(Map<String, Object> config) throws Exception {
        try (Admin admin = Admin.create(config)) {
            DelegationToken token = admin.createDelegationToken().delegationToken().get();
            return Map.of("id", token.tokenInfo().tokenId(), "hmac", token.hmacAsBase64String());
        }
    }

    /** Writes what it is given, in several rounds, reads as much, and says how often it logged in. */
    private static Object use(Map<String, Object> config, JsonNode c) throws Exception {
        String topic = c.path("topic").asText();
        int rounds = c.path("rounds").asInt(1);
        config.put("max.block.ms", PATIENCE_MS);
        Map<String, Object> reading = new HashMap<>(config);
        reading.put("group.id", topic);
        reading.put("auto.offset.reset", "earliest");
        List<String> got = new ArrayList<>();
        int sent = 0;
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
             KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            for (int round = 0; round < rounds; round++) {
                for (JsonNode value : c.path("values")) {
                    producer.send(new ProducerRecord<>(topic, value.asText())).get();
                    sent++;
                }
                long end = System.currentTimeMillis() + PATIENCE_MS;
                while (got.size() < sent && System.currentTimeMillis() < end) {
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) got.add(record.value());
                }
                if (round + 1 < rounds) Thread.sleep(c.path("pauseMs").asLong());
            }
            return Map.of(
                "values", got,
                "reauthentications", total(producer.metrics(), "successful-reauthentication-total"),
                "logins", total(producer.metrics(), "successful-authentication-total"));
        }
    }

    private static double total(Map<MetricName, ? extends Metric> metrics, String name) {
        return metrics.entrySet().stream()
            .filter(e -> e.getKey().name().equals(name) && e.getKey().group().equals("producer-metrics"))
            .mapToDouble(e -> (Double) e.getValue().metricValue())
            .sum();
    }
}
