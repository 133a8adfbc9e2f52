import java.io.FileOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** Connectors of which one counts into a topic, each task on its own, and one notes in a file what it reads. */
public class Counting {
  static final ConfigDef ANY = new ConfigDef();

  static List<Map<String, String>> tasks(Map<String, String> config, int count) {
    List<Map<String, String>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, String> task = new java.util.HashMap<>(config);
      task.put("task", String.valueOf(i));
      all.add(task);
    }
    return all;
  }

  /** `topic`, and `limit` of each task. */
  public static class Source extends SourceConnector {
    private Map<String, String> config;

    @Override public void start(Map<String, String> config) { this.config = config; }
    @Override public void stop() {}
    @Override public String version() { return "1"; }
    @Override public ConfigDef config() { return ANY; }
    @Override public Class<? extends Task> taskClass() { return Counter.class; }
    @Override public List<Map<String, String>> taskConfigs(int most) { return tasks(config, most); }
    @Override public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> config) { return ExactlyOnceSupport.SUPPORTED; }
  }

  public static class Counter extends SourceTask {
    private static final int AT_ONCE = 20;
    private Map<String, String> from;
    private String topic;
    private long limit;
    private long next;

    @Override
    public void start(Map<String, String> config) {
      from = Map.of("task", config.get("task"));
      topic = config.get("topic");
      limit = Long.parseLong(config.get("limit"));
      Map<String, Object> offset = context.offsetStorageReader().offset(from);
      next = offset == null ? 0 : (Long) offset.get("next");
    }

    @Override
    public List<SourceRecord> poll() throws InterruptedException {
      Thread.sleep(100);
      List<SourceRecord> records = new ArrayList<>();
      while (records.size() < AT_ONCE && next < limit) {
        String value = from.get("task") + ":" + next++;
        records.add(new SourceRecord(from, Map.of("next", next), topic, Schema.STRING_SCHEMA, value, Schema.STRING_SCHEMA, value));
      }
      return records.isEmpty() ? null : records;
    }

    @Override public void stop() {}
    @Override public String version() { return "1"; }
  }

  /** `topics` and `file`. */
  public static class Sink extends SinkConnector {
    private Map<String, String> config;

    @Override public void start(Map<String, String> config) { this.config = config; }
    @Override public void stop() {}
    @Override public String version() { return "1"; }
    @Override public ConfigDef config() { return ANY; }
    @Override public Class<? extends Task> taskClass() { return Notes.class; }
    @Override public List<Map<String, String>> taskConfigs(int most) { return tasks(config, most); }
  }

  /** Where a record comes from goes along: what is delivered twice is the same line twice. */
  public static class Notes extends SinkTask {
    private FileOutputStream file;

    @Override
    public void start(Map<String, String> config) {
      try {
        file = new FileOutputStream(config.get("file"), true);
      } catch (java.io.IOException error) {
        throw new java.io.UncheckedIOException(error);
      }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
      StringBuilder lines = new StringBuilder();
      for (SinkRecord record : records)
        lines.append(record.kafkaPartition()).append(' ').append(record.kafkaOffset()).append(' ').append(record.value()).append('\n');
      try {
        file.write(lines.toString().getBytes(StandardCharsets.UTF_8));
      } catch (java.io.IOException error) {
        throw new java.io.UncheckedIOException(error);
      }
    }

    @Override public void stop() {}
    @Override public String version() { return "1"; }
  }
}
