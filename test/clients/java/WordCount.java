import java.util.Arrays;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * Counts the words of the topic `lines` by a repartition topic and a store, as a member of the streams group `counting`.
 * Says `state X` of itself, `tasks ACTIVE / STANDBY` when they change, and `count WORD NUMBER`. SIGTERM closes it.
 */
public class WordCount {
  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put("application.id", "counting");
    config.put("group.protocol", "streams");
    config.put("bootstrap.servers", args[0]);
    config.put("state.dir", args[1]);
    config.put("num.stream.threads", "1");
    config.put("commit.interval.ms", "100");
    config.put("default.key.serde", Serdes.StringSerde.class.getName());
    config.put("default.value.serde", Serdes.StringSerde.class.getName());
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> lines = builder.stream("lines");
    Materialized<String, Long, KeyValueStore<Bytes, byte[]>> counts =
        Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts")).withCachingDisabled();
    lines
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.as("words"))
        .count(counts.withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
        .toStream()
        .foreach((word, count) -> System.out.println("count " + word + " " + count));
    KafkaStreams streams = new KafkaStreams(builder.build(), config);
    streams.setStateListener((now, before) -> System.out.println("state " + now));
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
    String told = "";
    while (true) {
      TreeSet<String> active = new TreeSet<>();
      TreeSet<String> standby = new TreeSet<>();
      for (ThreadMetadata thread : streams.metadataForLocalThreads()) {
        thread.activeTasks().forEach(task -> active.add(task.taskId().toString()));
        thread.standbyTasks().forEach(task -> standby.add(task.taskId().toString()));
      }
      String now = "tasks " + String.join(" ", active) + " / " + String.join(" ", standby);
      if (!now.equals(told)) System.out.println(now);
      told = now;
      Thread.sleep(50);
    }
  }
}
